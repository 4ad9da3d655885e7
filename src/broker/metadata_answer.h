// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The parts of a Metadata response, made from the cluster's snapshot.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/connections.h"
#include "broker/shard_state.h"
#include "controller/commands.h"
#include "protocol/messages/metadata.h"

namespace gregor::broker {

// What everyone may do where there is no authorizer: a bit for each of Kafka's ACL operations.
inline constexpr std::int32_t topic_operations = 0b1101'1111'1000;
inline constexpr std::int32_t group_operations = 0b1101'0100'1000;
inline constexpr std::int32_t cluster_operations = 0b1'1111'1010'0000;

// The address of a broker for clients of this listener; nullptr if it has none.
const controller::Endpoint* endpoint_for(const controller::Broker& broker, const Client& client);

std::vector<protocol::MetadataResponse::MetadataResponseBroker> describe_brokers(
    const ShardState& shard, const Client& client);

protocol::MetadataResponse::MetadataResponseTopic describe(const ShardState& shard,
                                                           const Client& client,
                                                           const controller::Topic& topic,
                                                           model::ApiVersion version);
protocol::MetadataResponse::MetadataResponseTopic unknown_topic(const model::TopicId& id);
protocol::MetadataResponse::MetadataResponseTopic missing_topic(const std::string& name,
                                                                model::ErrorCode error);

// A topic that is made because someone wants to use it.
controller::NewTopic topic_to_create(ShardState& shard, const std::string& name);

}  // namespace gregor::broker
