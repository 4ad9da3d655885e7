// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the controller tells brokers, to and from Kafka 3.9's requests of ZooKeeper mode:
// LeaderAndIsr version 7, UpdateMetadata version 8, StopReplica version 4.
//
// Kafka's requests do not say of which incarnation of a topic they speak. Ours carry it (the czxid
// of the topic's znode) in tagged fields, which Kafka skips:
//
//   tag 10000  int64   on a topic: its incarnation; on the request: `as_of`
//   tag 10001          on a partition: eligible_tag.h
//   tag 10002  int64   on a partition, in LeaderAndIsr: when its state's znode was made (czxid)
//   tag 10003  int64   on the request: its number, which tells what has been overtaken
//
// Of a request of a Kafka controller all incarnations are 0, and so is its number: then leader
// epochs alone decide.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "controller/broker_requests.h"
#include "model/result.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/update_metadata.h"

namespace gregor::broker {

inline constexpr model::ApiVersion leader_and_isr_version{7};
inline constexpr model::ApiVersion stop_replica_version{4};
inline constexpr model::ApiVersion update_metadata_version{8};

using ControlRequest = std::variant<protocol::LeaderAndIsrRequest, protocol::UpdateMetadataRequest,
                                    protocol::StopReplicaRequest>;

// `listener` is the name of the one by which brokers talk to each other
// (inter.broker.listener.name); a leader without it is left out.
ControlRequest to_wire(const controller::BrokerRequest& request, std::string_view listener);

// The receiver's side, of the versions above and all before them that name topics by name in
// TopicStates. The request's receiver is unknown: it is not on the wire. Errors are
// invalid_request: numbers that no controller would send.
model::Result<controller::BrokerRequest> from_wire(const protocol::LeaderAndIsrRequest& request,
                                                   std::string_view listener);
model::Result<controller::BrokerRequest> from_wire(const protocol::UpdateMetadataRequest& request);
model::Result<controller::BrokerRequest> from_wire(const protocol::StopReplicaRequest& request);

// The sender's side of answers; the partitions of LeaderAndIsr's are named by topic ids, so the
// request that it answers is needed.
controller::BrokerAnswered from_wire(const protocol::LeaderAndIsrResponse& response,
                                     const controller::BrokerRequest& request);
controller::BrokerAnswered from_wire(const protocol::StopReplicaResponse& response,
                                     const controller::BrokerRequest& request);

// What the receiver answers for one partition.
model::ErrorCode error_of(const controller::BrokerAnswered& answered, const std::string& topic,
                          std::int32_t partition);

}  // namespace gregor::broker
