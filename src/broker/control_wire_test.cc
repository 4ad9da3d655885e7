// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the controller says arrives as it was said: through the wire's bytes and back.
#include "broker/control_wire.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/codec.h"

namespace gregor::broker {
namespace {

using controller::BrokerRequest;
using model::BrokerId;

constexpr std::string_view listener = "INTERNAL";

model::TopicId id_of(std::uint8_t number) {
  model::TopicId id;
  id.bytes[15] = number;
  return id;
}

controller::AnnouncedPartition partition(const std::string& topic, std::int32_t index) {
  controller::AnnouncedPartition announced;
  announced.topic = topic;
  announced.topic_id = id_of(static_cast<std::uint8_t>(topic.size()));
  announced.incarnation = coordination::Zxid(70 + static_cast<std::int64_t>(topic.size()));
  announced.partition = model::PartitionIndex(index);
  announced.state.replicas = {BrokerId(3), BrokerId(1), BrokerId(2)};
  announced.state.leader = BrokerId(1);
  announced.state.leader_epoch = model::LeaderEpoch(5);
  announced.state.isr = {BrokerId(1), BrokerId(3)};
  announced.state.controller_epoch = model::ControllerEpoch(4);
  announced.state.partition_epoch = model::PartitionEpoch(9);
  return announced;
}

controller::StoppedReplica stopped(const std::string& topic, std::int32_t index) {
  controller::StoppedReplica replica;
  replica.topic = topic;
  replica.incarnation = coordination::Zxid(70 + static_cast<std::int64_t>(topic.size()));
  replica.partition = model::PartitionIndex(index);
  replica.leader_epoch = model::LeaderEpoch(8);
  return replica;
}

controller::Broker broker(std::int32_t id) {
  controller::Broker one;
  one.id = BrokerId(id);
  one.endpoints = {{"CLIENT", "SASL_SSL", "outside.example", 9093 + id},
                   {std::string(listener), "PLAINTEXT", "inside.example", 19093 + id}};
  if (id > 1) one.rack = "rack-" + std::to_string(id);
  return one;
}

BrokerRequest request_with(decltype(BrokerRequest::body) body) {
  return {controller::BrokerRequestId(9), model::no_broker, model::BrokerEpoch(77), BrokerId(2),
          model::ControllerEpoch(4),      std::move(body)};
}

// As a receiver reads it; through bytes, so that what a version cannot carry is missed.
template <class Wire, class... More>
BrokerRequest sent(const BrokerRequest& request, model::ApiVersion version, More... more) {
  const auto wire = to_wire(request, listener);
  const auto bytes = protocol::encode(std::get<Wire>(wire), version);
  EXPECT_TRUE(bytes.has_value());
  base::BytesView view = *bytes;
  const auto decoded = protocol::decode<Wire>(view, version);
  EXPECT_TRUE(decoded.has_value());
  auto read = from_wire(*decoded, more...);
  EXPECT_TRUE(read.has_value());
  return *read;
}

void expect_same(const controller::AnnouncedPartition& a, const controller::AnnouncedPartition& b) {
  EXPECT_EQ(a.topic, b.topic);
  EXPECT_EQ(a.topic_id, b.topic_id);
  EXPECT_EQ(a.incarnation, b.incarnation);
  EXPECT_EQ(a.partition, b.partition);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.born, b.born);
  EXPECT_EQ(a.is_new, b.is_new);
  EXPECT_EQ(a.offline, b.offline);
}

void expect_same_head(const BrokerRequest& a, const BrokerRequest& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.broker_epoch, b.broker_epoch);
  EXPECT_EQ(a.controller, b.controller);
  EXPECT_EQ(a.controller_epoch, b.controller_epoch);
}

TEST(ControlWire, LeaderAndIsr) {
  controller::LeaderAndIsr body;
  body.complete = true;
  body.as_of = coordination::Zxid(99);
  body.partitions = {partition("a", 0), partition("a", 3), partition("bb", 0)};
  body.partitions[0].born = coordination::Zxid(71);
  body.partitions[1].is_new = true;
  body.partitions[1].state.adding = {BrokerId(3)};
  body.partitions[2].state.removing = {BrokerId(2)};
  body.leaders = {broker(1)};
  const BrokerRequest request = request_with(body);
  const BrokerRequest read =
      sent<protocol::LeaderAndIsrRequest>(request, leader_and_isr_version, listener);
  expect_same_head(read, request);
  const auto& got = std::get<controller::LeaderAndIsr>(read.body);
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.as_of, body.as_of);
  ASSERT_EQ(got.partitions.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) expect_same(got.partitions[i], body.partitions[i]);
  ASSERT_EQ(got.leaders.size(), 1u);
  EXPECT_EQ(got.leaders[0].id, BrokerId(1));
  EXPECT_EQ(got.leaders[0].endpoints.at(0).host, "inside.example");
  EXPECT_EQ(got.leaders[0].endpoints.at(0).port, 19094);
}

TEST(ControlWire, UpdateMetadata) {
  controller::UpdateMetadata body;
  body.as_of = coordination::Zxid(98);
  body.partitions = {partition("a", 0), partition("bb", 1)};
  body.partitions[0].offline = {BrokerId(2)};
  // The topic was made anew: two of one name.
  body.gone = {{"a", id_of(9), coordination::Zxid(12), 2}};
  body.brokers = {broker(1), broker(2)};
  const BrokerRequest request = request_with(body);
  const BrokerRequest read =
      sent<protocol::UpdateMetadataRequest>(request, update_metadata_version);
  expect_same_head(read, request);
  EXPECT_EQ(read.id, request.id);
  const auto& got = std::get<controller::UpdateMetadata>(read.body);
  EXPECT_FALSE(got.complete);
  EXPECT_EQ(got.as_of, body.as_of);
  ASSERT_EQ(got.partitions.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) expect_same(got.partitions[i], body.partitions[i]);
  ASSERT_EQ(got.gone.size(), 1u);
  EXPECT_EQ(got.gone[0].topic, "a");
  EXPECT_EQ(got.gone[0].topic_id, id_of(9));
  EXPECT_EQ(got.gone[0].incarnation, coordination::Zxid(12));
  EXPECT_EQ(got.gone[0].partitions, 2);
  ASSERT_EQ(got.brokers.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(got.brokers[i], body.brokers[i]);
}

TEST(ControlWire, StopReplica) {
  controller::StopReplica body;
  body.replicas = {stopped("a", 2), stopped("gone", 0)};
  body.replicas[1].remove = body.replicas[1].topic_deleted = true;
  const BrokerRequest request = request_with(body);
  const BrokerRequest read = sent<protocol::StopReplicaRequest>(request, stop_replica_version);
  expect_same_head(read, request);
  const auto& got = std::get<controller::StopReplica>(read.body).replicas;
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].topic, "a");
  EXPECT_EQ(got[0].incarnation, coordination::Zxid(71));
  EXPECT_EQ(got[0].partition, model::PartitionIndex(2));
  EXPECT_EQ(got[0].leader_epoch, model::LeaderEpoch(8));
  EXPECT_FALSE(got[0].remove || got[0].topic_deleted);
  EXPECT_TRUE(got[1].remove && got[1].topic_deleted);
}

TEST(ControlWire, AnswersNameTopicsAgain) {
  controller::LeaderAndIsr body;
  body.partitions = {partition("a", 0), partition("bb", 1)};
  BrokerRequest request = request_with(body);
  request.id = controller::BrokerRequestId(5);
  request.to = BrokerId(3);
  protocol::LeaderAndIsrResponse response;
  response.topics.push_back({id_of(2), {{"", 1, model::ErrorCode::fenced_leader_epoch, {}}}, {}});
  response.topics.push_back({id_of(200), {{"", 1, model::ErrorCode::none, {}}}, {}});
  const auto answered = from_wire(response, request);
  EXPECT_EQ(answered.request, request.id);
  EXPECT_EQ(answered.from, BrokerId(3));
  ASSERT_EQ(answered.partitions.size(), 1u);
  EXPECT_EQ(answered.partitions[0].partition.topic, "bb");
  EXPECT_EQ(answered.partitions[0].error, model::ErrorCode::fenced_leader_epoch);
}

TEST(ControlWire, WhatNoControllerSendsIsRefused) {
  protocol::LeaderAndIsrRequest leader;
  leader.topic_states.emplace_back().partition_states.emplace_back().partition_index = -1;
  EXPECT_EQ(from_wire(leader, listener).error().code, model::ErrorCode::invalid_request);
  leader.topic_states[0].partition_states[0].partition_index = 2'000'000'000;
  EXPECT_EQ(from_wire(leader, listener).error().code, model::ErrorCode::invalid_request);
  protocol::UpdateMetadataRequest far;
  auto& state = far.topic_states.emplace_back().partition_states.emplace_back();
  state.replicas = {1};
  state.partition_index = controller::partitions_per_topic_max - 1;
  EXPECT_TRUE(from_wire(far).has_value());
  state.partition_index = controller::partitions_per_topic_max;
  EXPECT_EQ(from_wire(far).error().code, model::ErrorCode::invalid_request);
  protocol::UpdateMetadataRequest update;
  update.live_brokers.emplace_back().endpoints.emplace_back().security_protocol = 9;
  EXPECT_EQ(from_wire(update).error().code, model::ErrorCode::invalid_request);
  protocol::StopReplicaRequest stop;
  stop.topic_states.emplace_back().partition_states.emplace_back().partition_index = -7;
  EXPECT_EQ(from_wire(stop).error().code, model::ErrorCode::invalid_request);
}

}  // namespace
}  // namespace gregor::broker
