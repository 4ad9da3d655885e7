// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How the leaders of a shard tell the controller who is in sync (AlterPartition): one request at a
// time, for all partitions that have something to propose. What is proposed, and what comes of an
// answer, is the replica's business (replication/isr.cc).
#pragma once

#include <map>
#include <vector>

#include "broker/identity.h"
#include "controller/commands.h"
#include "replication/effects.h"

namespace gregor::broker {

struct ShardState;
class Partition;

class IsrProposals {
 public:
  // The partition may have something to propose; it replaces what it has proposed before.
  void note(Partition& partition);
  // Sends what can be sent. To be called when all partitions of a step have been noted.
  void send(ShardState& shard);
  void on_answer(ShardState& shard, const controller::AlteredIsrs& altered);
  // The pause after a failure is over.
  void reach_time(ShardState& shard);

 private:
  struct Sent {
    PartitionNumber partition;
    replication::IsrProposal proposal;
  };
  std::map<PartitionNumber, replication::IsrProposal> waiting_;
  std::vector<Sent> under_way_;  // in the order of what was asked
  bool pausing_ = false;
};

}  // namespace gregor::broker
