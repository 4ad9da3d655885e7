// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/replication_quotas.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <variant>

#include "broker/shard_state.h"
#include "broker/topic_configs.h"
#include "model/settings.h"

namespace gregor::broker {

namespace {

replication::Quota::Window window_of(const model::BrokerSettings& settings) {
  return {.samples = settings.replication_quota_window_num,
          .sample_ms = std::int64_t{1000} * settings.replication_quota_window_size_seconds};
}

std::optional<std::int64_t> share_of(const model::SettingMap& set, std::string_view key,
                                     std::uint32_t shards) {
  const auto rate = model::value_of(set, key);
  if (!rate) return std::nullopt;
  return std::max(std::get<std::int64_t>(*rate) / shards, std::int64_t{1});
}

}  // namespace

ReplicationQuotas::ReplicationQuotas(const model::BrokerSettings& settings)
    : leaders(window_of(settings)), followers(window_of(settings)) {}

void ReplicationQuotas::update(const ShardState& shard) {
  const model::SettingMap set = model::effective_settings(broker_levels(shard, *shard.image));
  leaders.set_limit(share_of(set, "leader.replication.throttled.rate", shard.context.shards));
  followers.set_limit(share_of(set, "follower.replication.throttled.rate", shard.context.shards));
}

}  // namespace gregor::broker
