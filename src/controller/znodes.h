// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What Kafka 3.9 writes into its znodes, as values. encode() gives Kafka's bytes (keys in its
// order, no spaces); decode() takes what any Kafka since 0.8 wrote: it ignores keys that it does
// not know, fills in what older versions lack, and answers anything else with corrupt_message.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/image.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/uuid.h"

namespace gregor::controller::znode {

// /brokers/ids/N:
// {"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},
//  "endpoints":["PLAINTEXT://h:9092"],"rack":"r1","jmx_port":-1,"port":9092,"host":"h","version":5,
//  "timestamp":"1795174649580"}
// Gregor's brokers add "unclean_shutdown":true when their logs may have lost their ends; the
// controller takes that away when it has seen to it.
// host and port repeat the first PLAINTEXT endpoint for clients of old, null and -1 without one.
// Version 4 lacks features; 3 the map, a listener is then named after its protocol; 2 the rack; 1
// the endpoints.
struct VersionRange {
  std::int32_t min = 0, max = 0;
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};
struct BrokerRegistration {
  std::int32_t version = 5;
  std::vector<Endpoint> endpoints;
  std::optional<std::string> rack;
  std::int32_t jmx_port = -1;
  model::Timestamp timestamp;
  std::map<std::string, VersionRange> features;
  bool unclean_shutdown = false;
  friend bool operator==(const BrokerRegistration&, const BrokerRegistration&) = default;
};
std::string encode(const BrokerRegistration& registration);
model::Result<BrokerRegistration> decode_broker(std::string_view payload);

// /brokers/topics/T:
// {"partitions":{"0":[1,2]},"topic_id":"..","adding_replicas":{"0":[2]},"removing_replicas":{},
//  "version":3}
// Version 2 lacks the id, version 1 all but the partitions.
struct Assignment {
  std::vector<model::BrokerId> replicas, adding, removing;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};
struct TopicAssignment {
  model::TopicId id;                   // zero: none yet
  std::vector<Assignment> partitions;  // by index, without a gap
  friend bool operator==(const TopicAssignment&, const TopicAssignment&) = default;
};
std::string encode(const TopicAssignment& assignment);
model::Result<TopicAssignment> decode_topic(std::string_view payload);

// /brokers/topics/T/partitions/P/state:
// {"controller_epoch":1,"leader":0,"version":1,"leader_epoch":0,"isr":[0,1]}; leader -1: none.
// After an unclean election "leader_recovery_state":1 follows, and where there are eligible
// replicas Gregor's "eligible_leader_replicas":[2], which Kafka's controllers skip, and drop.
struct PartitionState {
  model::ControllerEpoch controller_epoch;
  model::BrokerId leader;
  model::LeaderEpoch leader_epoch;
  std::vector<model::BrokerId> isr;
  bool recovering = false;
  std::vector<model::BrokerId> eligible = {};
  friend bool operator==(const PartitionState&, const PartitionState&) = default;
};
std::string encode(const PartitionState& state);
model::Result<PartitionState> decode_state(std::string_view payload);

// /controller: {"version":2,"brokerid":1,"timestamp":"..","kraftControllerEpoch":-1}; version 1
// ends with the timestamp.
struct ControllerRegistration {
  model::BrokerId broker;
  model::Timestamp timestamp;
  friend bool operator==(const ControllerRegistration&, const ControllerRegistration&) = default;
};
std::string encode(const ControllerRegistration& registration);
model::Result<ControllerRegistration> decode_controller(std::string_view payload);

// /controller_epoch: the number.
std::string encode(model::ControllerEpoch epoch);
model::Result<model::ControllerEpoch> decode_controller_epoch(std::string_view payload);

// /cluster/id: {"version":"1","id":".."}
std::string encode_cluster_id(std::string_view id);
model::Result<std::string> decode_cluster_id(std::string_view payload);

// /config/topics/T, /config/brokers/N, …: {"version":1,"config":{"k":"v"}}. No payload: no configs.
std::string encode(const Configs& configs);
model::Result<Configs> decode_configs(std::string_view payload);

// /config/changes/config_change_N: {"version":2,"entity_path":"topics/T"}; version 1 names
// entity_type and entity_name apart.
std::string encode_config_change(std::string_view entity_path);
model::Result<std::string> decode_config_change(std::string_view payload);

// /log_dir_event_notification/log_dir_event_N: {"version":1,"broker":1,"event":1}; the only event
// there is: a log folder of this broker, or a log in it, has failed.
std::string encode_log_dir_event(model::BrokerId broker);
model::Result<model::BrokerId> decode_log_dir_event(std::string_view payload);

// /latest_producer_id_block: {"version":1,"broker":0,"block_start":"1000","block_end":"1999"}
struct ProducerIds {
  model::BrokerId broker;
  model::ProducerId first, last;
  friend bool operator==(const ProducerIds&, const ProducerIds&) = default;
};
std::string encode(const ProducerIds& block);
model::Result<ProducerIds> decode_producer_ids(std::string_view payload);

// /feature: {"features":{"f":{"max_version_level":1}},"version":2,"status":1}
struct Features {
  bool enabled = true;
  std::map<std::string, std::int32_t> levels;
  friend bool operator==(const Features&, const Features&) = default;
};
std::string encode(const Features& features);
model::Result<Features> decode_features(std::string_view payload);

}  // namespace gregor::controller::znode
