// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A client that asks for the end of a partition, again and again.
#pragma once

#include <vector>

#include "simulation/workload.h"

namespace gregor::simulation {

class OffsetReader final : public Workload {
 public:
  template <class... Arguments>
  explicit OffsetReader(std::vector<model::TopicPartition> partitions, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        partitions_(std::move(partitions)),
        process_(ledger_.next_process()) {}

 private:
  void operate() override;
  void ask(const model::TopicPartition& partition, const ClusterClient::Leader& leader);

  const std::vector<model::TopicPartition> partitions_;
  const std::int32_t process_;
};

}  // namespace gregor::simulation
