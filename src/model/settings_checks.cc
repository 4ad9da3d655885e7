// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ranges.h"
#include "base/units.h"

namespace gregor::model {
namespace {

using namespace base;

// What is wrong, if anything is.
using Complaint = std::optional<std::string_view>;

Complaint check_identity(const BrokerSettings& s) {
  const std::int32_t id = s.broker_id.value();
  if (!s.broker_id_generation_enable)
    return id >= 0 ? Complaint{} : "broker.id must be greater than or equal to 0";
  if (id < -1 || id > s.reserved_broker_max_id)
    return "broker.id must be greater than or equal to -1 and not greater than "
           "reserved.broker.max.id";
  return {};
}

Complaint check_connections(const BrokerSettings& s) {
  if (s.queued_max_request_bytes > 0 && s.queued_max_request_bytes < s.socket_request_max_bytes)
    return "queued.max.request.bytes must be larger or equal to socket.request.max.bytes";
  if (s.max_connections_per_ip == 0 && s.max_connections_per_ip_overrides.empty())
    return "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides "
           "property is set";
  return {};
}

Complaint check_logs(const BrokerSettings& s) {
  if (s.log_dirs.empty())
    return "At least one log directory must be defined via log.dirs or log.dir";
  if (s.topic_defaults.retention_ms == 0)
    return "log.retention.ms must be unlimited (-1) or, greater than or equal to 1";
  if (s.topic_defaults.segment_ms < 1) return "log.roll.ms must be greater than or equal to 1";
  if (s.topic_defaults.segment_jitter_ms < 0)
    return "log.roll.jitter.ms must be greater than or equal to 0";
  if (s.topic_defaults.flush_ms < 0)
    return "log.flush.interval.ms must be greater than or equal to 0";
  if (s.log_cleaner_threads < 1) return "log.cleaner.threads must be greater than or equal to 1";
  if (s.log_cleaner_dedupe_buffer_size / s.log_cleaner_threads <= static_cast<std::int64_t>(1_MiB))
    return "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread";
  return {};
}

Complaint check_replication(const BrokerSettings& s) {
  if (s.replica_fetch_wait_max_ms > s.replica_socket_timeout_ms)
    return "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to "
           "prevent unnecessary socket timeouts";
  if (s.replica_fetch_wait_max_ms > s.replica_lag_time_max_ms)
    return "replica.fetch.wait.max.ms should always be less than or equal to "
           "replica.lag.time.max.ms to prevent frequent changes in ISR";
  const auto& selector = s.replica_selector_class;
  if (selector && *selector != leader_selector && *selector != rack_aware_selector)
    return "replica.selector.class is org.apache.kafka.common.replica.RackAwareReplicaSelector or "
           "org.apache.kafka.common.replica.LeaderSelector";
  return {};
}

Complaint check_groups(const BrokerSettings& s) {
  if (s.offsets_topic_compression_codec < 0 || s.offsets_topic_compression_codec > 4)
    return "offsets.topic.compression.codec is from 0 to 4";
  const auto protocols = value_of(s.explicitly_set, "group.coordinator.rebalance.protocols");
  const auto& names = std::get<std::vector<std::string>>(*protocols);
  if (!base::contains(names, "classic")) return "Disabling the 'classic' protocol is not supported";
  return {};
}

Complaint check_sasl(const BrokerSettings& s) {
  const auto between_brokers =
      std::ranges::find(s.listeners, s.inter_broker_listener_name, &Listener::name);
  if (between_brokers == s.listeners.end() ||
      between_brokers->protocol < SecurityProtocol::sasl_plaintext)
    return {};
  const auto mechanism = value_of(s.explicitly_set, "sasl.mechanism.inter.broker.protocol");
  const auto enabled = value_of(s.explicitly_set, "sasl.enabled.mechanisms");
  const auto& names = std::get<std::vector<std::string>>(*enabled);
  if (!base::contains(names, std::get<std::string>(*mechanism)))
    return "sasl.mechanism.inter.broker.protocol must be included in sasl.enabled.mechanisms when "
           "SASL is used for inter-broker communication";
  return {};
}

// Lowest, default and highest of one setting of the new consumer protocol.
std::optional<std::string> check_order(const BrokerSettings& s, std::string_view what) {
  const std::string names[] = {fmt::format("group.consumer.min.{}", what),
                               fmt::format("group.consumer.{}", what),
                               fmt::format("group.consumer.max.{}", what)};
  std::int64_t values[3];
  for (int i = 0; i < 3; ++i)
    values[i] = std::get<std::int64_t>(*value_of(s.explicitly_set, names[i]));
  if (values[2] < values[0])
    return fmt::format("{} must be greater than or equal to {}", names[2], names[0]);
  if (values[1] < values[0])
    return fmt::format("{} must be greater than or equal to {}", names[1], names[0]);
  if (values[1] > values[2])
    return fmt::format("{} must be less than or equal to {}", names[1], names[2]);
  return {};
}

}  // namespace

Result<> check_together(const BrokerSettings& settings) {
  for (const auto check :
       {check_identity, check_connections, check_logs, check_replication, check_groups, check_sasl})
    if (const Complaint complaint = check(settings))
      return fail(ErrorCode::invalid_config, std::string(*complaint));
  for (const std::string_view what : {"heartbeat.interval.ms", "session.timeout.ms"})
    if (auto complaint = check_order(settings, what))
      return fail(ErrorCode::invalid_config, *std::move(complaint));
  return {};
}

}  // namespace gregor::model
