// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How the partitions of a shard that follow get their records: one fetch at a time to each leader,
// for all of its partitions that have something to ask. What a partition asks for is its replica's
// business (replication/follower.cc); this only carries questions and answers, and waits where
// something failed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "broker/identity.h"
#include "broker/peer.h"
#include "model/ids.h"
#include "model/result.h"
#include "protocol/messages/fetch.h"
#include "replication/effects.h"

namespace gregor::broker {

struct ShardState;
class Partition;

class ReplicaFetchers {
 public:
  // The partition may have something to ask.
  void note(ShardState& shard, Partition& partition);
  // Sends what can be sent. To be called when all partitions of a step have been noted.
  void send(ShardState& shard);
  // Backoffs are over.
  void reach_time(ShardState& shard);

 private:
  struct Asked {
    PartitionNumber partition;
    replication::FetchPosition position;
  };
  struct Leader {
    std::map<PartitionNumber, replication::FetchPosition> ready;
    std::map<PartitionNumber, replication::FetchPosition> backing_off;
    bool under_way = false;
  };

  void hold_back(ShardState& shard, Leader& leader, PartitionNumber partition,
                 const replication::FetchPosition& position);
  void send(ShardState& shard, model::BrokerId id, Leader& leader);
  void on_answer(ShardState& shard, model::BrokerId id, const std::vector<Asked>& asked,
                 model::Result<base::BytesView> answer);
  void ask_log_start(ShardState& shard, Partition& partition,
                     const replication::LogStartQuestion& question);

  std::map<model::BrokerId, Leader> leaders_;
  bool timer_set_ = false;
  bool may_send_ = false;
};

}  // namespace gregor::broker
