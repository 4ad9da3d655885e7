// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What `gregor groups --reset-offsets` is to do with each partition, without doing it.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::cli {

// Where to, in the words of Kafka's tool.
struct ToEarliest {};
struct ToLatest {};
struct ToCurrent {};
struct ToOffset {
  model::Offset offset;
};
struct ShiftBy {
  std::int64_t distance;
};
struct ToTime {
  model::Timestamp time;
};
using OffsetsByPartition = std::map<model::TopicPartition, model::Offset>;
struct FromFile {
  OffsetsByPartition offsets;
};
using ResetGoal =
    std::variant<ToEarliest, ToLatest, ToCurrent, ToOffset, ShiftBy, ToTime, FromFile>;

// What is known of a partition when its new offset is decided.
struct PartitionFacts {
  model::Offset earliest{};
  model::Offset latest{};
  model::Offset committed = model::no_offset;
  model::Offset at_time = model::no_offset;  // with ToTime; none: no record is that new
};

struct ResetDecision {
  model::Offset offset;
  std::string note;  // for people, when it is not what was asked for; may be empty
};

// The new offset lies between the earliest and the latest. Errors (invalid_request): a shift of
// what was never committed, a partition that the file does not name.
model::Result<ResetDecision> decide_reset(const ResetGoal& goal,
                                          const model::TopicPartition& partition,
                                          const PartitionFacts& facts);

// The plan as a file, a line a partition: "topic",0,42 – as Kafka's tool exports and imports it for
// one group.
std::string to_csv(const OffsetsByPartition& plan);
model::Result<OffsetsByPartition> parse_csv(std::string_view text);

}  // namespace gregor::cli
