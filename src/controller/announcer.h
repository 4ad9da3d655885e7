// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Turns changes of the image into what brokers are told (broker_requests.h). A broker that has not
// been told anything by this controller, in this registration, is told everything; the others what
// has changed. One request of a kind for each broker, whatever the number of changes. And a broker
// can be told again which replicas it has, so that it says how their logs are.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "controller/births.h"
#include "controller/broker_requests.h"
#include "controller/image.h"
#include "model/ids.h"

namespace gregor::controller {

// Who speaks.
struct Office {
  model::BrokerId controller;
  model::ControllerEpoch epoch;
  // A topic that is not in the image and is not younger than this is gone.
  coordination::Zxid as_of;
  const std::map<model::BrokerId, model::BrokerEpoch>& leaving;
  const Births& births;
};

class Announcer {
 public:
  // A term begins, or is over: nobody counts as told.
  void begin() { speaks_ = true, told_.clear(), again_.clear(); }
  void end() { speaks_ = false, told_.clear(), again_.clear(); }
  [[nodiscard]] bool speaks() const { return speaks_; }

  // With the next call of announce(), if it has been told before.
  void tell_again(model::BrokerId broker) { again_.insert(broker); }

  // `changes` led from the image of the last call to this one.
  void announce(const Image& image, std::span<const Change> changes, const Office& office,
                std::vector<BrokerRequest>& out);

 private:
  struct News {
    LeaderAndIsr leader_and_isr;
    UpdateMetadata update_metadata;
    StopReplica stop_replica;
    bool metadata = false;  // to be sent, though it may be empty
  };
  using AllNews = std::map<model::BrokerId, News>;

  static void tell_everything(const Image& image, const Office& office, model::BrokerId to,
                              News& news);
  static void tell(const Image& image, const Office& office, const TopicChanged& change,
                   AllNews& all);
  static void tell_its_replicas(const Image& image, const Office& office, model::BrokerId to,
                                News& news);
  void tell_of_brokers(const Image& image, const Office& office, AllNews& all) const;
  void send(const Image& image, const Office& office, AllNews all, std::vector<BrokerRequest>& out);

  bool speaks_ = false;
  std::map<model::BrokerId, model::BrokerEpoch> told_;
  std::set<model::BrokerId> again_;
  BrokerRequestId last_{0};
};

}  // namespace gregor::controller
