// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/broker_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/parse_number.h"
#include "model/nearest_name.h"
#include "model/settings.h"
#include "model/settings_checks.h"
#include "model/settings_listeners.h"

namespace gregor::model {
namespace {

template <class T>
using MemberOf = T BrokerSettings::*;
using Member =
    std::variant<MemberOf<bool>, MemberOf<std::int16_t>, MemberOf<std::int32_t>,
                 MemberOf<std::int64_t>, MemberOf<double>, MemberOf<std::optional<std::int64_t>>,
                 MemberOf<std::optional<std::string>>>;
struct Field {
  std::string_view key;
  Member member;
};

constexpr Field fields[] = {
    {"auto.create.topics.enable", &BrokerSettings::auto_create_topics_enable},
    {"auto.leader.rebalance.enable", &BrokerSettings::auto_leader_rebalance_enable},
    {"broker.id.generation.enable", &BrokerSettings::broker_id_generation_enable},
    {"broker.rack", &BrokerSettings::broker_rack},
    {"connection.failed.authentication.delay.ms",
     &BrokerSettings::connection_failed_authentication_delay_ms},
    {"connections.max.idle.ms", &BrokerSettings::connections_max_idle_ms},
    {"controlled.shutdown.enable", &BrokerSettings::controlled_shutdown_enable},
    {"controlled.shutdown.max.retries", &BrokerSettings::controlled_shutdown_max_retries},
    {"controlled.shutdown.retry.backoff.ms", &BrokerSettings::controlled_shutdown_retry_backoff_ms},
    {"controller.socket.timeout.ms", &BrokerSettings::controller_socket_timeout_ms},
    {"default.replication.factor", &BrokerSettings::default_replication_factor},
    {"delete.topic.enable", &BrokerSettings::delete_topic_enable},
    {"fetch.max.bytes", &BrokerSettings::fetch_max_bytes},
    {"gregor.shards", &BrokerSettings::gregor_shards},
    {"group.consumer.heartbeat.interval.ms", &BrokerSettings::group_consumer_heartbeat_interval_ms},
    {"group.consumer.max.size", &BrokerSettings::group_consumer_max_size},
    {"group.consumer.session.timeout.ms", &BrokerSettings::group_consumer_session_timeout_ms},
    {"group.initial.rebalance.delay.ms", &BrokerSettings::group_initial_rebalance_delay_ms},
    {"group.max.session.timeout.ms", &BrokerSettings::group_max_session_timeout_ms},
    {"group.max.size", &BrokerSettings::group_max_size},
    {"group.min.session.timeout.ms", &BrokerSettings::group_min_session_timeout_ms},
    {"leader.imbalance.check.interval.seconds",
     &BrokerSettings::leader_imbalance_check_interval_seconds},
    {"leader.imbalance.per.broker.percentage",
     &BrokerSettings::leader_imbalance_per_broker_percentage},
    {"log.cleaner.backoff.ms", &BrokerSettings::log_cleaner_backoff_ms},
    {"log.cleaner.dedupe.buffer.size", &BrokerSettings::log_cleaner_dedupe_buffer_size},
    {"log.cleaner.enable", &BrokerSettings::log_cleaner_enable},
    {"log.cleaner.io.buffer.load.factor", &BrokerSettings::log_cleaner_io_buffer_load_factor},
    {"log.cleaner.io.buffer.size", &BrokerSettings::log_cleaner_io_buffer_size},
    {"log.cleaner.io.max.bytes.per.second", &BrokerSettings::log_cleaner_io_max_bytes_per_second},
    {"log.cleaner.threads", &BrokerSettings::log_cleaner_threads},
    {"log.dir.failure.timeout.ms", &BrokerSettings::log_dir_failure_timeout_ms},
    {"log.flush.offset.checkpoint.interval.ms",
     &BrokerSettings::log_flush_offset_checkpoint_interval_ms},
    {"log.flush.scheduler.interval.ms", &BrokerSettings::log_flush_scheduler_interval_ms},
    {"log.flush.start.offset.checkpoint.interval.ms",
     &BrokerSettings::log_flush_start_offset_checkpoint_interval_ms},
    {"log.initial.task.delay.ms", &BrokerSettings::log_initial_task_delay_ms},
    {"log.retention.check.interval.ms", &BrokerSettings::log_retention_check_interval_ms},
    {"max.connection.creation.rate", &BrokerSettings::max_connection_creation_rate},
    {"max.connections", &BrokerSettings::max_connections},
    {"max.connections.per.ip", &BrokerSettings::max_connections_per_ip},
    {"max.incremental.fetch.session.cache.slots",
     &BrokerSettings::max_incremental_fetch_session_cache_slots},
    {"max.request.partition.size.limit", &BrokerSettings::max_request_partition_size_limit},
    {"num.io.threads", &BrokerSettings::num_io_threads},
    {"num.network.threads", &BrokerSettings::num_network_threads},
    {"num.partitions", &BrokerSettings::num_partitions},
    {"num.recovery.threads.per.data.dir", &BrokerSettings::num_recovery_threads_per_data_dir},
    {"num.replica.fetchers", &BrokerSettings::num_replica_fetchers},
    {"offset.metadata.max.bytes", &BrokerSettings::offset_metadata_max_bytes},
    {"offsets.commit.timeout.ms", &BrokerSettings::offsets_commit_timeout_ms},
    {"offsets.load.buffer.size", &BrokerSettings::offsets_load_buffer_size},
    {"offsets.retention.check.interval.ms", &BrokerSettings::offsets_retention_check_interval_ms},
    {"offsets.retention.minutes", &BrokerSettings::offsets_retention_minutes},
    {"offsets.topic.compression.codec", &BrokerSettings::offsets_topic_compression_codec},
    {"offsets.topic.num.partitions", &BrokerSettings::offsets_topic_num_partitions},
    {"offsets.topic.replication.factor", &BrokerSettings::offsets_topic_replication_factor},
    {"offsets.topic.segment.bytes", &BrokerSettings::offsets_topic_segment_bytes},
    {"producer.id.expiration.check.interval.ms",
     &BrokerSettings::producer_id_expiration_check_interval_ms},
    {"producer.id.expiration.ms", &BrokerSettings::producer_id_expiration_ms},
    {"queued.max.request.bytes", &BrokerSettings::queued_max_request_bytes},
    {"queued.max.requests", &BrokerSettings::queued_max_requests},
    {"quota.window.num", &BrokerSettings::quota_window_num},
    {"quota.window.size.seconds", &BrokerSettings::quota_window_size_seconds},
    {"replica.alter.log.dirs.io.max.bytes.per.second",
     &BrokerSettings::replica_alter_log_dirs_io_max_bytes_per_second},
    {"replica.fetch.backoff.ms", &BrokerSettings::replica_fetch_backoff_ms},
    {"replica.fetch.max.bytes", &BrokerSettings::replica_fetch_max_bytes},
    {"replica.fetch.min.bytes", &BrokerSettings::replica_fetch_min_bytes},
    {"replica.fetch.response.max.bytes", &BrokerSettings::replica_fetch_response_max_bytes},
    {"replica.fetch.wait.max.ms", &BrokerSettings::replica_fetch_wait_max_ms},
    {"replica.high.watermark.checkpoint.interval.ms",
     &BrokerSettings::replica_high_watermark_checkpoint_interval_ms},
    {"replica.lag.time.max.ms", &BrokerSettings::replica_lag_time_max_ms},
    {"replica.selector.class", &BrokerSettings::replica_selector_class},
    {"replica.socket.receive.buffer.bytes", &BrokerSettings::replica_socket_receive_buffer_bytes},
    {"replica.socket.timeout.ms", &BrokerSettings::replica_socket_timeout_ms},
    {"replication.quota.window.num", &BrokerSettings::replication_quota_window_num},
    {"replication.quota.window.size.seconds",
     &BrokerSettings::replication_quota_window_size_seconds},
    {"request.timeout.ms", &BrokerSettings::request_timeout_ms},
    {"reserved.broker.max.id", &BrokerSettings::reserved_broker_max_id},
    {"socket.listen.backlog.size", &BrokerSettings::socket_listen_backlog_size},
    {"socket.receive.buffer.bytes", &BrokerSettings::socket_receive_buffer_bytes},
    {"socket.request.max.bytes", &BrokerSettings::socket_request_max_bytes},
    {"socket.send.buffer.bytes", &BrokerSettings::socket_send_buffer_bytes},
    {"transaction.abort.timed.out.transaction.cleanup.interval.ms",
     &BrokerSettings::transaction_abort_timed_out_transaction_cleanup_interval_ms},
    {"transaction.max.timeout.ms", &BrokerSettings::transaction_max_timeout_ms},
    {"transaction.partition.verification.enable",
     &BrokerSettings::transaction_partition_verification_enable},
    {"transaction.remove.expired.transaction.cleanup.interval.ms",
     &BrokerSettings::transaction_remove_expired_transaction_cleanup_interval_ms},
    {"transaction.state.log.load.buffer.size",
     &BrokerSettings::transaction_state_log_load_buffer_size},
    {"transaction.state.log.min.isr", &BrokerSettings::transaction_state_log_min_isr},
    {"transaction.state.log.num.partitions", &BrokerSettings::transaction_state_log_num_partitions},
    {"transaction.state.log.replication.factor",
     &BrokerSettings::transaction_state_log_replication_factor},
    {"transaction.state.log.segment.bytes", &BrokerSettings::transaction_state_log_segment_bytes},
    {"transactional.id.expiration.ms", &BrokerSettings::transactional_id_expiration_ms},
    {"zookeeper.connect", &BrokerSettings::zookeeper_connect},
    {"zookeeper.max.in.flight.requests", &BrokerSettings::zookeeper_max_in_flight_requests},
    {"zookeeper.session.timeout.ms", &BrokerSettings::zookeeper_session_timeout_ms},
    {"zookeeper.set.acl", &BrokerSettings::zookeeper_set_acl},
};

template <class T>
void assign(std::optional<T>& to, const std::optional<SettingValue>& value) {
  if (value) to = std::get<T>(*value);
}

template <class T>
void assign(T& to, const std::optional<SettingValue>& value) {
  ASSERT(value.has_value());  // a key without a default has an optional member
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    to = static_cast<T>(std::get<std::int64_t>(*value));
  else
    to = std::get<T>(*value);
}

// For so many keys nearest names are looked for; a file with more has other trouble.
constexpr int nearest_names_max = 50;

std::string warning_of_unknown(std::string_view name, bool look_for_nearest) {
  const auto nearest = look_for_nearest ? nearest_name(name, broker_settings()) : std::nullopt;
  if (!nearest) return fmt::format("{} is not a known setting and is ignored", name);
  return fmt::format("{} is not a known setting and is ignored; did you mean {}?", name, *nearest);
}

// What has the effect of the default needs no warning that it has none.
bool is_default(const SettingDefinition& definition, const SettingValue& value) {
  return definition.default_text && to_text(value) == *definition.default_text;
}

Result<> check_each(const SettingMap& set, std::vector<std::string>& warnings) {
  int unknown = 0;
  for (const auto& [name, text] : set) {
    const SettingDefinition* definition = find_broker_setting(name);
    if (definition == nullptr) {
      warnings.push_back(warning_of_unknown(name, ++unknown <= nearest_names_max));
      continue;
    }
    const auto value = parse_value(*definition, text);
    if (!value) return fail(value.error());
    if (definition->standing == Standing::deprecated)
      warnings.push_back(fmt::format("{} is deprecated", name));
    if (is_default(*definition, *value)) continue;
    if (definition->effect == Effect::not_here)
      warnings.push_back(fmt::format("{} has no effect in Gregor", name));
    if (definition->effect == Effect::not_yet)
      warnings.push_back(fmt::format("{} has no effect yet", name));
  }
  return {};
}

// Kafka knows two names of one number.
Result<> read_broker_id(const SettingMap& set, BrokerSettings& settings) {
  const std::int64_t broker_id = std::get<std::int64_t>(*value_of(set, "broker.id"));
  const auto node_id = value_of(set, "node.id");
  if (node_id && set.contains("broker.id") && std::get<std::int64_t>(*node_id) != broker_id)
    return fail(ErrorCode::invalid_config,
                "You must set `node.id` to the same value as `broker.id`");
  const std::int64_t id = node_id ? std::get<std::int64_t>(*node_id) : broker_id;
  settings.broker_id = BrokerId(static_cast<std::int32_t>(id));
  return {};
}

Result<> read_listeners(const SettingMap& set, BrokerSettings& settings,
                        std::vector<std::string>& warnings) {
  auto read = listener_settings_from(set);
  if (!read) return fail(std::move(read).error());
  settings.listeners = std::move(read->listeners);
  settings.advertised_listeners = std::move(read->advertised);
  settings.inter_broker_listener_name = std::move(read->inter_broker_name);
  settings.control_plane_listener_name = std::move(read->control_plane_name);
  std::ranges::move(read->warnings, std::back_inserter(warnings));
  return {};
}

// "host:limit,host:limit"; a host may be an address of IPv6.
Result<> read_overrides_of_connections(const SettingMap& set, BrokerSettings& settings) {
  const auto text = value_of(set, "max.connections.per.ip.overrides");
  for (const std::string& element : split_list(std::get<std::string>(*text))) {
    if (element.empty()) continue;
    const std::size_t colon = element.rfind(':');
    const bool is_pair = colon != std::string::npos && colon != 0;
    const auto limit = base::parse_number<std::int32_t>(
        is_pair ? std::string_view(element).substr(colon + 1) : "");
    if (limit.value_or(-1) < 0)
      return fail(ErrorCode::invalid_config,
                  fmt::format("Error parsing configuration property "
                              "'max.connections.per.ip.overrides': '{}' is not of the form "
                              "host:limit",
                              element));
    settings.max_connections_per_ip_overrides.insert_or_assign(element.substr(0, colon), *limit);
  }
  return {};
}

Result<> read_consumer_groups(const SettingMap& set, BrokerSettings& settings) {
  const auto policy = value_of(set, "group.consumer.migration.policy");
  settings.group_consumer_migration_policy = std::get<std::string>(*policy);
  for (char& c : settings.group_consumer_migration_policy)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto assignors = value_of(set, "group.consumer.assignors");
  settings.group_consumer_assignors = std::get<std::vector<std::string>>(*assignors);
  const auto is_unknown = [](const std::string& name) {
    return name != "uniform" && name != "range";
  };
  const auto& names = settings.group_consumer_assignors;
  const auto unknown = std::ranges::find_if(names, is_unknown);
  if (names.empty() || unknown != names.end())
    return fail(ErrorCode::invalid_config,
                fmt::format("Invalid value {} for configuration group.consumer.assignors: the "
                            "assignors are uniform and range",
                            names.empty() ? "" : *unknown));
  return {};
}

void read_log_dirs(const SettingMap& set, BrokerSettings& settings) {
  const bool several = set.contains("log.dirs");
  const auto text = value_of(set, several ? "log.dirs" : "log.dir");
  settings.log_dirs = split_list(std::get<std::string>(*text));
  std::erase(settings.log_dirs, std::string{});
}

void read_fields(const SettingMap& set, BrokerSettings& settings) {
  for (const Field& field : fields)
    std::visit([&](auto member) { assign(settings.*member, value_of(set, field.key)); },
               field.member);
  const auto connecting = value_of(set, "zookeeper.connection.timeout.ms");
  if (connecting)
    assign(settings.zookeeper_connection_timeout_ms, connecting);
  else
    settings.zookeeper_connection_timeout_ms = settings.zookeeper_session_timeout_ms;
}

}  // namespace

Result<LoadedBrokerSettings> broker_settings_from(SettingMap set) {
  LoadedBrokerSettings loaded;
  BrokerSettings& settings = loaded.settings;
  if (auto valid = check_each(set, loaded.warnings); !valid) return fail(valid.error());
  read_fields(set, settings);
  read_log_dirs(set, settings);
  settings.topic_defaults = topic_defaults_from(set);
  if (auto read = read_broker_id(set, settings); !read) return fail(read.error());
  if (auto read = read_listeners(set, settings, loaded.warnings); !read) return fail(read.error());
  if (auto read = read_overrides_of_connections(set, settings); !read) return fail(read.error());
  if (auto read = read_consumer_groups(set, settings); !read) return fail(read.error());
  settings.explicitly_set = std::move(set);
  if (auto valid = check_together(settings); !valid) return fail(valid.error());
  return loaded;
}

}  // namespace gregor::model
