// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The handlers of requests: one function an API, each in on_<api>.cc. A handler reads the body with
// take_body, does what it can at once, and sees to it that the request is answered exactly once:
// with ShardState::reply, proceed or close, now or later.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "broker/request.h"
#include "broker/shard_state.h"
#include "protocol/codec.h"

namespace gregor::broker {

// The decoded body. A body that cannot be decoded has no answer in the protocol: then the
// connection is closed and there is nothing left to do. Surplus bytes are ignored, as Kafka does.
template <class M>
std::optional<M> take_body(ShardState& shard, const Request& request) {
  base::BytesView body = request.body;
  auto message = protocol::decode<M>(body, request.head.version);
  if (message) return std::move(*message);
  shard.close(request.head.from, fmt::format("request of API {} version {} cannot be read: {}",
                                             request.head.api.value(), request.head.version.value(),
                                             message.error().detail));
  return std::nullopt;
}

// The whole request goes to shard 0, which answers it.
inline void forward_to_controller(ShardState& shard, const Request& request) {
  shard.send(controller_shard, ForwardedRequest{request.head.from.connection, request.client,
                                                base::to_bytes(request.frame)});
}

void on_allocate_producer_ids(ShardState& shard, const Request& request);
void on_alter_client_quotas(ShardState& shard, const Request& request);
void on_alter_configs(ShardState& shard, const Request& request);
void on_alter_partition(ShardState& shard, const Request& request);
void on_alter_partition_reassignments(ShardState& shard, const Request& request);
void on_alter_replica_log_dirs(ShardState& shard, const Request& request);
void on_alter_user_scram_credentials(ShardState& shard, const Request& request);
void on_api_versions(ShardState& shard, const Request& request);
void on_consumer_group_describe(ShardState& shard, const Request& request);
void on_consumer_group_heartbeat(ShardState& shard, const Request& request);
void on_controlled_shutdown(ShardState& shard, const Request& request);
void on_create_acls(ShardState& shard, const Request& request);
void on_create_delegation_token(ShardState& shard, const Request& request);
void on_create_partitions(ShardState& shard, const Request& request);
void on_create_topics(ShardState& shard, const Request& request);
void on_delete_acls(ShardState& shard, const Request& request);
void on_delete_groups(ShardState& shard, const Request& request);
void on_delete_records(ShardState& shard, const Request& request);
void on_delete_topics(ShardState& shard, const Request& request);
void on_describe_acls(ShardState& shard, const Request& request);
void on_describe_client_quotas(ShardState& shard, const Request& request);
void on_describe_cluster(ShardState& shard, const Request& request);
void on_describe_configs(ShardState& shard, const Request& request);
void on_describe_delegation_token(ShardState& shard, const Request& request);
void on_describe_groups(ShardState& shard, const Request& request);
void on_describe_log_dirs(ShardState& shard, const Request& request);
void on_describe_producers(ShardState& shard, const Request& request);
void on_describe_topic_partitions(ShardState& shard, const Request& request);
void on_describe_user_scram_credentials(ShardState& shard, const Request& request);
void on_elect_leaders(ShardState& shard, const Request& request);
void on_expire_delegation_token(ShardState& shard, const Request& request);
void on_fetch(ShardState& shard, const Request& request);
void on_find_coordinator(ShardState& shard, const Request& request);
void on_heartbeat(ShardState& shard, const Request& request);
void on_incremental_alter_configs(ShardState& shard, const Request& request);
void on_init_producer_id(ShardState& shard, const Request& request);
void on_join_group(ShardState& shard, const Request& request);
void on_leader_and_isr(ShardState& shard, const Request& request);
void on_leave_group(ShardState& shard, const Request& request);
void on_list_config_resources(ShardState& shard, const Request& request);
void on_list_groups(ShardState& shard, const Request& request);
void on_list_offsets(ShardState& shard, const Request& request);
void on_list_partition_reassignments(ShardState& shard, const Request& request);
void on_metadata(ShardState& shard, const Request& request);
void on_offset_commit(ShardState& shard, const Request& request);
void on_offset_delete(ShardState& shard, const Request& request);
void on_offset_fetch(ShardState& shard, const Request& request);
void on_offset_for_leader_epoch(ShardState& shard, const Request& request);
void on_produce(ShardState& shard, const Request& request);
void on_renew_delegation_token(ShardState& shard, const Request& request);
void on_sasl_authenticate(ShardState& shard, const Request& request);
void on_sasl_handshake(ShardState& shard, const Request& request);
void on_stop_replica(ShardState& shard, const Request& request);
void on_sync_group(ShardState& shard, const Request& request);
void on_update_features(ShardState& shard, const Request& request);
void on_update_metadata(ShardState& shard, const Request& request);

}  // namespace gregor::broker
