// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A group that changes its protocol: a classic group of consumers as a consumer group, with all its
// members as classic ones, and the reverse. Members keep what they have; what they have is read
// from, and written in, the format that consumers have among themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "controller/image.h"
#include "group/classic_group.h"
#include "group/consumer_group.h"
#include "model/ids.h"
#include "model/result.h"
#include "protocol/messages/consumer_protocol.h"

namespace gregor::group {

// What a consumer hands to its group; errors where it is not in the format of consumers.
model::Result<protocol::ConsumerProtocolSubscription> parse_subscription(base::BytesView metadata);

// By id; of topics that exist.
template <class Entry>
Partitions partitions_by_name(const std::vector<Entry>& topics, const controller::Image& cluster) {
  Partitions out;
  for (const Entry& entry : topics) {
    const controller::TopicRef topic = cluster.topic(entry.topic);
    if (topic == nullptr) continue;
    for (const std::int32_t partition : entry.partitions) out.push_back({topic->id, partition});
  }
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

// An assignment for a consumer that wrote this subscription, in the version that it used.
base::Bytes encode_assignment(const Partitions& partitions, base::BytesView subscription,
                              const controller::Image& cluster);

// The group with the same members, everybody at its target, at the classic group's generation.
model::Result<ConsumerGroup> upgraded(const ClassicGroup& group, const controller::Image& cluster);

// The group without some members, stable, everybody with its target. All its members speak the
// classic protocol.
ClassicGroup downgraded(const ConsumerGroup& group, const std::vector<std::string>& without,
                        const controller::Image& cluster, model::Timestamp now);

}  // namespace gregor::group
