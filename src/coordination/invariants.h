// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is true of a tree of znodes after every step; the list is the shortest description of the
// tree. Each statement is about one znode, so that a step can check what it has touched.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gregor::coordination {

class ZnodeTree;
struct Znode;

struct Invariant {
  std::string_view name;
  bool (*holds)(const ZnodeTree& tree, std::string_view path, const Znode& znode);
};
std::span<const Invariant> invariants();

// The first that does not hold, as "EphemeralIsLeaf: /brokers/ids/1", for one znode (which may be
// gone) or for all.
std::optional<std::string> broken_invariant(const ZnodeTree& tree, std::string_view path);
std::optional<std::string> broken_invariant(const ZnodeTree& tree);

}  // namespace gregor::coordination
