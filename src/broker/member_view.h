// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The cluster as the controller has told it to this broker: what LeaderAndIsr, UpdateMetadata and
// StopReplica say, put together. What is late, repeated, or said by a controller or to a
// registration of the past changes nothing (docs/findings.md, Controller).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "controller/broker_requests.h"
#include "controller/image.h"
#include "model/error_code.h"
#include "model/ids.h"

namespace gregor::broker {

class MemberView {
 public:
  // With which registration it began to use its disks, if that was before this process.
  void disks_in_use_since(model::BrokerEpoch epoch) { disks_since_ = epoch; }
  // This broker has registered (anew).
  void registered(model::BrokerEpoch epoch);

  // Of every request of a controller, before anything is done about it: none,
  // stale_controller_epoch (of a controller of the past, or overtaken by a later request of this
  // one), or stale_broker_epoch (the request means an earlier registration).
  [[nodiscard]] model::ErrorCode hear(const controller::BrokerRequest& request);

  // After hear() let it pass.
  void update(const controller::UpdateMetadata& news);
  using Refused = std::vector<controller::BrokerAnswered::OfPartition>;
  // Refused with fenced_leader_epoch is what was true before.
  Refused lead(const controller::LeaderAndIsr& news);
  struct Stops {
    std::vector<controller::StoppedReplica> stopped;
    Refused refused;
  };
  // Replicas that are to stop now. A topic that is deleted is not in the image any more.
  Stops stop(const controller::StopReplica& request);

  // Whether its topic is unknown so far, or another one of its name.
  [[nodiscard]] bool is_news(const controller::AnnouncedPartition& partition) const;
  [[nodiscard]] model::BrokerEpoch broker_epoch() const { return epoch_; }
  // The first one of this process; -1 until it is known. (That the session was lost since does not
  // count: no disk is replaced under a process.)
  [[nodiscard]] model::BrokerEpoch first_epoch() const { return first_epoch_; }
  // Whether it was there before this broker used its present disks: the replica may have been on
  // another one. Never by what controllers of Kafka tell, who do not say when a partition was made.
  [[nodiscard]] bool may_be_inherited(const controller::AnnouncedPartition& partition) const;

  // Configs are not told by controllers: there are none in it.
  [[nodiscard]] const controller::Image& image() const { return image_; }

 private:
  [[nodiscard]] bool is_outdated(const controller::AnnouncedPartition& partition) const;
  void forget(const controller::GoneTopic& gone);
  enum class Told : std::uint8_t { whole, in_part };  // the topics
  void learn(std::span<const controller::AnnouncedPartition> partitions, Told told);
  void learn_topic(std::span<const controller::AnnouncedPartition> partitions_of_one_topic,
                   Told told);
  void forget_unnamed(const controller::UpdateMetadata& news);

  model::BrokerEpoch epoch_{-1};
  model::BrokerEpoch first_epoch_{-1};  // of this process
  std::optional<model::BrokerEpoch> disks_since_;
  // The latest request of this controller epoch. A controller sends the next when this broker has
  // answered, so one with a lower number was on its way for longer than the controller waited, and
  // has been said again since. Partitions have epochs; the list of brokers has none, nor has a
  // topic that is gone. (Kafka's controllers do not number their requests: what comes last counts.)
  controller::BrokerRequestId newest_{0};
  controller::Image image_;
};

}  // namespace gregor::broker
