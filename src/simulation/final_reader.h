// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Reads every partition from its log start to its end when nothing is left to disturb it, and hands
// what it found to the ledger.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "protocol/messages/fetch.h"
#include "simulation/list_offsets.h"
#include "simulation/workload.h"

namespace gregor::simulation {

class FinalReader final : public Workload {
 public:
  template <class... Arguments>
  explicit FinalReader(std::deque<model::TopicPartition> partitions, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...), partitions_(std::move(partitions)) {}

 private:
  void operate() override;
  void find_bound(const ClusterClient::Leader& leader, LogEnd end);
  void fetch(const ClusterClient::Leader& leader);
  void take(const protocol::FetchResponse::PartitionData& data);
  void again();
  void begin_partition();
  void finish_partition();

  std::deque<model::TopicPartition> partitions_;
  std::int32_t process_ = ledger_.next_process();

  // Of the first partition.
  std::int64_t start_ = -1;
  std::int64_t end_ = -1;
  std::int64_t position_ = -1;
  std::vector<PlacedValue> found_;
};

}  // namespace gregor::simulation
