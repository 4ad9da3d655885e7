// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The question for one end of one partition.
#pragma once

#include <cstdint>

#include "model/ids.h"
#include "protocol/messages/list_offsets.h"

namespace gregor::simulation {

// As the protocol spells them in the place of a timestamp.
enum class LogEnd : std::int8_t { latest = -1, earliest = -2 };

inline protocol::ListOffsetsRequest list_offsets(const model::TopicPartition& partition, LogEnd of,
                                                 std::int32_t leader_epoch = -1) {
  protocol::ListOffsetsRequest request;
  request.replica_id = -1;
  auto& topic = request.topics.emplace_back();
  topic.name = partition.topic;
  auto& asked = topic.partitions.emplace_back();
  asked.partition_index = partition.partition.value();
  asked.timestamp = static_cast<std::int64_t>(of);
  asked.current_leader_epoch = leader_epoch;
  return request;
}

}  // namespace gregor::simulation
