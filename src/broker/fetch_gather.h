// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A fetch in progress: what was read so far, and the watches on partitions that may bring more.
//
// It is answered as soon as there is enough to read, something went wrong that the client must know
// at once, or its time is over. Until then every partition that moves reads its part again and puts
// the new result into its slot.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "broker/fetch_session.h"
#include "broker/gather.h"
#include "broker/tasks.h"
#include "model/ids.h"

namespace gregor::broker {

struct FetchLimits {
  std::size_t bytes_min = 0;
  std::size_t bytes_max = 0;
  Isolation isolation = Isolation::read_uncommitted;
  bool may_wait = false;
  model::BrokerId replica = model::no_broker;  // who fetches; no_broker: a consumer
  model::BrokerEpoch replica_epoch{-1};
  bool any_replica = false;    // FetchTask's
  NearbyPtr nearby = nullptr;  // likewise
};

class FetchGather final : public Gather {
 public:
  FetchGather(const RequestHead& head, FetchPlan plan, const FetchLimits& limits);

  // What to ask of a part, given what has been read before it.
  [[nodiscard]] FetchTask task_for(std::uint32_t slot) const;
  [[nodiscard]] const FetchPlan& plan() const { return plan_; }

  void fill(std::uint32_t slot, TaskResult result) override;
  bool complete(ShardState& shard, RequestId self) override;
  void expire(ShardState& shard, RequestId) override { answer(shard); }
  bool hears_all_first() override {
    limits_.may_wait = false;
    return true;
  }
  [[nodiscard]] bool may_be_cut_short() const override { return true; }
  void forget(ShardState& shard, RequestId self) override;

 private:
  [[nodiscard]] bool is_satisfied() const;
  void watch(ShardState& shard, RequestId self);
  void trim();
  void answer(ShardState& shard);

  FetchPlan plan_;
  FetchLimits limits_;
  std::vector<FetchResult> results_;  // by slot
  std::vector<bool> watched_;         // by slot
  std::set<ShardId> watching_;        // shards that have watches of ours
  std::size_t bytes_ = 0;             // of all results
};

}  // namespace gregor::broker
