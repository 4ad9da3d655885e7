// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "coordination/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "coordination/path.h"
#include "coordination/znode_tree.h"

namespace gregor::coordination {

namespace {

constexpr std::array table = {
    Invariant{"ParentKnowsChild",
              [](const ZnodeTree& tree, std::string_view path, const Znode&) {
                if (path == "/") return true;
                const auto parent = tree.znodes().find(parent_of(path));
                return parent != tree.znodes().end() &&
                       parent->second.children.contains(name_of(path));
              }},
    // With ParentKnowsChild: children() is exactly what lies below. Only the ends are looked up,
    // so that a step stays cheap below a znode with many children.
    Invariant{"ChildExists",
              [](const ZnodeTree& tree, std::string_view path, const Znode& znode) {
                return znode.children.empty() ||
                       (tree.znodes().contains(child_path(path, *znode.children.begin())) &&
                        tree.znodes().contains(child_path(path, *znode.children.rbegin())));
              }},
    Invariant{"CreatedAtLeastItsChildren",
              [](const ZnodeTree&, std::string_view, const Znode& znode) {
                return znode.creates >= 0 &&
                       static_cast<std::size_t>(znode.creates) >= znode.children.size();
              }},
    Invariant{"EphemeralIsLeaf",
              [](const ZnodeTree&, std::string_view, const Znode& znode) {
                return znode.owner == SessionId{} || znode.children.empty();
              }},
    Invariant{"EphemeralHasLiveOwner",
              [](const ZnodeTree& tree, std::string_view path, const Znode& znode) {
                if (znode.owner == SessionId{}) return true;
                const auto owner = tree.sessions().find(znode.owner);
                return owner != tree.sessions().end() && owner->second.contains(path);
              }},
    Invariant{"ZxidsInOrder",
              [](const ZnodeTree& tree, std::string_view, const Znode& znode) {
                return znode.czxid <= znode.mzxid && znode.czxid <= znode.pzxid &&
                       std::max(znode.mzxid, znode.pzxid) <= tree.last_zxid();
              }},
    Invariant{"VersionCountsSets",
              [](const ZnodeTree&, std::string_view, const Znode& znode) {
                return znode.version >= 0 && (znode.version > 0 || znode.mzxid == znode.czxid);
              }},
};

std::optional<std::string> broken_at(const ZnodeTree& tree, std::string_view path,
                                     const Znode& znode) {
  for (const Invariant& invariant : table)
    if (!invariant.holds(tree, path, znode)) return fmt::format("{}: {}", invariant.name, path);
  return std::nullopt;
}

}  // namespace

std::span<const Invariant> invariants() { return table; }

std::optional<std::string> broken_invariant(const ZnodeTree& tree, std::string_view path) {
  const auto found = tree.znodes().find(path);
  return found == tree.znodes().end() ? std::nullopt : broken_at(tree, path, found->second);
}

std::optional<std::string> broken_invariant(const ZnodeTree& tree) {
  if (!tree.znodes().contains("/")) return "RootExists";
  std::size_t children = 0, owned = 0, ephemerals = 0;
  for (const auto& [path, znode] : tree.znodes()) {
    if (auto broken = broken_at(tree, path, znode)) return broken;
    children += znode.children.size();
    if (znode.owner != SessionId{}) ++ephemerals;
  }
  for (const auto& [session, paths] : tree.sessions()) owned += paths.size();
  if (children + 1 != tree.znodes().size()) return "EveryChildExists";
  if (owned != ephemerals) return "EveryEphemeralIsOwned";
  return std::nullopt;
}

}  // namespace gregor::coordination
