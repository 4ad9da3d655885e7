// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Several whole nodes over one coordination tree, in one thread and one virtual time. What one asks
// of another goes through a connection of its own and arrives at once, unless the test has cut it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "broker/testing/test_node.h"

namespace gregor::broker {

class TestCluster {
 public:
  struct Options {
    int brokers = 3;  // ids 1, 2, …
    std::uint32_t shards = 1;
    std::uint64_t seed = 1;
    model::SettingMap settings = {};
  };
  explicit TestCluster(Options options);

  [[nodiscard]] TestNode& node(int id) { return *nodes_.at(id); }
  [[nodiscard]] bool is_up(int id) const { return nodes_.contains(id); }
  // One that is up.
  [[nodiscard]] TestNode& any() { return *nodes_.begin()->second; }

  // Power is lost: what was not synced is gone, if so wanted; the session ends.
  void kill(int id);
  bool stop(int id);
  void start(int id);         // on the disk that it left
  void replace_disk(int id);  // of one that is down, by an empty one

  // Requests between the two fail from now on.
  void cut(int one, int other);
  void heal() { cut_.clear(); }

  // Everything that can happen without time passing has happened.
  void settle();
  void advance(std::int64_t ms);

  // What this broker answers, after whatever the nodes say to each other in between: at once if it
  // can, and within ten seconds of virtual time if not.
  template <protocol::Message Response, protocol::Message Request>
  Response call(int at, const Request& request, int version) {
    const ConnectionId connection = node(at).connect();
    node(at).send(connection, request, version);
    settle();
    for (int tries = 0; tries < 100 && node(at).is_busy(connection); ++tries) advance(100);
    return node(at).receive<Response>(connection, version);
  }

 private:
  struct Question {
    int from;
    ShardId shard;
    PeerRequest request;
    int to;
    ConnectionId connection;
  };
  using LaneKey = std::tuple<int, ShardId, PeerLane, int>;

  bool carry();
  void ask(int from, TestNode::AskedPeer asked);
  bool collect();
  [[nodiscard]] bool is_cut(int one, int other) const;
  [[nodiscard]] TestNodeOptions options_of(int id) const;

  Options options_;
  std::shared_ptr<coordination::ZnodeTree> tree_ = std::make_shared<coordination::ZnodeTree>();
  model::Now now_{model::Timestamp(1'700'000'000'000), model::Instant(0)};
  std::map<int, std::unique_ptr<TestNode>> nodes_;
  std::map<int, TestWorld> worlds_;  // of those that are down
  std::vector<Question> questions_;  // in the order in which they were asked
  std::map<LaneKey, ConnectionId> lanes_;
  std::set<std::pair<int, int>> cut_;
};

}  // namespace gregor::broker
