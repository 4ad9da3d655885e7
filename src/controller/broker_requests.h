// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the elected controller tells brokers, as plain data: Kafka's LeaderAndIsr, UpdateMetadata
// and StopReplica without their wire formats (broker/ makes requests of them). They are addressed
// to every broker that is registered, the controller's own among them.
//
// Delivery, which is the sender's part:
// - For one broker in the order of Effects::broker_requests, each sent again until it is answered.
// - A request is dropped when its receiver's registration is no longer the one in the controller's
//   image, and all of them when the controller is out of office (Controller::role).
// - Answers to LeaderAndIsr and StopReplica come back as BrokerAnswered.
//
// A receiver refuses what names a controller epoch below the newest that it has heard of, or a
// broker epoch below its own; it takes newer ones. Of a partition it takes a state only if that is
// newer than its own: by incarnation of the topic, then leader epoch, then partition epoch. The
// list of brokers it takes only if it has none of a later request of this controller. So late and
// repeated requests do no harm (docs/findings.md, Controller).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/typed_number.h"
#include "controller/image.h"
#include "coordination/port.h"
#include "model/error_code.h"
#include "model/ids.h"
#include "model/uuid.h"

namespace gregor::controller {

// Rises from one request of this process to the next. A receiver hears it with UpdateMetadata, in a
// tagged field; 0: not said.
using BrokerRequestId = base::TypedId<struct BrokerRequestIdTag, std::uint64_t>;

// The state of one partition, in LeaderAndIsr and UpdateMetadata.
struct AnnouncedPartition {
  std::string topic;
  model::TopicId topic_id;
  coordination::Zxid incarnation;  // of the topic: czxid of its znode; in a tagged field
  model::PartitionIndex partition;
  Partition state;  // partition_epoch is the wire's partition epoch (zk version)
  // LeaderAndIsr: czxid of its state's znode, 0: not said; in a tagged field, too.
  coordination::Zxid born;
  bool is_new = false;  // LeaderAndIsr: no replica of it was ever asked to exist before
  std::vector<model::BrokerId> offline;  // UpdateMetadata: replicas on brokers that are gone
};

// The receiver becomes leader or follower. Only partitions of which it is a replica.
struct LeaderAndIsr {
  // All replicas that the receiver should have are named (the wire's type FULL). What it has
  // besides, of topics whose incarnation is at most `as_of`, is gone.
  bool complete = false;
  coordination::Zxid as_of;
  std::vector<AnnouncedPartition> partitions;
  std::vector<Broker> leaders;  // where the leaders that are named can be reached
};

// A topic that is being deleted: clients should not hear of it any more (on the wire: leader -2).
struct GoneTopic {
  std::string topic;
  model::TopicId topic_id;
  coordination::Zxid incarnation;
  std::int32_t partitions = 0;
};

// What the receiver tells clients.
struct UpdateMetadata {
  bool complete = false;  // as in LeaderAndIsr, of all topics
  coordination::Zxid as_of;
  std::vector<AnnouncedPartition> partitions;
  std::vector<GoneTopic> gone;
  std::vector<Broker> brokers;  // all that are registered: endpoints, racks
};

// The receiver's replica stops, and with `remove` its files go.
struct StoppedReplica {
  std::string topic;
  model::TopicId topic_id;
  coordination::Zxid incarnation;  // only a replica of this incarnation, or an older one
  model::PartitionIndex partition;
  // A state of a newer leader epoch overrules this. On the wire -2 when the topic is deleted.
  model::LeaderEpoch leader_epoch;
  bool remove = false;
  bool topic_deleted = false;
};
struct StopReplica {
  std::vector<StoppedReplica> replicas;
};

struct BrokerRequest {
  BrokerRequestId id;
  model::BrokerId to;
  model::BrokerEpoch broker_epoch;  // the registration that is meant
  model::BrokerId controller;
  model::ControllerEpoch controller_epoch;
  std::variant<LeaderAndIsr, UpdateMetadata, StopReplica> body;
};

// An event: a broker's answer to a LeaderAndIsr or StopReplica (one to UpdateMetadata may be left
// out). Errors are Kafka's: kafka_storage_error where a log folder is offline, fenced_leader_epoch
// where the receiver knew better.
struct BrokerAnswered {
  BrokerRequestId request;
  model::BrokerId from;
  model::ErrorCode error = model::ErrorCode::none;  // of the whole
  struct OfPartition {
    model::TopicPartition partition;
    model::ErrorCode error = model::ErrorCode::none;
  };
  std::vector<OfPartition> partitions;  // those that are not named went well
};

}  // namespace gregor::controller
