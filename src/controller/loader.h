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
struct ConfigList {
  std::string kind;  // "topics", "users/U/clients"
};
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
using Read = std::variant<BrokerList, TopicList, ConfigList, DeletionList, ConfigChangeList,
                          ProducerIdBlockRead, FeatureRead, BrokerRead, TopicRead, PartitionList,
                          StateRead, ConfigRead>;

class Loader {
 public:
  enum class Scope : std::uint8_t { whole, brokers };
  explicit Loader(Scope scope);

  // Reads to be done now; their replies, all but connection_loss, go to take().
  std::vector<Read> next();
  static coordination::Operation operation_of(const Read& read);
  // An error when the service does not let it read.
  model::Result<> take(const Read& read, const coordination::Reply& reply);
  [[nodiscard]] Scope scope() const { return scope_; }
  [[nodiscard]] bool done() const { return todo_.empty() && in_flight_ == 0; }

  struct Loaded {
    Findings findings;  // consistent in itself; of the brokers alone, if that was the scope
    ProducerIdState producer_ids;
    std::vector<std::string> config_changes;  // names of the notifications
    // The latest incarnation of which it is known that a topic which is not in the image is gone.
    coordination::Zxid as_of;
    // What could not be understood. It is left alone: a topic that is not wholly understood is not
    // in the image, and neither are a broker or configs whose payload means nothing.
    std::vector<std::string> faults;
  };
  Loaded finish();  // when done

 private:
  using Children = coordination::ChildrenReply;
  using Data = coordination::DataReply;

  void on(const BrokerList&, const Children& children);
  void on(const TopicList&, const Children& children);
  void on(const ConfigList& read, const Children& children);
  void on(const DeletionList&, const Children& children);
  void on(const ConfigChangeList&, const Children& children);
  void on(const PartitionList& read, const Children& children);
  void on(const ProducerIdBlockRead&, const Data& data);
  void on(const FeatureRead&, const Data& data);
  void on(const BrokerRead& read, const Data& data);
  void on(const TopicRead& read, const Data& data);
  void on(const StateRead& read, const Data& data);
  void on(const ConfigRead& read, const Data& data);

  void note_fault(const std::string& topic, std::string what);  // topic "": it is of none

  const Scope scope_;
  Loaded loaded_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::deque<Read> todo_;
  std::size_t in_flight_ = 0;
};

}  // namespace gregor::controller
