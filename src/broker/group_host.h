// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The group coordinators of a shard: one for each partition of the offsets topic that the shard
// leads. Reads the partition's log when the leadership comes, appends what the coordinator wants to
// have written, and lets its answers out when that is as safe as the topic demands.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/group_replay.h"
#include "broker/identity.h"
#include "broker/partition.h"
#include "broker/tasks.h"
#include "broker/timers.h"
#include "group/coordinator.h"

namespace gregor::broker {

struct ShardState;

inline constexpr std::string_view offsets_topic = "__consumer_offsets";

// On which of so many partitions of the offsets topic a group lives; Kafka's rule.
model::PartitionIndex partition_of_group(std::string_view group, std::size_t partitions);

class GroupHost {
 public:
  // The partition's leadership or log may have changed. Others than those of the offsets topic are
  // ignored.
  void follow(ShardState& shard, Partition& partition);
  // The partition is gone.
  void forget(ShardState& shard, const Partition& partition);

  // The answer, or nullopt when it comes later: then it is delivered to `address`.
  std::optional<TaskResult> ask(ShardState& shard, Partition& partition, const GroupTask& task,
                                const Address& address);
  // The high watermark may have moved, or the log may have failed.
  void settle(ShardState& shard, Partition& partition);
  void reach_time(ShardState& shard);
  // The logs are about to be closed.
  void stop(ShardState& shard);
  void topics_deleted(ShardState& shard, const std::vector<std::string>& names);
  // The shard has a new image.
  void cluster_changed(ShardState& shard);

 private:
  struct Unconfirmed {
    group::AppendId id;
    model::Offset needs;  // acknowledged when everything below it is
  };
  struct Hosted {
    explicit Hosted(const group::Settings& settings) : coordinator(settings) {}
    group::Coordinator coordinator;
    model::LeaderEpoch epoch;
    bool stuck = false;                       // its log cannot be read
    std::optional<GroupReplay> replay;        // while it is being loaded
    std::vector<std::string> deleted_topics;  // meanwhile
    std::map<group::Token, Address> asked;
    std::uint64_t last_token = 0;
    std::deque<Unconfirmed> unconfirmed;
  };
  using Answers = std::vector<group::Answer>;

  void load(ShardState& shard, Partition& partition, Hosted& hosted);
  // Reads on; true when all has been read.
  bool read_on(ShardState& shard, Partition& partition, Hosted& hosted);
  // Runs the event and all that follows from it at once.
  void step(ShardState& shard, Partition& partition, Hosted& hosted, group::Event event);
  void step(ShardState& shard, Partition& partition, Hosted& hosted, group::Event event,
            Answers& answers);
  void perform(ShardState& shard, Partition& partition, Hosted& hosted,
               const std::vector<group::Append>& appends, std::deque<group::Event>& follow_up);
  void deliver(ShardState& shard, Hosted& hosted, Answers answers);
  void set_timer(ShardState& shard);

  std::map<PartitionNumber, std::unique_ptr<Hosted>> hosted_;
  Timers::Handle timer_;
  std::optional<model::Instant> timer_at_;
};

}  // namespace gregor::broker
