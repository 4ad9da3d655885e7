// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ZooKeeper's semantics, as text scenarios (testdata/scenarios): a session is a name, "-" stands
// for no data.

#include "coordination/znode_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <utility>

#include "coordination/invariants.h"
#include "coordination/path.h"
#include "scenarios/scenario.h"

namespace gregor::coordination {
namespace {

std::string name_of_status(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::runtime_inconsistency:
      return "runtime_inconsistency";
    case Status::connection_loss:
      return "connection_loss";
    case Status::bad_arguments:
      return "bad_arguments";
    case Status::no_node:
      return "no_node";
    case Status::bad_version:
      return "bad_version";
    case Status::no_children_for_ephemerals:
      return "no_children_for_ephemerals";
    case Status::node_exists:
      return "node_exists";
    case Status::not_empty:
      return "not_empty";
    case Status::session_expired:
      return "session_expired";
  }
  return "?";
}

std::string text_of(const Stat& s) {
  return fmt::format(
      "czxid={} mzxid={} pzxid={} ctime={} mtime={} version={} cversion={} owner={} children={}",
      s.czxid.value(), s.mzxid.value(), s.pzxid.value(), s.ctime, s.mtime, s.version, s.cversion,
      s.ephemeral_owner.value(), s.children);
}

std::string text_of(WatchKind kind) {
  constexpr const char* names[] = {"created", "removed", "data_changed", "children_changed"};
  return names[static_cast<std::size_t>(kind)];
}

class World {
 public:
  std::string run(const std::vector<std::string>& words) {
    const std::string& what = words.at(0);
    if (what == "time") {
      now_ = model::Timestamp(std::stoll(words.at(1)));
      return {};
    }
    if (what == "open") {
      const Outcome out = tree_.open_session(now_);
      sessions_[words.at(1)] = out.transaction->session;
      return fmt::format("session {}\n", out.transaction->session.value());
    }
    if (what == "end") return text_of(tree_.end_session(sessions_.at(words.at(1)), now_));
    return text_of(
        tree_.handle(sessions_.at(what), request({words.begin() + 1, words.end()}), now_));
  }

 private:
  static std::string data(const std::string& word) { return word == "-" ? "" : word; }

  static Request request(const std::vector<std::string>& words) {
    const bool watch = words.back() == "watch";
    if (words.at(0) == "get") return {RequestId{1}, GetData{words.at(1), watch}};
    if (words.at(0) == "children") return {RequestId{1}, GetChildren{words.at(1), watch}};
    Multi multi;
    for (std::size_t at = 0; at < words.size();) {
      std::size_t end = at;
      while (end < words.size() && words[end] != ";") ++end;
      multi.changes.push_back(change({words.begin() + static_cast<std::ptrdiff_t>(at),
                                      words.begin() + static_cast<std::ptrdiff_t>(end)}));
      at = end + 1;
    }
    return {RequestId{1}, multi};
  }

  static Change change(const std::vector<std::string>& words) {
    static const std::map<std::string, CreateMode> modes{
        {"create", CreateMode::persistent},
        {"ephemeral", CreateMode::ephemeral},
        {"sequential", CreateMode::persistent_sequential},
        {"ephemeral-sequential", CreateMode::ephemeral_sequential}};
    const auto version = [&](std::size_t at) {
      return words.size() > at ? std::stoi(words[at]) : any_version;
    };
    if (words.at(0) == "set") return SetData{words.at(1), data(words.at(2)), version(3)};
    if (words.at(0) == "remove") return Remove{words.at(1), version(2)};
    if (words.at(0) == "check") return Check{words.at(1), version(2)};
    return Create{words.at(1), data(words.at(2)), modes.at(words.at(0))};
  }

  std::string text_of(const Outcome& outcome) {
    std::string out;
    if (outcome.transaction)
      out += fmt::format("zxid {} changes {}\n", outcome.transaction->zxid.value(),
                         outcome.transaction->changes.size());
    for (const SessionWatch& fired : outcome.watches)
      out += fmt::format("watch of {}: {} {}\n", fired.session.value(),
                         coordination::text_of(fired.watch.kind), fired.watch.path);
    if (outcome.reply) out += text_of(*outcome.reply);
    EXPECT_EQ(broken_invariant(tree_), std::nullopt);
    return out.empty() ? "nothing\n" : out;
  }

  static std::string text_of(const Reply& reply) {
    std::string out = name_of_status(reply.status) + "\n";
    if (const auto* get = std::get_if<DataReply>(&reply.content))
      out += fmt::format("  \"{}\" {}\n", get->data, coordination::text_of(get->stat));
    if (const auto* children = std::get_if<ChildrenReply>(&reply.content))
      out += fmt::format("  [{}]\n", fmt::join(children->names, " "));
    if (const auto* multi = std::get_if<MultiReply>(&reply.content))
      for (const ChangeResult& result : multi->results)
        if (multi->results.size() > 1 || !result.path.empty())
          out += "  " + name_of_status(result.status) +
                 (result.path.empty() ? "\n" : " " + result.path + "\n");
    return out;
  }

  ZnodeTree tree_;
  std::map<std::string, SessionId> sessions_;
  model::Timestamp now_{1000};
};

TEST(ZnodeTree, Scenarios) {
  scenarios::for_each_scenario("testdata/scenarios", [] {
    const auto world = std::make_shared<World>();
    return [world](const std::vector<std::string>& words) { return world->run(words); };
  });
}

TEST(ZnodeTree, JudgesPathsAsZooKeeperDoes) {
  for (const char* good : {"/", "/a", "/a/b", "/config/brokers/<default>", "/we%20ird%2Fclient",
                           "/\xc3\xa4", "/a.b", "/...", "/ "})
    EXPECT_TRUE(is_valid_path(good)) << good;
  for (const char* bad : {"",
                          "a",
                          "a/b",
                          "/a/",
                          "//",
                          "//a",
                          "/a//b",
                          "/.",
                          "/..",
                          "/a/./b",
                          "/a/../b",
                          "/a\nb",
                          "/\x7f",
                          "/\xc2\x80",
                          "/\xee\x80\x80",
                          "/\xef\xbf\xbf",
                          "/\xf0\x9f\x98\x80",
                          "/\xff",
                          "/\xc3",
                          "/\xe2\x82",
                          "/\xc0\x80"})
    EXPECT_FALSE(is_valid_path(bad)) << bad;
  EXPECT_FALSE(is_valid_path(std::string_view("/a\0b", 4)));
}

TEST(ZnodeTree, RefusesDataBeyondTheLimit) {
  ZnodeTree tree;
  const SessionId session = tree.open_session(model::Timestamp{0}).transaction->session;
  const auto create = [&](std::size_t bytes) {
    const Request request{RequestId{1}, Multi{{Create{"/a", std::string(bytes, 'x')}}}};
    return tree.handle(session, request, model::Timestamp{0}).reply->status;
  };
  EXPECT_EQ(create(znode_bytes_max + 1), Status::bad_arguments);
  EXPECT_EQ(create(znode_bytes_max), Status::ok);
}

}  // namespace
}  // namespace gregor::coordination
