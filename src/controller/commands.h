// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What can be asked of the controller, and its answers. Chance enters only here: topic ids and the
// start of the placement are drawn by whoever asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/typed_number.h"
#include "controller/image.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/uuid.h"

namespace gregor::controller {

// Chosen by the asker; comes back with the answer.
using Token = base::TypedId<struct CommandTokenTag, std::uint64_t>;

struct ReplicaAssignment {
  model::PartitionIndex partition;
  std::vector<model::BrokerId> brokers;
};

struct NewTopic {
  std::string name;
  model::TopicId id;                           // to be the topic's; never zero
  std::int32_t partitions = -1;                // -1: num.partitions
  std::int16_t replication = -1;               // -1: default.replication.factor
  std::vector<ReplicaAssignment> assignments;  // when not empty, the two above must be -1
  std::vector<std::pair<std::string, std::optional<std::string>>> configs;
  std::optional<model::Error> refused;  // the asker's own verdict (configs, authorization), if bad
  std::uint64_t placement = 0;          // any number: where the round robin over brokers starts
};
struct CreateTopics {
  std::vector<NewTopic> topics;
  bool validate_only = false;
};

struct DeleteTopic {  // by name, or by id when the name is absent
  std::optional<std::string> name;
  model::TopicId id;
};
struct DeleteTopics {
  std::vector<DeleteTopic> topics;
};

struct MorePartitions {
  std::string topic;
  std::int32_t count = 0;                                                // partitions afterwards
  std::optional<std::vector<std::vector<model::BrokerId>>> assignments;  // one a new partition
};
struct CreatePartitions {
  std::vector<MorePartitions> topics;
  bool validate_only = false;
};

// remove_existing: resource_not_found if there is nothing to remove.
enum class ConfigOperation : std::uint8_t { set, remove, remove_existing, append, subtract };
struct ConfigEdit {
  std::string key;
  ConfigOperation operation = ConfigOperation::set;
  std::string value;
  std::string inherited;  // append, subtract: the list that holds while the key is not set
};
struct ResourceConfigs {
  ConfigResource resource;
  bool whole = false;             // keys that are not named are removed (AlterConfigs)
  std::vector<ConfigEdit> edits;  // known keys and good values: the asker has checked them
};
struct AlterConfigs {
  std::vector<ResourceConfigs> resources;
  bool validate_only = false;
};

// `broker` no_broker: for this node. Another's registration must be the current one, or the answer
// is stale_broker_epoch.
struct AllocateProducerIds {
  model::BrokerId broker = model::no_broker;
  model::BrokerEpoch epoch{-1};
};

// --- what brokers ask of the controller ---

// A leader wants other replicas to be in sync. The broker epoch with which a member fetched lets
// the controller refuse one that has registered anew since, and may have lost its disk; it is
// unknown of members that have not fetched yet, and to leaders of Kafka in ZooKeeper mode.
inline constexpr model::BrokerEpoch unknown_broker_epoch{-1};
struct IsrMember {
  model::BrokerId broker;
  model::BrokerEpoch epoch = unknown_broker_epoch;
};
struct ProposedIsr {
  std::string topic;  // if the id is zero
  model::TopicId topic_id;
  model::PartitionIndex partition;
  model::LeaderEpoch leader_epoch;        // in which the leader leads
  model::PartitionEpoch partition_epoch;  // that it wants to change
  std::vector<IsrMember> isr;             // complete, the leader included
  bool recovering = false;                // leader_recovery_state 1, after an unclean election
};
struct AlterPartition {
  model::BrokerId leader;
  model::BrokerEpoch epoch;  // of the leader
  std::vector<ProposedIsr> partitions;
};

// A broker is about to stop: others shall lead. To be asked again until nothing remains.
struct ControlledShutdown {
  model::BrokerId broker;
  model::BrokerEpoch epoch;
};

// --- what administrators ask ---

enum class ElectionType : std::int8_t { preferred = 0, unclean = 1 };
struct ElectLeaders {
  ElectionType type = ElectionType::preferred;
  std::optional<std::vector<model::TopicPartition>> partitions;  // absent: all that need one
};

struct Reassignment {
  model::TopicPartition partition;
  std::optional<std::vector<model::BrokerId>> replicas;  // absent: cancel the one that runs
};
struct AlterPartitionReassignments {
  std::vector<Reassignment> partitions;
};

struct ListPartitionReassignments {
  std::optional<std::vector<model::TopicPartition>> partitions;  // absent: all
};

struct Command {
  Token token;
  std::variant<CreateTopics, DeleteTopics, CreatePartitions, AlterConfigs, AllocateProducerIds,
               AlterPartition, ControlledShutdown, ElectLeaders, AlterPartitionReassignments,
               ListPartitionReassignments>
      body;
};

// Results are one for each item of the command, in its order.
struct TopicCreated {
  model::TopicId id;
  std::int32_t partitions = 0;
  std::int16_t replication = 0;
};
struct TopicDeleted {
  std::string name;
  model::TopicId id;
};
struct ProducerIdBlock {
  model::ProducerId first;
  std::int32_t count = 0;
};

// Of AlterPartition: what holds now. Errors, as in Kafka: fenced_leader_epoch,
// invalid_update_version (another partition epoch), ineligible_replica (a member is not registered,
// is shutting down, or registered anew since the leader saw it), not_controller (the leader knows
// of newer epochs than this controller), unknown_topic_id, unknown_topic_or_partition;
// stale_broker_epoch for all.
struct AlteredIsr {
  model::BrokerId leader;
  model::LeaderEpoch leader_epoch;
  std::vector<model::BrokerId> isr;
  std::vector<model::BrokerId> eligible = {};  // while there are any, nothing may be committed
  bool recovering = false;
  model::PartitionEpoch partition_epoch;
};
using AlteredIsrs = model::Result<std::vector<model::Result<AlteredIsr>>>;
// Of ElectLeaders: election_not_needed, preferred_leader_not_available,
// eligible_leaders_not_available, unknown_topic_or_partition. When all were asked for only those
// are named that needed an election; an error of the whole then names no topic.
struct ElectedLeader {
  model::TopicPartition partition;
  model::Result<> result;
};
struct OngoingReassignment {
  model::TopicPartition partition;
  std::vector<model::BrokerId> replicas, adding, removing;
};
struct Answer {
  Token token;
  std::variant<std::vector<model::Result<TopicCreated>>, std::vector<model::Result<TopicDeleted>>,
               // Of CreatePartitions, AlterConfigs and AlterPartitionReassignments.
               std::vector<model::Result<>>, model::Result<ProducerIdBlock>,
               model::Result<std::vector<model::Result<AlteredIsr>>>,
               // Of ControlledShutdown: what the broker still leads though it has other replicas.
               model::Result<std::vector<model::TopicPartition>>, std::vector<ElectedLeader>,
               model::Result<std::vector<OngoingReassignment>>>
      results;
};

// An answer that fails everything the command asks for.
Answer refusal(const Command& command, const model::Error& error);

}  // namespace gregor::controller
