// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/router.h"

#include <algorithm>
#include <array>

#include "broker/handlers.h"
#include "protocol/api_keys.h"
#include "protocol/api_table.h"

namespace gregor::broker {

namespace {

using enum RunsOn;
namespace api_key = protocol::api_key;

constexpr protocol::Versions versions(std::int16_t first, std::int16_t last) {
  return {first, last};
}

constexpr std::array served{
    ServedApi{api_key::produce, shard_of_connection, on_produce},
    ServedApi{api_key::fetch, shard_of_connection, on_fetch},
    ServedApi{api_key::list_offsets, shard_of_connection, on_list_offsets},
    ServedApi{api_key::metadata, shard_of_connection, on_metadata},
    ServedApi{api_key::leader_and_isr, shard_of_controller, on_leader_and_isr, versions(2, 7)},
    ServedApi{api_key::stop_replica, shard_of_controller, on_stop_replica, versions(3, 4)},
    ServedApi{api_key::update_metadata, shard_of_controller, on_update_metadata, versions(5, 8)},
    ServedApi{api_key::controlled_shutdown, shard_of_controller, on_controlled_shutdown,
              versions(0, 3)},
    ServedApi{api_key::offset_commit, shard_of_connection, on_offset_commit},
    ServedApi{api_key::offset_fetch, shard_of_connection, on_offset_fetch},
    ServedApi{api_key::find_coordinator, shard_of_connection, on_find_coordinator},
    ServedApi{api_key::join_group, shard_of_connection, on_join_group},
    ServedApi{api_key::heartbeat, shard_of_connection, on_heartbeat},
    ServedApi{api_key::leave_group, shard_of_connection, on_leave_group},
    ServedApi{api_key::sync_group, shard_of_connection, on_sync_group},
    ServedApi{api_key::describe_groups, shard_of_connection, on_describe_groups},
    ServedApi{api_key::list_groups, shard_of_connection, on_list_groups},
    ServedApi{api_key::sasl_handshake, shard_of_connection, on_sasl_handshake},
    ServedApi{api_key::api_versions, shard_of_connection, on_api_versions},
    ServedApi{api_key::create_topics, elected_controller, on_create_topics},
    ServedApi{api_key::delete_topics, elected_controller, on_delete_topics},
    ServedApi{api_key::delete_records, shard_of_connection, on_delete_records},
    ServedApi{api_key::init_producer_id, shard_of_controller, on_init_producer_id},
    ServedApi{api_key::offset_for_leader_epoch, shard_of_connection, on_offset_for_leader_epoch},
    ServedApi{api_key::describe_acls, shard_of_connection, on_describe_acls},
    ServedApi{api_key::create_acls, shard_of_connection, on_create_acls},
    ServedApi{api_key::delete_acls, shard_of_connection, on_delete_acls},
    ServedApi{api_key::describe_configs, shard_of_connection, on_describe_configs},
    ServedApi{api_key::alter_configs, shard_of_controller, on_alter_configs},
    ServedApi{api_key::alter_replica_log_dirs, shard_of_connection, on_alter_replica_log_dirs},
    ServedApi{api_key::describe_log_dirs, shard_of_connection, on_describe_log_dirs},
    ServedApi{api_key::sasl_authenticate, shard_of_connection, on_sasl_authenticate},
    ServedApi{api_key::create_partitions, elected_controller, on_create_partitions},
    ServedApi{api_key::create_delegation_token, shard_of_connection, on_create_delegation_token},
    ServedApi{api_key::renew_delegation_token, shard_of_connection, on_renew_delegation_token},
    ServedApi{api_key::expire_delegation_token, shard_of_connection, on_expire_delegation_token},
    ServedApi{api_key::describe_delegation_token, shard_of_connection,
              on_describe_delegation_token},
    ServedApi{api_key::delete_groups, shard_of_connection, on_delete_groups},
    ServedApi{api_key::elect_leaders, elected_controller, on_elect_leaders},
    ServedApi{api_key::incremental_alter_configs, shard_of_controller,
              on_incremental_alter_configs},
    ServedApi{api_key::alter_partition_reassignments, elected_controller,
              on_alter_partition_reassignments},
    ServedApi{api_key::list_partition_reassignments, elected_controller,
              on_list_partition_reassignments},
    ServedApi{api_key::offset_delete, shard_of_connection, on_offset_delete},
    ServedApi{api_key::describe_client_quotas, shard_of_connection, on_describe_client_quotas},
    ServedApi{api_key::alter_client_quotas, elected_controller, on_alter_client_quotas},
    ServedApi{api_key::describe_user_scram_credentials, shard_of_connection,
              on_describe_user_scram_credentials},
    ServedApi{api_key::alter_user_scram_credentials, elected_controller,
              on_alter_user_scram_credentials},
    ServedApi{api_key::alter_partition, shard_of_controller, on_alter_partition, versions(0, 3)},
    ServedApi{api_key::update_features, shard_of_connection, on_update_features},
    ServedApi{api_key::describe_cluster, shard_of_connection, on_describe_cluster},
    ServedApi{api_key::describe_producers, shard_of_connection, on_describe_producers},
    ServedApi{api_key::allocate_producer_ids, shard_of_controller, on_allocate_producer_ids,
              versions(0, 0)},
    ServedApi{api_key::consumer_group_heartbeat, shard_of_connection, on_consumer_group_heartbeat},
    ServedApi{api_key::consumer_group_describe, shard_of_connection, on_consumer_group_describe},
    ServedApi{api_key::list_config_resources, shard_of_connection, on_list_config_resources},
    ServedApi{api_key::describe_topic_partitions, shard_of_connection,
              on_describe_topic_partitions},
};
static_assert(std::ranges::is_sorted(served, {}, &ServedApi::key));

// Kafka 4 has no ZooKeeper and no offsets there; 3.9 has.
bool is_for_old_consumers(model::ApiKey key) {
  return key == api_key::offset_commit || key == api_key::offset_fetch;
}

}  // namespace

std::span<const ServedApi> all_served_apis() { return served; }

const ServedApi* find_served(model::ApiKey key, bool may_have_peers) {
  const auto* const found = std::ranges::lower_bound(served, key, {}, &ServedApi::key);
  if (found == served.end() || found->key != key || !is_served(*found, may_have_peers))
    return nullptr;
  return found;
}

protocol::Versions advertised_versions(const ServedApi& api) {
  if (!api.among_brokers.empty()) return api.among_brokers;
  protocol::Versions versions = protocol::kafka41_advertised(*protocol::find_api(api.key));
  if (is_for_old_consumers(api.key)) versions.first = 0;
  return versions;
}

protocol::Versions served_versions(const ServedApi& api) {
  if (!api.among_brokers.empty()) return api.among_brokers;
  if (is_for_old_consumers(api.key)) return advertised_versions(api);
  return {protocol::find_api(api.key)->kafka41.first, advertised_versions(api).last};
}

}  // namespace gregor::broker
