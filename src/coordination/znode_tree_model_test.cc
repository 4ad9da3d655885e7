// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The tree against a model that is too simple to be wrong in the same way: one map from path to
// data, copied whole before each multi, with children found by looking at every path.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "coordination/invariants.h"
#include "coordination/random_changes.h"
#include "coordination/znode_tree.h"

namespace gregor::coordination {
namespace {

using test::Happening;

struct Entry {
  std::string data;
  int sets = 0, given = 0, taken = 0;  // data changes; children that came; that went
  std::int64_t owner = 0;
};
using Model = std::map<std::string, Entry>;

std::string parent(const std::string& path) {
  const std::string head = path.substr(0, path.rfind('/'));
  return head.empty() ? "/" : head;
}

int children(const Model& model, const std::string& path) {
  return static_cast<int>(std::ranges::count_if(
      model, [&](const auto& e) { return e.first != "/" && parent(e.first) == path; }));
}

void erase(Model& model, const std::string& path) {
  ++model.at(parent(path)).taken;
  model.erase(path);
}

Status apply(Model& model, const Create& c, std::int64_t session) {
  const bool numbered = c.mode >= CreateMode::persistent_sequential;
  const bool ephemeral =
      c.mode == CreateMode::ephemeral || c.mode == CreateMode::ephemeral_sequential;
  if (c.path == "/bad/" && !numbered) return Status::bad_arguments;
  if (c.path == "/") return numbered ? Status::ok : Status::node_exists;  // "/" + number: see below
  const std::string up = parent(c.path);
  if (!model.contains(up)) return Status::no_node;
  std::string path = c.path;
  if (numbered) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%010d", model.at(up).given);
    path += digits;
  }
  if (model.contains(path)) return Status::node_exists;
  if (model.at(up).owner != 0) return Status::no_children_for_ephemerals;
  ++model.at(up).given;
  model[path] = {.data = c.data, .owner = ephemeral ? session : 0};
  return Status::ok;
}
Status apply(Model& model, const Remove& r, std::int64_t) {
  if (r.path == "/bad/" || r.path == "/") return Status::bad_arguments;
  if (!model.contains(r.path)) return Status::no_node;
  if (r.version != any_version && r.version != model[r.path].sets) return Status::bad_version;
  if (children(model, r.path) > 0) return Status::not_empty;
  erase(model, r.path);
  return Status::ok;
}
Status apply(Model& model, const SetData& s, std::int64_t) {
  if (s.path == "/bad/") return Status::bad_arguments;
  if (!model.contains(s.path)) return Status::no_node;
  if (s.version != any_version && s.version != model[s.path].sets) return Status::bad_version;
  model[s.path].data = s.data;
  ++model[s.path].sets;
  return Status::ok;
}
Status apply(Model& model, const Check& c, std::int64_t) {
  if (c.path == "/bad/") return Status::bad_arguments;
  if (!model.contains(c.path)) return Status::no_node;
  const bool fits = c.version == any_version || c.version == model[c.path].sets;
  return fits ? Status::ok : Status::bad_version;
}

std::vector<Status> apply_all(Model& model, const std::vector<Change>& changes,
                              std::int64_t session) {
  const Model before = model;
  std::vector<Status> out;
  bool failed = false;
  for (const Change& change : changes) {
    out.push_back(
        failed ? Status::runtime_inconsistency
               : std::visit([&](const auto& c) { return apply(model, c, session); }, change));
    failed = out.back() != Status::ok;
  }
  if (failed) model = before;
  return out;
}

// A sequential znode directly below "/" would need the model to know one more rule.
bool is_numbered_root(const Change& change) {
  const auto* create = std::get_if<Create>(&change);
  return create != nullptr && create->mode >= CreateMode::persistent_sequential &&
         (create->path == "/" || create->path == "/bad/");
}

void compare(const ZnodeTree& tree, const Model& model) {
  RC_ASSERT(tree.znodes().size() == model.size());
  for (const auto& [path, entry] : model) {
    const auto found = tree.znodes().find(path);
    RC_ASSERT(found != tree.znodes().end());
    RC_ASSERT(found->second.data == entry.data);
    const Stat stat = stat_of(found->second);
    RC_ASSERT(stat.version == entry.sets);
    RC_ASSERT(stat.children == children(model, path));
    RC_ASSERT(stat.cversion == entry.given + entry.taken);
    RC_ASSERT(stat.ephemeral_owner.value() == entry.owner);
  }
  RC_ASSERT(!broken_invariant(tree).has_value());
}

RC_GTEST_PROP(ZnodeTreeModel, AgreesWithAMapOfPaths, (const std::vector<Happening>& happenings)) {
  ZnodeTree tree;
  Model model{{"/", {}}};
  std::vector<SessionId> live;
  const model::Timestamp now{1000};
  for (const Happening& happening : happenings) {
    if (live.empty() || happening.kind == Happening::Kind::open) {
      live.push_back(tree.open_session(now).transaction->session);
      continue;
    }
    const auto who = live.begin() + static_cast<std::ptrdiff_t>(happening.session % live.size());
    const std::int64_t session = who->value();
    if (happening.kind == Happening::Kind::end) {
      tree.end_session(*who, now);
      std::vector<std::string> owned;
      for (const auto& [path, entry] : model)
        if (entry.owner == session) owned.push_back(path);
      for (const std::string& path : owned) erase(model, path);
      live.erase(who);
    } else if (std::ranges::none_of(happening.changes, is_numbered_root)) {
      const auto expected = apply_all(model, happening.changes, session);
      const Outcome out = tree.handle(*who, {RequestId{1}, Multi{happening.changes}}, now);
      const auto& results = std::get<MultiReply>(out.reply->content).results;
      RC_ASSERT(results.size() == expected.size());
      for (std::size_t at = 0; at < expected.size(); ++at)
        RC_ASSERT(results[at].status == expected[at]);
    }
    compare(tree, model);
  }
}

// Every watch that is set fires at the first change that it is for, once, and never otherwise.
RC_GTEST_PROP(ZnodeTreeModel, WatchesFireOnceForWhatTheyWatch,
              (const std::vector<Happening>& happenings)) {
  ZnodeTree tree;
  const model::Timestamp now{1000};
  const SessionId watcher = tree.open_session(now).transaction->session;
  const SessionId writer = tree.open_session(now).transaction->session;
  for (const Happening& happening : happenings) {
    const std::string path = *test::any_path();
    const auto state = [&](const std::string& at) {
      const auto found = tree.znodes().find(at);
      return found == tree.znodes().end() ? std::pair{Zxid{-1}, Zxid{-1}}
                                          : std::pair{found->second.czxid, found->second.mzxid};
    };
    if (path != "/bad/") tree.handle(watcher, {RequestId{1}, GetData{path, true}}, now);
    const auto before = state(path);
    const Outcome out = tree.handle(writer, {RequestId{2}, Multi{happening.changes}}, now);
    const auto fired = std::ranges::count_if(out.watches, [&](const SessionWatch& one) {
      RC_ASSERT(one.session == watcher);
      return one.watch.path == path;
    });
    // Made and removed in one multi: heard of, but nothing is different afterwards.
    const bool changed = state(path) != before;
    RC_ASSERT(fired <= 1);
    RC_ASSERT(fired == 1 || !changed || path == "/bad/");
    const Outcome again = tree.handle(writer, {RequestId{3}, Multi{{SetData{path, "again"}}}}, now);
    RC_ASSERT(fired == 0 || again.watches.empty());
  }
}

}  // namespace
}  // namespace gregor::coordination
