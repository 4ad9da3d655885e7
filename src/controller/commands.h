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

enum class ConfigOperation : std::uint8_t { set, remove, append, subtract };
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

struct AllocateProducerIds {};

struct Command {
  Token token;
  std::variant<CreateTopics, DeleteTopics, CreatePartitions, AlterConfigs, AllocateProducerIds>
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
struct Answer {
  Token token;
  std::variant<std::vector<model::Result<TopicCreated>>, std::vector<model::Result<TopicDeleted>>,
               std::vector<model::Result<>>,  // of CreatePartitions and AlterConfigs
               model::Result<ProducerIdBlock>>
      results;
};

}  // namespace gregor::controller
