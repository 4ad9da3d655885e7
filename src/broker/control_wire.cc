// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/control_wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "broker/broker_ids.h"
#include "broker/eligible_tag.h"
#include "broker/security_protocols.h"

namespace gregor::broker {
namespace {

using controller::AnnouncedPartition;
using controller::BrokerRequest;
using coordination::Zxid;
using model::BrokerId;

constexpr std::uint32_t incarnation_tag = 10000;
constexpr std::uint32_t birth_tag = 10002;
constexpr std::uint32_t number_tag = 10003;
// Kafka's LeaderAndIsr.LeaderDuringDelete, and the epoch with which StopReplica says the same.
constexpr std::int32_t leader_during_delete = -2;
constexpr std::int32_t epoch_during_delete = -2;

// AbstractControlRequest.Type.
constexpr std::int8_t type_incremental = 1;
constexpr std::int8_t type_full = 2;

// --- parts ---

void put_number(std::vector<protocol::UnknownTag>& tags, std::uint32_t tag, std::int64_t number) {
  base::Bytes content;
  base::append_big_endian(content, number);
  tags.push_back({tag, std::move(content)});
}

void put_zxid(std::vector<protocol::UnknownTag>& tags, std::uint32_t tag, Zxid zxid) {
  put_number(tags, tag, zxid.value());
}

void put_incarnation(std::vector<protocol::UnknownTag>& tags, Zxid zxid) {
  put_zxid(tags, incarnation_tag, zxid);
}

// 0: there is none.
std::int64_t number_in(const std::vector<protocol::UnknownTag>& tags, std::uint32_t number) {
  for (const auto& tag : tags)
    if (tag.number == number && tag.content.size() == sizeof(std::int64_t))
      return base::load_big_endian<std::int64_t>(tag.content.data());
  return 0;
}

Zxid zxid_in(const std::vector<protocol::UnknownTag>& tags, std::uint32_t number) {
  return Zxid(number_in(tags, number));
}

Zxid incarnation_in(const std::vector<protocol::UnknownTag>& tags) {
  return zxid_in(tags, incarnation_tag);
}

std::int16_t security_number(std::string_view name) {
  const auto found = std::ranges::find(security_protocols, name);
  ASSERT(found != security_protocols.end(), std::string(name));
  return static_cast<std::int16_t>(found - security_protocols.begin());
}

// What all three requests begin with.
template <class Request>
Request begin(const BrokerRequest& request) {
  Request wire;
  wire.controller_id = request.controller.value();
  wire.controller_epoch = request.controller_epoch.value();
  wire.broker_epoch = request.broker_epoch.value();
  put_number(wire.unknown_tags, number_tag, static_cast<std::int64_t>(request.id.value()));
  return wire;
}

template <class Request>
BrokerRequest begin_reading(const Request& wire) {
  BrokerRequest request;
  const std::int64_t number = number_in(wire.unknown_tags, number_tag);
  request.id = controller::BrokerRequestId(static_cast<std::uint64_t>(number));
  request.to = model::no_broker;
  request.broker_epoch = model::BrokerEpoch(wire.broker_epoch);
  request.controller = BrokerId(wire.controller_id);
  request.controller_epoch = model::ControllerEpoch(wire.controller_epoch);
  return request;
}

// The entry of a topic, which is the last one when partitions come topic by topic.
template <class TopicState>
TopicState& topic_entry(std::vector<TopicState>& topics, const std::string& name,
                        Zxid incarnation) {
  if (topics.empty() || topics.back().topic_name != name ||
      incarnation_in(topics.back().unknown_tags) != incarnation) {
    topics.emplace_back().topic_name = name;
    put_incarnation(topics.back().unknown_tags, incarnation);
  }
  return topics.back();
}

// The entry of a partition, with what LeaderAndIsr and UpdateMetadata say alike.
template <class Request>
auto& partition_entry(Request& wire, const AnnouncedPartition& partition) {
  auto& topic = topic_entry(wire.topic_states, partition.topic, partition.incarnation);
  topic.topic_id = partition.topic_id;
  const controller::Partition& state = partition.state;
  auto& entry = topic.partition_states.emplace_back();
  entry.partition_index = partition.partition.value();
  entry.controller_epoch = state.controller_epoch.value();
  entry.leader = state.leader.value();
  entry.leader_epoch = state.leader_epoch.value();
  entry.isr = numbers(state.isr);
  entry.replicas = numbers(state.replicas);
  put_eligible(entry.unknown_tags, state.eligible);
  return entry;
}

std::unexpected<model::Error> impossible(std::string_view topic, std::int32_t partition) {
  return model::fail(model::ErrorCode::invalid_request,
                     fmt::format("impossible state of {}-{}", topic, partition));
}

// --- LeaderAndIsr ---

protocol::LeaderAndIsrRequest write(const BrokerRequest& request,
                                    const controller::LeaderAndIsr& body,
                                    std::string_view listener) {
  auto wire = begin<protocol::LeaderAndIsrRequest>(request);
  wire.type = body.complete ? type_full : type_incremental;
  put_incarnation(wire.unknown_tags, body.as_of);
  for (const AnnouncedPartition& partition : body.partitions) {
    const controller::Partition& state = partition.state;
    auto& entry = partition_entry(wire, partition);
    entry.partition_epoch = state.partition_epoch.value();
    entry.adding_replicas = numbers(state.adding);
    entry.removing_replicas = numbers(state.removing);
    entry.leader_recovery_state = state.recovering ? std::int8_t{1} : std::int8_t{0};
    entry.is_new = partition.is_new;
    put_zxid(entry.unknown_tags, birth_tag, partition.born);
  }
  for (const controller::Broker& leader : body.leaders) {
    const auto endpoint =
        std::ranges::find(leader.endpoints, listener, &controller::Endpoint::listener);
    if (endpoint != leader.endpoints.end())
      wire.live_leaders.push_back({leader.id.value(), endpoint->host, endpoint->port, {}});
  }
  return wire;
}

// --- UpdateMetadata ---

void write_gone(protocol::UpdateMetadataRequest& wire, const controller::GoneTopic& gone,
                model::ControllerEpoch epoch) {
  auto& topic = topic_entry(wire.topic_states, gone.topic, gone.incarnation);
  topic.topic_id = gone.topic_id;
  for (std::int32_t index = 0; index < gone.partitions; ++index) {
    auto& entry = topic.partition_states.emplace_back();
    entry.partition_index = index;
    entry.controller_epoch = epoch.value();
    entry.leader = leader_during_delete;
  }
}

protocol::UpdateMetadataRequest write(const BrokerRequest& request,
                                      const controller::UpdateMetadata& body) {
  auto wire = begin<protocol::UpdateMetadataRequest>(request);
  wire.type = body.complete ? type_full : type_incremental;
  put_incarnation(wire.unknown_tags, body.as_of);
  for (const controller::GoneTopic& gone : body.gone)
    write_gone(wire, gone, request.controller_epoch);
  for (const AnnouncedPartition& partition : body.partitions) {
    auto& entry = partition_entry(wire, partition);
    entry.zk_version = partition.state.partition_epoch.value();
    entry.offline_replicas = numbers(partition.offline);
  }
  for (const controller::Broker& broker : body.brokers) {
    auto& entry = wire.live_brokers.emplace_back();
    entry.id = broker.id.value();
    entry.rack = broker.rack;
    for (const controller::Endpoint& endpoint : broker.endpoints)
      entry.endpoints.push_back({endpoint.port,
                                 endpoint.host,
                                 endpoint.listener,
                                 security_number(endpoint.security_protocol),
                                 {}});
  }
  return wire;
}

// --- StopReplica ---

protocol::StopReplicaRequest write(const BrokerRequest& request,
                                   const controller::StopReplica& body) {
  auto wire = begin<protocol::StopReplicaRequest>(request);
  for (const controller::StoppedReplica& replica : body.replicas) {
    auto& topic = topic_entry(wire.topic_states, replica.topic, replica.incarnation);
    topic.partition_states.push_back(
        {replica.partition.value(),
         replica.topic_deleted ? epoch_during_delete : replica.leader_epoch.value(),
         replica.remove,
         {}});
  }
  return wire;
}

// --- reading ---

// What LeaderAndIsr and UpdateMetadata say of a partition alike.
template <class TopicState, class PartitionState>
AnnouncedPartition read_partition(const TopicState& topic, const PartitionState& entry,
                                  std::int32_t partition_epoch) {
  AnnouncedPartition partition;
  partition.topic = topic.topic_name;
  partition.topic_id = topic.topic_id;
  partition.incarnation = incarnation_in(topic.unknown_tags);
  partition.partition = model::PartitionIndex(entry.partition_index);
  partition.state.replicas = broker_ids(entry.replicas);
  partition.state.leader = BrokerId(entry.leader);
  partition.state.leader_epoch = model::LeaderEpoch(entry.leader_epoch);
  partition.state.isr = broker_ids(entry.isr);
  partition.state.eligible = eligible_in(entry.unknown_tags);
  partition.state.controller_epoch = model::ControllerEpoch(entry.controller_epoch);
  partition.state.partition_epoch = model::PartitionEpoch(partition_epoch);
  return partition;
}

// Whoever knows a topic's partition knows all before it, so a number costs memory.
bool is_possible(std::int32_t partition) {
  return partition >= 0 && partition < controller::partitions_per_topic_max;
}

bool is_possible(const AnnouncedPartition& partition) {
  return is_possible(partition.partition.value()) && partition.state.leader_epoch.value() >= 0 &&
         partition.state.leader >= model::no_broker && !partition.state.replicas.empty();
}

}  // namespace

ControlRequest to_wire(const BrokerRequest& request, std::string_view listener) {
  if (const auto* body = std::get_if<controller::LeaderAndIsr>(&request.body))
    return write(request, *body, listener);
  if (const auto* body = std::get_if<controller::UpdateMetadata>(&request.body))
    return write(request, *body);
  return write(request, std::get<controller::StopReplica>(request.body));
}

model::Result<BrokerRequest> from_wire(const protocol::LeaderAndIsrRequest& wire,
                                       std::string_view listener) {
  BrokerRequest request = begin_reading(wire);
  controller::LeaderAndIsr body;
  body.complete = wire.type == type_full;
  body.as_of = incarnation_in(wire.unknown_tags);
  for (const auto& topic : wire.topic_states) {
    for (const auto& entry : topic.partition_states) {
      auto partition = read_partition(topic, entry, entry.partition_epoch);
      partition.state.adding = broker_ids(entry.adding_replicas);
      partition.state.removing = broker_ids(entry.removing_replicas);
      partition.state.recovering = entry.leader_recovery_state == 1;
      partition.is_new = entry.is_new;
      partition.born = zxid_in(entry.unknown_tags, birth_tag);
      if (!is_possible(partition)) return impossible(topic.topic_name, entry.partition_index);
      body.partitions.push_back(std::move(partition));
    }
  }
  for (const auto& leader : wire.live_leaders) {
    controller::Broker& broker = body.leaders.emplace_back();
    broker.id = BrokerId(leader.broker_id);
    broker.endpoints.push_back({std::string(listener), "", leader.host_name, leader.port});
  }
  request.body = std::move(body);
  return request;
}

model::Result<BrokerRequest> from_wire(const protocol::UpdateMetadataRequest& wire) {
  BrokerRequest request = begin_reading(wire);
  controller::UpdateMetadata body;
  body.complete = wire.type == type_full;
  body.as_of = incarnation_in(wire.unknown_tags);
  for (const auto& topic : wire.topic_states) {
    for (const auto& entry : topic.partition_states) {
      if (entry.leader == leader_during_delete) {
        if (body.gone.empty() || body.gone.back().topic != topic.topic_name)
          body.gone.push_back(
              {topic.topic_name, topic.topic_id, incarnation_in(topic.unknown_tags), 0});
        ++body.gone.back().partitions;
        continue;
      }
      auto partition = read_partition(topic, entry, entry.zk_version);
      partition.offline = broker_ids(entry.offline_replicas);
      if (!is_possible(partition)) return impossible(topic.topic_name, entry.partition_index);
      body.partitions.push_back(std::move(partition));
    }
  }
  for (const auto& entry : wire.live_brokers) {
    controller::Broker& broker = body.brokers.emplace_back();
    broker.id = BrokerId(entry.id);
    broker.rack = entry.rack;
    for (const auto& endpoint : entry.endpoints) {
      const auto security = static_cast<std::size_t>(endpoint.security_protocol);
      if (security >= security_protocols.size())
        return model::fail(model::ErrorCode::invalid_request,
                           fmt::format("security protocol {} of broker {}", security, entry.id));
      broker.endpoints.push_back({endpoint.listener, std::string(security_protocols[security]),
                                  endpoint.host, endpoint.port});
    }
  }
  request.body = std::move(body);
  return request;
}

model::Result<BrokerRequest> from_wire(const protocol::StopReplicaRequest& wire) {
  BrokerRequest request = begin_reading(wire);
  controller::StopReplica body;
  for (const auto& topic : wire.topic_states) {
    for (const auto& entry : topic.partition_states) {
      if (!is_possible(entry.partition_index))
        return impossible(topic.topic_name, entry.partition_index);
      controller::StoppedReplica& replica = body.replicas.emplace_back();
      replica.topic = topic.topic_name;
      replica.incarnation = incarnation_in(topic.unknown_tags);
      replica.partition = model::PartitionIndex(entry.partition_index);
      replica.leader_epoch = model::LeaderEpoch(entry.leader_epoch);
      replica.remove = entry.delete_partition;
      replica.topic_deleted = entry.leader_epoch == epoch_during_delete;
    }
  }
  request.body = std::move(body);
  return request;
}

controller::BrokerAnswered from_wire(const protocol::LeaderAndIsrResponse& response,
                                     const BrokerRequest& request) {
  std::map<model::TopicId, std::string> names;
  for (const auto& partition : std::get<controller::LeaderAndIsr>(request.body).partitions)
    names.emplace(partition.topic_id, partition.topic);
  controller::BrokerAnswered answered{request.id, request.to, response.error_code, {}};
  for (const auto& topic : response.topics) {
    const auto name = names.find(topic.topic_id);
    if (name == names.end()) continue;  // nobody asked
    for (const auto& partition : topic.partition_errors)
      answered.partitions.push_back(
          {{name->second, model::PartitionIndex(partition.partition_index)}, partition.error_code});
  }
  return answered;
}

controller::BrokerAnswered from_wire(const protocol::StopReplicaResponse& response,
                                     const BrokerRequest& request) {
  controller::BrokerAnswered answered{request.id, request.to, response.error_code, {}};
  for (const auto& partition : response.partition_errors)
    answered.partitions.push_back(
        {{partition.topic_name, model::PartitionIndex(partition.partition_index)},
         partition.error_code});
  return answered;
}

model::ErrorCode error_of(const controller::BrokerAnswered& answered, const std::string& topic,
                          std::int32_t partition) {
  const model::TopicPartition name{topic, model::PartitionIndex(partition)};
  const auto found = std::ranges::find(answered.partitions, name,
                                       &controller::BrokerAnswered::OfPartition::partition);
  return found == answered.partitions.end() ? model::ErrorCode::none : found->error;
}

}  // namespace gregor::broker
