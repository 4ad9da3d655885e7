// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The small files of a data folder and of a partition folder.
//
//   recovery-point-offset-checkpoint   below it, a partition's records were synced
//   log-start-offset-checkpoint        only of logs that start later than their first segment
//   replication-offset-checkpoint      high watermarks
//   cleaner-offset-checkpoint          up to where logs are compacted
//     := the frame of checkpoint_text.h with lines  topic ' ' partition ' ' offset
//   meta.properties := Java properties: ('#' comment | key '=' value) lines
//     version=0: broker.id, cluster.id (ZooKeeper)    version=1: node.id, cluster.id, directory.id
//   partition.metadata := "version: 0\ntopic_id: " uuid          (no newline at the end)
//   .kafka_cleanshutdown := JSON {"version":0,"brokerEpoch":…}   its presence says: the last stop
//     was clean, and the recovery points are the ends of the logs; removed at the start
//   .gregor_last_boot := the id of the machine's start in which the logs were whole last, or
//     "unsettled": their ends may be lost, and other brokers may not know it yet
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "log/disk.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/uuid.h"

namespace gregor::log {

inline constexpr std::string_view recovery_points_name = "recovery-point-offset-checkpoint";
inline constexpr std::string_view log_starts_name = "log-start-offset-checkpoint";
inline constexpr std::string_view high_watermarks_name = "replication-offset-checkpoint";
inline constexpr std::string_view cleaned_name = "cleaner-offset-checkpoint";
inline constexpr std::string_view meta_properties_name = "meta.properties";
inline constexpr std::string_view clean_stop_name = ".kafka_cleanshutdown";
inline constexpr std::string_view last_boot_name = ".gregor_last_boot";
inline constexpr std::string_view unsettled_boot = "unsettled";

using PartitionOffsets = std::map<model::TopicPartition, model::Offset>;

base::Bytes encode_partition_offsets(const PartitionOffsets& offsets);
// corrupt_message unless the bytes are such a checkpoint.
Result<PartitionOffsets> decode_partition_offsets(base::BytesView bytes);

struct MetaProperties {
  std::optional<model::BrokerId> node;  // broker.id or node.id
  std::string cluster_id;               // empty: not said
  std::optional<model::Uuid> directory_id;
  std::int32_t version = 1;
  // Of the broker's registration with which it began to use this folder (Gregor's own; Kafka skips
  // it). Not said: by whom else it was used before nobody knows.
  std::optional<model::BrokerEpoch> first_epoch = std::nullopt;
  friend bool operator==(const MetaProperties&, const MetaProperties&) = default;
};

base::Bytes encode_meta_properties(const MetaProperties& properties);
// corrupt_message for a version other than 0 and 1, or a value that does not parse; unknown keys
// are ignored.
Result<MetaProperties> decode_meta_properties(base::BytesView bytes);

base::Bytes encode_partition_metadata(const model::TopicId& topic);
Result<model::TopicId> decode_partition_metadata(base::BytesView bytes);

base::Bytes encode_clean_stop(std::int64_t broker_epoch);

}  // namespace gregor::log
