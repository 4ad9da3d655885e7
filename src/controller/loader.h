// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Reads what the controller must know out of the coordination tree: requests out, replies in. Lists
// of children first, then what they name; what vanished in between is taken as never having been
// there. At most reads_in_flight_max reads are under way.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "controller/plan.h"
#include "coordination/port.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::controller {

inline constexpr std::size_t reads_in_flight_max = 500;

// What is read.
struct BrokerList {};
struct TopicList {};
struct TopicConfigList {};
struct BrokerConfigList {};
struct DeletionList {};
struct ConfigChangeList {};
struct ProducerIdBlockRead {};
struct FeatureRead {};
struct BrokerRead {
  model::BrokerId id;
};
struct TopicRead {
  std::string name;
};
struct PartitionList {
  std::string topic;
};
struct StateRead {
  std::string topic;
  model::PartitionIndex partition;
};
struct ConfigRead {
  ConfigResource resource;
};
using Read = std::variant<BrokerList, TopicList, TopicConfigList, BrokerConfigList, DeletionList,
                          ConfigChangeList, ProducerIdBlockRead, FeatureRead, BrokerRead, TopicRead,
                          PartitionList, StateRead, ConfigRead>;

class Loader {
 public:
  Loader();

  // Reads to be done now; their replies, all but connection_loss, go to take().
  std::vector<Read> next();
  static coordination::Operation operation_of(const Read& read);
  // An error when a payload means nothing: working on would be guessing.
  model::Result<> take(const Read& read, const coordination::Reply& reply);
  [[nodiscard]] bool done() const { return todo_.empty() && in_flight_ == 0; }

  struct Loaded {
    Findings findings;  // consistent in itself
    ProducerIdState producer_ids;
    std::vector<std::string> config_changes;  // names of the notifications
  };
  // When done. An error when the tree contradicts itself.
  model::Result<Loaded> finish();

 private:
  using Children = coordination::ChildrenReply;
  using Data = coordination::DataReply;

  model::Result<> on(const BrokerList&, const Children& children);
  model::Result<> on(const TopicList&, const Children& children);
  model::Result<> on(const TopicConfigList&, const Children& children);
  model::Result<> on(const BrokerConfigList&, const Children& children);
  model::Result<> on(const DeletionList&, const Children& children);
  model::Result<> on(const ConfigChangeList&, const Children& children);
  model::Result<> on(const PartitionList& read, const Children& children);
  model::Result<> on(const ProducerIdBlockRead&, const Data& data);
  model::Result<> on(const FeatureRead&, const Data& data);
  model::Result<> on(const BrokerRead& read, const Data& data);
  model::Result<> on(const TopicRead& read, const Data& data);
  model::Result<> on(const StateRead& read, const Data& data);
  model::Result<> on(const ConfigRead& read, const Data& data);

  Loaded loaded_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::deque<Read> todo_;
  std::size_t in_flight_ = 0;
};

}  // namespace gregor::controller
