// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The settings of one topic, as its log, its replicas and its leader use them: plain data, already
// validated. The initial values are the defaults of Kafka's topic keys; each member is named after
// its key (`segment.bytes` -> segment_bytes).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model/ids.h"
#include "model/setting_map.h"

namespace gregor::model {

inline constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

// What is done to the batches of a producer before they are stored. `producer`: kept as they came.
enum class TopicCompression { producer, uncompressed, gzip, snappy, lz4, zstd };

enum class TimestampType { create_time, log_append_time };

struct TopicSettings {
  // Segments and their indexes.
  std::int32_t segment_bytes = 1 << 30;
  std::int64_t segment_ms = 604'800'000;
  std::int64_t segment_jitter_ms = 0;
  std::int32_t segment_index_bytes = 10 << 20;
  std::int32_t index_interval_bytes = 4096;
  bool preallocate = false;
  std::int64_t file_delete_delay_ms = 60'000;

  // When what was appended is forced to the disk; unlimited: left to the operating system.
  std::int64_t flush_messages = unlimited;
  std::int64_t flush_ms = unlimited;

  // Retention; -1: no limit. Both flags may be set, and neither (then nothing is ever removed).
  bool cleanup_policy_delete = true;
  bool cleanup_policy_compact = false;
  std::int64_t retention_ms = 604'800'000;
  std::int64_t retention_bytes = -1;

  // Compaction.
  std::int64_t delete_retention_ms = 86'400'000;
  std::int64_t min_compaction_lag_ms = 0;
  std::int64_t max_compaction_lag_ms = unlimited;
  double min_cleanable_dirty_ratio = 0.5;

  // What a producer may append.
  std::int32_t max_message_bytes = 1'048'588;
  TimestampType message_timestamp_type = TimestampType::create_time;
  std::int64_t message_timestamp_before_max_ms = unlimited;
  std::int64_t message_timestamp_after_max_ms = 3'600'000;
  TopicCompression compression_type = TopicCompression::producer;
  std::int32_t compression_gzip_level = -1;
  std::int32_t compression_lz4_level = 9;
  std::int32_t compression_zstd_level = 3;

  // Replication.
  std::int32_t min_insync_replicas = 1;
  bool unclean_leader_election_enable = false;
  // Replicas that keep to a quota, "partition:broker" each; or "*" for all.
  std::vector<std::string> leader_replication_throttled_replicas;
  std::vector<std::string> follower_replication_throttled_replicas;

  // Tiered storage: known so that it can be refused clearly; Gregor stores all data locally.
  bool remote_storage_enable = false;

  friend bool operator==(const TopicSettings&, const TopicSettings&) = default;
};

// Whether a list of throttled replicas names the one that a broker has of a partition.
bool lists_replica(const std::vector<std::string>& throttled, PartitionIndex partition,
                   BrokerId broker);

// The defaults of topics on a broker where `set` is set.
TopicSettings topic_defaults_from(const SettingMap& set);

// The settings of a topic that overrides those of the broker. An override that is unknown or not
// valid counts as absent: it was accepted by a broker that knew better.
TopicSettings topic_settings_from(TopicSettings defaults, const SettingMap& overrides);

}  // namespace gregor::model
