// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/cluster_image.h"

namespace gregor::broker {

ShardId owner_of(std::string_view topic, model::PartitionIndex partition, std::uint32_t shards) {
  std::uint64_t digest = 0xcbf29ce484222325;  // FNV-1a: the same in every run and on every machine
  for (const char c : topic) digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  // Neighbouring partitions of a topic go to neighbouring shards: an even spread.
  return ShardId(static_cast<std::uint32_t>(
      (digest + static_cast<std::uint64_t>(partition.value())) % shards));
}

bool is_internal_topic(std::string_view topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state" ||
         topic == "__share_group_state";
}

}  // namespace gregor::broker
