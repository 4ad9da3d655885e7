// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The cluster's metadata as the controller knows it: what the coordination tree says, decoded.
// Topics and configs hang in it as shared immutable values, so that a copy is cheap, two images
// share what is equal, and a holder of an old one is never surprised.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordination/port.h"
#include "model/ids.h"
#include "model/uuid.h"

namespace gregor::controller {

struct Partition {
  std::vector<model::BrokerId> replicas;  // in order of preference for leadership
  std::vector<model::BrokerId> adding;    // part of `replicas` while a reassignment runs
  std::vector<model::BrokerId> removing;
  model::BrokerId leader = model::no_broker;
  model::LeaderEpoch leader_epoch{0};
  std::vector<model::BrokerId> isr;
  // Left the in-sync replicas when there were fewer than min.insync.replicas of them, so that
  // nothing was committed since: they have all that was, and may lead (KIP-966).
  std::vector<model::BrokerId> eligible;
  bool recovering = false;  // elected from outside of the in-sync replicas, and not recovered yet
  model::ControllerEpoch controller_epoch{0};  // of the controller that wrote this state
  // Data version of the state's znode; -1: there is none yet, as no replica was ever registered.
  model::PartitionEpoch partition_epoch{0};
  friend bool operator==(const Partition&, const Partition&) = default;
};

// More than a znode of ZooKeeper's greatest default size (1 MB) can list. Who hears of a partition
// makes room for all before it.
inline constexpr std::int32_t partitions_per_topic_max = 100'000;

struct Topic {
  std::string name;
  model::TopicId id;                  // zero only before a controller has given one to an old topic
  std::vector<Partition> partitions;  // by index: 0, 1, 2, …
  // The czxid of the topic's znode: tells a topic from an earlier one of its name, and which of
  // them is the later.
  coordination::Zxid incarnation{};
  // A broker has been told of its own replicas so far, and not how many partitions there are.
  bool in_part = false;
  friend bool operator==(const Topic&, const Topic&) = default;
};
using TopicRef = std::shared_ptr<const Topic>;
// Whether it is known, with all of its partitions: only then may clients be told of it.
inline bool is_whole(const TopicRef& topic) { return topic != nullptr && !topic->in_part; }

struct Endpoint {
  std::string listener;  // "PLAINTEXT", "INTERNAL"
  std::string security_protocol;
  std::string host;
  std::int32_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct Broker {
  model::BrokerId id;
  model::BrokerEpoch epoch{-1};
  std::vector<Endpoint> endpoints;
  std::optional<std::string> rack;
  friend bool operator==(const Broker&, const Broker&) = default;
};

using Configs = std::map<std::string, std::string, std::less<>>;
using ConfigsRef = std::shared_ptr<const Configs>;

struct DefaultBroker {
  friend auto operator<=>(const DefaultBroker&, const DefaultBroker&) = default;
};
struct TopicName {
  std::string name;
  friend auto operator<=>(const TopicName&, const TopicName&) = default;
};
// Whose quotas: of a user, of a client id, of a user's client id, or of an address. Names are as
// the tree has them: escaped, or <default> for all that have no quotas of their own; "" is no such
// part.
struct QuotaEntity {
  std::string user = {}, client_id = {}, ip = {};
  friend auto operator<=>(const QuotaEntity&, const QuotaEntity&) = default;
};
// Whose configs: a topic's, a broker's, those of all brokers, or the quotas of clients.
using ConfigResource = std::variant<TopicName, model::BrokerId, DefaultBroker, QuotaEntity>;

struct Image {
  std::string cluster_id;
  model::BrokerId controller = model::no_broker;
  model::ControllerEpoch controller_epoch{0};
  std::map<model::BrokerId, Broker> brokers;  // registered ones
  std::map<std::string, TopicRef, std::less<>> topics;
  std::map<model::TopicId, std::string> topic_names;
  std::map<ConfigResource, ConfigsRef> configs;  // an entry may outlive its topic
  // Marked for deletion: gone for clients, until all replicas have confirmed that they are.
  std::map<std::string, TopicRef, std::less<>> deleting;

  // nullptr when there is none.
  [[nodiscard]] TopicRef topic(std::string_view name) const;
  [[nodiscard]] TopicRef topic(const model::TopicId& id) const;
  // What was set for the resource; empty when nothing was.
  [[nodiscard]] const Configs& configs_of(const ConfigResource& resource) const;
  [[nodiscard]] std::vector<model::BrokerId> broker_ids() const;

  void put(TopicRef topic);
  void remove_topic(std::string_view name);
};

// One difference between two images, in the order in which it came about.
struct TopicChanged {  // before is null: created; after is null: removed; ids differ: made anew
  TopicRef before, after;
};
struct ConfigsChanged {
  ConfigResource resource;
  ConfigsRef configs;  // null: removed
};
struct BrokersChanged {};     // read them from the image
struct ControllerChanged {};  // controller, its epoch, or the cluster id
using Change = std::variant<ControllerChanged, BrokersChanged, ConfigsChanged, TopicChanged>;

// What leads from one image to the other.
std::vector<Change> difference(const Image& from, const Image& to);

}  // namespace gregor::controller
