// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What one broker was told in its properties file and on its command line: read once at the start,
// checked, and then handed about as a value. Members are named after their keys
// (`num.partitions` -> num_partitions) and start with Kafka's defaults; a test holds them to the
// table (settings.h). The defaults of topics are in `topic_defaults`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.h"
#include "model/setting_map.h"
#include "model/topic_settings.h"

namespace gregor::model {

enum class SecurityProtocol : std::int16_t {
  plaintext = 0,
  ssl = 1,
  sasl_plaintext = 2,
  sasl_ssl = 3
};

// One "NAME://host:port".
struct Listener {
  std::string name;  // upper case
  SecurityProtocol protocol = SecurityProtocol::plaintext;
  std::string host;  // empty: every interface
  std::uint16_t port = 0;
  friend bool operator==(const Listener&, const Listener&) = default;
};

// Values of replica.selector.class: consumers read from a replica in their rack, or the leader.
inline constexpr std::string_view rack_aware_selector =
    "org.apache.kafka.common.replica.RackAwareReplicaSelector";
inline constexpr std::string_view leader_selector =
    "org.apache.kafka.common.replica.LeaderSelector";

struct BrokerSettings {
  // Who this broker is.
  BrokerId broker_id = no_broker;  // no_broker: to be generated
  bool broker_id_generation_enable = true;
  std::int32_t reserved_broker_max_id = 1000;
  std::optional<std::string> broker_rack;

  // Connections.
  std::vector<Listener> listeners = {{"PLAINTEXT", SecurityProtocol::plaintext, "", 9092}};
  std::vector<Listener> advertised_listeners = listeners;
  std::string inter_broker_listener_name = "PLAINTEXT";
  std::int32_t gregor_shards = 0;  // 0: by the number of processors
  std::int32_t num_network_threads = 3;
  std::int32_t num_io_threads = 8;
  std::int32_t socket_send_buffer_bytes = 102'400;     // -1: the system's default
  std::int32_t socket_receive_buffer_bytes = 102'400;  // -1: the system's default
  std::int32_t socket_request_max_bytes = 104'857'600;
  std::int32_t socket_listen_backlog_size = 50;
  std::int64_t connections_max_idle_ms = 600'000;
  std::int32_t connection_failed_authentication_delay_ms = 100;
  std::int32_t max_connections = 2'147'483'647;
  std::int32_t max_connections_per_ip = 2'147'483'647;
  std::map<std::string, std::int32_t> max_connections_per_ip_overrides;
  std::int32_t max_connection_creation_rate = 2'147'483'647;

  // Requests.
  std::int32_t queued_max_requests = 500;
  std::int64_t queued_max_request_bytes = -1;  // -1: Gregor's own limit
  std::int32_t request_timeout_ms = 30'000;
  std::int32_t fetch_max_bytes = 57'671'680;
  std::int32_t max_incremental_fetch_session_cache_slots = 1000;
  std::int32_t max_request_partition_size_limit = 2000;

  // Topics.
  bool auto_create_topics_enable = true;
  bool delete_topic_enable = true;
  std::int32_t num_partitions = 1;
  std::int32_t default_replication_factor = 1;
  TopicSettings topic_defaults;

  // The log folders and what looks after them.
  std::vector<std::string> log_dirs = {"/tmp/kafka-logs"};
  std::int32_t num_recovery_threads_per_data_dir = 2;
  std::int64_t log_dir_failure_timeout_ms = 30'000;
  std::int64_t log_initial_task_delay_ms = 30'000;
  std::int64_t log_retention_check_interval_ms = 300'000;
  std::int64_t log_flush_scheduler_interval_ms = unlimited;
  std::int32_t log_flush_offset_checkpoint_interval_ms = 60'000;
  std::int32_t log_flush_start_offset_checkpoint_interval_ms = 60'000;
  bool log_cleaner_enable = true;
  std::int32_t log_cleaner_threads = 1;
  std::int64_t log_cleaner_backoff_ms = 15'000;
  std::int64_t log_cleaner_dedupe_buffer_size = 134'217'728;
  std::int32_t log_cleaner_io_buffer_size = 524'288;
  double log_cleaner_io_buffer_load_factor = 0.9;
  double log_cleaner_io_max_bytes_per_second = 1.7976931348623157e308;
  std::int32_t producer_id_expiration_ms = 86'400'000;
  std::int32_t producer_id_expiration_check_interval_ms = 600'000;

  // Replication and control.
  std::int32_t num_replica_fetchers = 1;
  std::int64_t replica_lag_time_max_ms = 30'000;
  std::optional<std::int64_t> replica_alter_log_dirs_io_max_bytes_per_second;
  std::int32_t replica_fetch_min_bytes = 1;
  std::int32_t replica_fetch_max_bytes = 1'048'576;
  std::int32_t replica_fetch_response_max_bytes = 10'485'760;
  std::int32_t replica_fetch_wait_max_ms = 500;
  std::int32_t replica_fetch_backoff_ms = 1000;
  std::optional<std::string> replica_selector_class;  // unset: the leader's
  std::int32_t replication_quota_window_num = 11;
  std::int32_t replication_quota_window_size_seconds = 1;
  std::int32_t replica_socket_timeout_ms = 30'000;
  std::int32_t replica_socket_receive_buffer_bytes = 65'536;
  std::int64_t replica_high_watermark_checkpoint_interval_ms = 5000;
  std::int32_t controller_socket_timeout_ms = 30'000;
  std::optional<std::string> control_plane_listener_name;
  bool controlled_shutdown_enable = true;
  std::int32_t controlled_shutdown_max_retries = 3;
  std::int64_t controlled_shutdown_retry_backoff_ms = 5000;
  bool auto_leader_rebalance_enable = true;
  std::int32_t leader_imbalance_per_broker_percentage = 10;
  std::int64_t leader_imbalance_check_interval_seconds = 300;
  std::optional<std::string> zookeeper_connect;
  std::int32_t zookeeper_session_timeout_ms = 18'000;
  std::int32_t zookeeper_connection_timeout_ms = 18'000;  // unless set: the session's
  std::int32_t zookeeper_max_in_flight_requests = 10;
  bool zookeeper_set_acl = false;

  // Consumer groups.
  std::int32_t group_min_session_timeout_ms = 6000;
  std::int32_t group_max_session_timeout_ms = 1'800'000;
  std::int32_t group_initial_rebalance_delay_ms = 3000;
  std::int32_t group_max_size = 2'147'483'647;
  std::vector<std::string> group_consumer_assignors = {"uniform", "range"};  // known ones
  std::int32_t group_consumer_heartbeat_interval_ms = 5000;
  std::int32_t group_consumer_max_size = 2'147'483'647;
  std::string group_consumer_migration_policy = "bidirectional";  // in lower case
  std::int32_t group_consumer_session_timeout_ms = 45'000;
  std::int32_t offset_metadata_max_bytes = 4096;
  std::int32_t offsets_load_buffer_size = 5'242'880;
  std::int32_t offsets_retention_minutes = 10'080;
  std::int64_t offsets_retention_check_interval_ms = 600'000;
  std::int32_t offsets_topic_num_partitions = 50;
  std::int16_t offsets_topic_replication_factor = 3;
  std::int32_t offsets_topic_segment_bytes = 104'857'600;
  std::int32_t offsets_topic_compression_codec = 0;
  std::int32_t offsets_commit_timeout_ms = 5000;

  // Transactions.
  std::int32_t transaction_max_timeout_ms = 900'000;
  std::int32_t transactional_id_expiration_ms = 604'800'000;
  std::int32_t transaction_state_log_num_partitions = 50;
  std::int16_t transaction_state_log_replication_factor = 3;
  std::int32_t transaction_state_log_min_isr = 2;
  std::int32_t transaction_state_log_segment_bytes = 104'857'600;
  std::int32_t transaction_state_log_load_buffer_size = 5'242'880;
  std::int32_t transaction_abort_timed_out_transaction_cleanup_interval_ms = 10'000;
  std::int32_t transaction_remove_expired_transaction_cleanup_interval_ms = 3'600'000;
  bool transaction_partition_verification_enable = true;

  // Quotas.
  std::int32_t quota_window_num = 11;
  std::int32_t quota_window_size_seconds = 1;

  // The keys that were set, known or not: value_of() reads those that have no member here.
  SettingMap explicitly_set;

  friend bool operator==(const BrokerSettings&, const BrokerSettings&) = default;
};

struct LoadedBrokerSettings {
  BrokerSettings settings;
  std::vector<std::string>
      warnings;  // keys unknown (and which is nearest), deprecated, without effect
};

// Checks each value and all of them together, as Kafka does at its start; invalid_config names the
// first that is wrong. A configuration of a KRaft node is taken too: with a warning, the listeners
// of its controller are left out.
[[nodiscard]] Result<LoadedBrokerSettings> broker_settings_from(SettingMap set);

}  // namespace gregor::model
