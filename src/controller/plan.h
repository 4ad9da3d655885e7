// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a command comes to, before anything is done: the answer if all goes well, and the writes
// that must succeed first. Pure functions of what the controller knows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/births.h"
#include "controller/commands.h"
#include "controller/controller.h"
#include "controller/image.h"
#include "controller/znodes.h"
#include "coordination/port.h"

namespace gregor::controller {

// The most partitions that one request may add, as in Kafka.
inline constexpr std::uint64_t partitions_per_request_max = 10'000;

// The most users, client ids and addresses whose quotas and credentials are kept, and the length of
// what names one of them in the tree.
inline constexpr std::size_t client_entities_max = 100'000;
inline constexpr std::size_t client_entity_bytes_max = 4096;

// The last block of producer ids that was given away, and the data version of its znode.
struct ProducerIdState {
  std::optional<znode::ProducerIds> last;
  std::int32_t version = 0;
  bool readable = true;  // false: nobody knows which ids are free
};

// What a plan is made from.
struct Situation {
  const Image& image;
  const Settings& settings;
  model::ControllerEpoch epoch;
  std::int32_t fence = 0;  // data version of /controller_epoch since this controller's election
  ProducerIdState producer_ids;
  const std::map<model::BrokerId, model::BrokerEpoch>& leaving;  // that asked for their shutdown
  const Births& births;
};

// Writes that belong together, for some results of the answer. Every write begins with a check of
// the controller's epoch. If one fails the results become errors.
struct Task {
  std::vector<std::size_t> results;
  std::vector<coordination::Multi> writes;
  std::vector<Change> changes;  // of the image, once all are done
  TopicRef marked;              // a topic that is being deleted from now on
  std::string removed;          // one whose deletion is done
  std::optional<ProducerIdState> producer_ids;
};

struct Plan {
  Answer answer;
  std::vector<Task> tasks;
};

Plan plan(const Situation& now, const Command& command);

// One each; plan() chooses.
Plan plan_create_topics(const Situation& now, Token token, const CreateTopics& command);
Plan plan_delete_topics(const Situation& now, Token token, const DeleteTopics& command);
Plan plan_create_partitions(const Situation& now, Token token, const CreatePartitions& command);
Plan plan_alter_configs(const Situation& now, Token token, const AlterConfigs& command);
Plan plan_producer_ids(const Situation& now, Token token, const AllocateProducerIds& command);
Plan plan_alter_partition(const Situation& now, Token token, const AlterPartition& command);
Plan plan_shutdown(const Situation& now, Token token, const ControlledShutdown& command);
Plan plan_elect_leaders(const Situation& now, Token token, const ElectLeaders& command);
Plan plan_reassignments(const Situation& now, Token token,
                        const AlterPartitionReassignments& command);
Plan list_reassignments(const Situation& now, Token token,
                        const ListPartitionReassignments& command);

// --- without being asked ---

using OfflineReplicas = std::map<model::TopicPartition, std::set<model::BrokerId>>;
struct Upkeep {
  std::set<std::string, std::less<>> topics;
  std::set<model::TopicPartition> restarted = {};  // their leaders came back: another epoch
  OfflineReplicas offline = {};                    // count as gone where another can lead
  OfflineReplicas returned = {};                   // the same, but they stay eligible
  std::set<model::BrokerId> unclean = {};          // came back, and may have lost ends of logs
};
// What there is to do for these topics: leaders are elected, and reassignments end whose replicas
// are all in sync. No writes: nothing.
Task plan_upkeep(const Situation& now, const Upkeep& due);
// Leadership goes back to the first replicas where too many of a broker's have lost it.
Task plan_balance(const Situation& now);

// Makes one result of the answer an error.
void set_error(Answer& answer, std::size_t result, const model::Error& error);

// --- for controllers that come to office ---

// A topic whose znodes are not all there: its creation or removal was cut short. Kafka's
// controllers write the topic first and each partition later.
enum class Presence : std::uint8_t { absent, bare, complete };  // bare: a partition without a state
struct Incomplete {
  bool has_partitions = false;  // the znode above the partitions
  std::vector<Presence>
      partitions;  // by index; the image has -1 for the epoch of what lacks a state
};

// The tree as it was found.
struct Findings {
  Image image;
  std::map<std::string, Incomplete, std::less<>> incomplete;
  std::set<std::string, std::less<>> marked;      // for deletion
  std::set<std::string, std::less<>> unreadable;  // topics that are there, but not in the image
  std::vector<std::string> empty_folders;  // znodes that are there for children only, and have none
  bool has_features = false;
  // When the states of partitions with several replicas were written last.
  std::map<model::TopicPartition, coordination::Zxid> written;
  Births births;
  // Brokers that say that their last stop was unclean, and their registrations without that.
  std::map<model::BrokerId, coordination::SetData> unclean;
};

// What must be written before one can work with it: partitions without a state get one, partitions
// whose leader is gone a new one out of the in-sync replicas, topics without an id get one, topics
// marked for deletion are removed, empty folders too, and there is a znode of features. `fresh` is
// where the ids come from.
std::vector<Task> plan_repairs(const Situation& now, const Findings& found,
                               const model::Uuid& fresh);

// --- parts ---

// The changes as fenced multis, in order, each small enough for ZooKeeper.
std::vector<coordination::Multi> fenced_writes(std::int32_t fence,
                                               std::vector<coordination::Change> changes);
// policy_violation when some payload is larger than a znode may be.
model::Result<> check_sizes(const Task& task);
// Everything of a topic goes. `incomplete`: nullptr if all its znodes are there.
Task removal_of(const Situation& now, const Topic& topic, bool marked,
                const Incomplete* incomplete);
// Whether replicas of the topic are, or were, on other brokers: those have to confirm its deletion.
bool is_shared(const Situation& now, const Topic& topic);
// Configs as they are read back from a payload; policy_violation when that is too large.
model::Result<ConfigsRef> as_stored(std::string_view payload);
// The assignment of a topic as its znode has it.
znode::TopicAssignment assignment_of(const Topic& topic);
znode::PartitionState state_of(const Partition& partition);
// The first registered replica leads, all registered ones are in sync; partition epoch 0. No leader
// and partition epoch -1 when none is registered.
Partition new_partition(const Situation& now, std::vector<model::BrokerId> replicas);
// Creates what a partition lacks; its state only if it has one.
void append_partition(std::vector<coordination::Change>& to, const std::string& topic,
                      std::size_t index, const Partition& partition, Presence now);

}  // namespace gregor::controller
