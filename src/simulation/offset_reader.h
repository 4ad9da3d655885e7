// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A client that asks for the end of a partition, again and again. Kafka's leaders have no leases:
// one that was paused or cut off tells the end that it knows, until it hears of its successor. An
// end is therefore judged only if it is known that the leader told it.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "simulation/workload.h"

namespace gregor::simulation {

class OffsetReader final : public Workload {
 public:
  // Whether it is the leader, of this epoch, at this moment.
  using Leads =
      std::function<bool(const model::TopicPartition&, const ClusterClient::Leader& leader)>;

  template <class... Arguments>
  OffsetReader(std::vector<model::TopicPartition> partitions, Leads leads, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        leads_(std::move(leads)),
        partitions_(std::move(partitions)),
        process_(ledger_.next_process()) {}

 private:
  void operate() override;
  void ask(const model::TopicPartition& partition, const ClusterClient::Leader& leader);

  const Leads leads_;
  const std::vector<model::TopicPartition> partitions_;
  const std::int32_t process_;
};

}  // namespace gregor::simulation
