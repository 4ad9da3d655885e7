// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/topic_settings.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ranges.h"
#include "model/settings.h"

namespace gregor::model {
namespace {

using TopicMember = std::variant<bool TopicSettings::*, std::int32_t TopicSettings::*,
                                 std::int64_t TopicSettings::*, double TopicSettings::*>;
struct TopicField {
  std::string_view key;
  TopicMember member;
};

constexpr TopicField topic_fields[] = {
    {"compression.gzip.level", &TopicSettings::compression_gzip_level},
    {"compression.lz4.level", &TopicSettings::compression_lz4_level},
    {"compression.zstd.level", &TopicSettings::compression_zstd_level},
    {"delete.retention.ms", &TopicSettings::delete_retention_ms},
    {"file.delete.delay.ms", &TopicSettings::file_delete_delay_ms},
    {"flush.messages", &TopicSettings::flush_messages},
    {"flush.ms", &TopicSettings::flush_ms},
    {"index.interval.bytes", &TopicSettings::index_interval_bytes},
    {"max.compaction.lag.ms", &TopicSettings::max_compaction_lag_ms},
    {"max.message.bytes", &TopicSettings::max_message_bytes},
    {"message.timestamp.after.max.ms", &TopicSettings::message_timestamp_after_max_ms},
    {"message.timestamp.before.max.ms", &TopicSettings::message_timestamp_before_max_ms},
    {"min.cleanable.dirty.ratio", &TopicSettings::min_cleanable_dirty_ratio},
    {"min.compaction.lag.ms", &TopicSettings::min_compaction_lag_ms},
    {"min.insync.replicas", &TopicSettings::min_insync_replicas},
    {"preallocate", &TopicSettings::preallocate},
    {"remote.storage.enable", &TopicSettings::remote_storage_enable},
    {"retention.bytes", &TopicSettings::retention_bytes},
    {"retention.ms", &TopicSettings::retention_ms},
    {"segment.bytes", &TopicSettings::segment_bytes},
    {"segment.index.bytes", &TopicSettings::segment_index_bytes},
    {"segment.jitter.ms", &TopicSettings::segment_jitter_ms},
    {"segment.ms", &TopicSettings::segment_ms},
    {"unclean.leader.election.enable", &TopicSettings::unclean_leader_election_enable},
};

struct Assign {
  TopicSettings& settings;
  const SettingValue& value;
  void operator()(bool TopicSettings::* member) const { settings.*member = std::get<bool>(value); }
  void operator()(std::int32_t TopicSettings::* member) const {
    settings.*member = static_cast<std::int32_t>(std::get<std::int64_t>(value));
  }
  void operator()(std::int64_t TopicSettings::* member) const {
    settings.*member = std::get<std::int64_t>(value);
  }
  void operator()(double TopicSettings::* member) const {
    settings.*member = std::get<double>(value);
  }
};

TopicCompression compression_of(std::string_view name) {
  constexpr std::array<std::string_view, 6> names = {"producer", "uncompressed", "gzip",
                                                     "snappy",   "lz4",          "zstd"};
  const auto at = std::ranges::find(names, name);
  return static_cast<TopicCompression>(at - names.begin());
}

void assign(TopicSettings& settings, std::string_view key, const SettingValue& value) {
  const auto field = std::ranges::find(topic_fields, key, &TopicField::key);
  if (field != std::end(topic_fields)) {
    std::visit(Assign{settings, value}, field->member);
    // Any negative size means no limit.
    settings.retention_bytes = std::max(settings.retention_bytes, std::int64_t{-1});
  } else if (key == "cleanup.policy") {
    const auto& policies = std::get<std::vector<std::string>>(value);
    settings.cleanup_policy_delete = base::contains(policies, "delete");
    settings.cleanup_policy_compact = base::contains(policies, "compact");
  } else if (key == "leader.replication.throttled.replicas") {
    settings.leader_replication_throttled_replicas = std::get<std::vector<std::string>>(value);
  } else if (key == "follower.replication.throttled.replicas") {
    settings.follower_replication_throttled_replicas = std::get<std::vector<std::string>>(value);
  } else if (key == "compression.type") {
    settings.compression_type = compression_of(std::get<std::string>(value));
  } else if (key == "message.timestamp.type") {
    settings.message_timestamp_type = std::get<std::string>(value) == "LogAppendTime"
                                          ? TimestampType::log_append_time
                                          : TimestampType::create_time;
  }
}

}  // namespace

bool lists_replica(const std::vector<std::string>& throttled, PartitionIndex partition,
                   BrokerId broker) {
  return base::contains(throttled, "*") ||
         base::contains(throttled, to_string(partition) + ":" + to_string(broker));
}

TopicSettings topic_defaults_from(const SettingMap& set) {
  TopicSettings defaults;
  for (const SettingDefinition& row : topic_settings())
    if (const auto value = inherited_value(row, set)) assign(defaults, row.name, *value);
  return defaults;
}

TopicSettings topic_settings_from(TopicSettings settings, const SettingMap& overrides) {
  for (const auto& [name, text] : overrides) {
    const SettingDefinition* definition = find_topic_setting(name);
    if (definition == nullptr) continue;
    if (const auto value = parse_value(*definition, text)) assign(settings, name, *value);
  }
  constexpr std::string_view small_segments = "internal.segment.bytes";
  if (const auto at = overrides.find(small_segments); at != overrides.end())
    if (const auto value = parse_value(*find_topic_setting(small_segments), at->second))
      assign(settings, "segment.bytes", *value);
  return settings;
}

}  // namespace gregor::model
