// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// testdata/kafka_writes.txt holds every write that two Apache Kafka 3.9.0 brokers in ZooKeeper mode
// and some consumers made, one committed multi a line; testdata/kafka_tree.txt what ZooKeeper's
// tree was like in the end: path, data version, number of children, kind, data.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "coordination/invariants.h"
#include "coordination/znode_tree.h"
#include "scenarios/scenario.h"

namespace gregor::coordination {
namespace {

constexpr model::Timestamp recorded{1795174649580};

// ".../config_change_0000000007" -> ".../config_change_"
std::string without_number(const std::string& path) {
  constexpr std::size_t digits = 10;
  const bool numbered = path.size() > digits &&
                        path.find_last_not_of("0123456789") == path.size() - digits - 1 &&
                        path[path.size() - digits - 1] == '_';
  return numbered ? path.substr(0, path.size() - digits) : path;
}

struct Write {
  Multi multi;
  std::vector<std::string> made;  // the path of each change
};

Write parse(const std::string& line) {
  Write write;
  const std::vector<std::string> words = scenarios::split(line, ' ');
  for (std::size_t at = 0; at < words.size();) {
    const std::string& what = words[at];
    const std::string& path = words.at(at + 1);
    write.made.push_back(path);
    if (what == "remove") {
      write.multi.changes.emplace_back(Remove{path});
      at += 2;
      continue;
    }
    const std::string data = words.at(at + 2).substr(1);
    at += 3;
    const std::string prefix = without_number(path);
    if (what == "set")
      write.multi.changes.emplace_back(SetData{path, data});
    else if (what == "ephemeral")
      write.multi.changes.emplace_back(Create{path, data, CreateMode::ephemeral});
    else if (prefix != path)
      write.multi.changes.emplace_back(Create{prefix, data, CreateMode::persistent_sequential});
    else
      write.multi.changes.emplace_back(Create{path, data});
  }
  return write;
}

TEST(KafkaTree, ItsWritesMakeTheTreeThatZooKeeperHad) {
  ZnodeTree tree;
  const SessionId brokers = tree.open_session(recorded).transaction->session;
  const SessionId consumers = tree.open_session(recorded).transaction->session;
  for (const std::string& line :
       scenarios::split(scenarios::read_file("testdata/kafka_writes.txt"), '\n')) {
    if (line.empty()) continue;
    const Write write = parse(line);
    const bool by_consumer = write.made.front().starts_with("/consumers/");
    const Outcome out =
        tree.handle(by_consumer ? consumers : brokers, {RequestId{1}, write.multi}, recorded);
    ASSERT_EQ(out.reply->status, Status::ok) << line;
    const auto& results = std::get<MultiReply>(out.reply->content).results;
    for (std::size_t at = 0; at < results.size(); ++at)
      EXPECT_TRUE(results[at].path.empty() || results[at].path == write.made[at])
          << results[at].path << " instead of " << write.made[at];
  }
  tree.end_session(consumers, recorded);
  std::string actual;
  for (const auto& [path, znode] : tree.znodes()) {
    const Stat stat = stat_of(znode);
    actual += fmt::format("{} {} {} {} ={}\n", path, stat.version, stat.children,
                          znode.owner == SessionId{} ? "persistent" : "ephemeral", znode.data);
  }
  EXPECT_EQ(actual, scenarios::read_file("testdata/kafka_tree.txt"));
  EXPECT_EQ(broken_invariant(tree), std::nullopt);
}

}  // namespace
}  // namespace gregor::coordination
