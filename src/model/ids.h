// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Kafka's nouns as types. None converts to another or to an integer by itself; .value() can be
// grepped.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/typed_number.h"

namespace gregor::model {

// Position of a record in its partition: 0, 1, 2, …; never changes once assigned. -1 stands for
// "none" on the wire.
using Offset = base::TypedPosition<struct OffsetTag, std::int64_t>;
// Counts the leaders of a partition; higher is newer. -1: none or unknown.
using LeaderEpoch = base::TypedPosition<struct LeaderEpochTag, std::int32_t>;

// Counts the controllers of a cluster; requests and writes of an older one are refused.
using ControllerEpoch = base::TypedPosition<struct ControllerEpochTag, std::int32_t>;
// Tells incarnations of a broker apart: higher is newer. -1: unknown.
using BrokerEpoch = base::TypedPosition<struct BrokerEpochTag, std::int64_t>;
// Version of a partition's leader and in-sync replicas: each change compares and sets it.
using PartitionEpoch = base::TypedPosition<struct PartitionEpochTag, std::int32_t>;

using BrokerId = base::TypedId<struct BrokerIdTag, std::int32_t>;
using PartitionIndex = base::TypedId<struct PartitionIndexTag, std::int32_t>;
using ProducerId = base::TypedId<struct ProducerIdTag, std::int64_t>;
using ProducerEpoch = base::TypedId<struct ProducerEpochTag, std::int16_t>;
// Number of a record within (producer, epoch, partition): 0 … 2^31-1, then 0 again.
using SequenceNumber = base::TypedId<struct SequenceNumberTag, std::int32_t>;
using CorrelationId = base::TypedId<struct CorrelationIdTag, std::int32_t>;
using ApiKey = base::TypedId<struct ApiKeyTag, std::int16_t>;
using ApiVersion = base::TypedId<struct ApiVersionTag, std::int16_t>;

// Wall-clock milliseconds since the Unix epoch, as records carry them; -1: none.
using Timestamp = base::TypedPosition<struct TimestampTag, std::int64_t>;
// Monotonic milliseconds from an arbitrary start: for deadlines only.
using Instant = base::TypedPosition<struct InstantTag, std::int64_t>;

// The time at which an event is handled; the core reads no clock.
struct Now {
  Timestamp wall;
  Instant monotonic;
};

inline constexpr Offset no_offset{-1};
inline constexpr LeaderEpoch no_leader_epoch{-1};
inline constexpr BrokerId no_broker{-1};
inline constexpr ProducerId no_producer_id{-1};
inline constexpr ProducerEpoch no_producer_epoch{-1};
inline constexpr SequenceNumber no_sequence{-1};
inline constexpr Timestamp no_timestamp{-1};

struct TopicPartition {
  std::string topic;
  PartitionIndex partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// "topic-3": the name of the partition's folder, and how people write it.
inline std::string to_string(const TopicPartition& tp) {
  return tp.topic + "-" + to_string(tp.partition);
}

}  // namespace gregor::model
