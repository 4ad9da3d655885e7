// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Offsets that consumers of old keep in ZooKeeper, or in the tree of our own:
//   /consumers/GROUP/offsets/TOPIC/PARTITION   the offset in decimal digits
// On shard 0, where the coordination port is. Each result is told, also over a lost connection and
// into the next session: what is asked for may be done twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "coordination/port.h"
#include "model/error_code.h"
#include "model/ids.h"

namespace gregor::broker {

struct ShardState;

// Where an offset lies; ZooKeeper refuses some names of groups (coordination::is_valid_path).
std::string zookeeper_offset_path(const std::string& group, const model::TopicPartition& partition);

struct StoredOffset {
  model::ErrorCode error = model::ErrorCode::none;
  model::Offset offset = model::no_offset;
};

class ZooKeeperOffsets {
 public:
  // What is asked for and not yet answered; clients that go on asking while ZooKeeper is away
  // cannot fill our memory.
  static constexpr std::size_t asked_max = 10'000;

  using OnDone = std::function<void(ShardState&, const StoredOffset&)>;

  // False when too much is under way: then nothing will be told. Else it is told in a later step.
  [[nodiscard]] bool store(ShardState& shard, std::string path, model::Offset offset,
                           OnDone on_done);
  [[nodiscard]] bool load(ShardState& shard, std::string path, OnDone on_done);

  // A session has begun: what the one before did not answer is asked again.
  void connected(ShardState& shard);
  // False when it answers somebody else's request.
  bool on_reply(ShardState& shard, const coordination::Reply& reply);

 private:
  enum class Step : std::uint8_t { read, set, create };
  struct Asked {
    std::string path;
    std::string data;  // to be stored
    OnDone on_done;
    Step step = Step::read;
    int tries = 0;  // of creating
  };

  bool ask(ShardState& shard, Asked asked);
  void send(ShardState& shard, Asked asked);
  coordination::RequestId submit(ShardState& shard, coordination::Operation operation);
  void on_answer(ShardState& shard, Asked asked, const coordination::Reply& reply);

  // Apart from those of the controller, which count from a small number on.
  std::uint64_t next_ = std::uint64_t{1} << 63;
  std::map<coordination::RequestId, Asked> asked_;
  std::set<coordination::RequestId> parents_;  // being made: whatever comes of it, the child tells
};

}  // namespace gregor::broker
