// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The cluster as the controller has told it to this broker: brokers and topics of UpdateMetadata,
// put together. What is late, repeated, or said by a controller or to a registration of the past
// changes nothing (docs/findings.md, Controller).
#pragma once

#include <span>

#include "controller/broker_requests.h"
#include "controller/image.h"
#include "model/error_code.h"
#include "model/ids.h"

namespace gregor::broker {

class MemberView {
 public:
  // This broker has registered (anew).
  void registered(model::BrokerEpoch epoch) { epoch_ = epoch; }

  // Of every request of a controller, before anything is done about it: none,
  // stale_controller_epoch, or stale_broker_epoch (the request means an earlier registration).
  [[nodiscard]] model::ErrorCode hear(const controller::BrokerRequest& request);

  // After hear() let it pass.
  void update(const controller::BrokerRequest& request, const controller::UpdateMetadata& news);

  // Configs are not told by controllers: there are none in it.
  [[nodiscard]] const controller::Image& image() const { return image_; }

 private:
  void forget(const controller::GoneTopic& gone);
  void learn(std::span<const controller::AnnouncedPartition> partitions_of_one_topic);
  void forget_unnamed(const controller::UpdateMetadata& news);

  model::BrokerEpoch epoch_{-1};
  controller::Image image_;
};

}  // namespace gregor::broker
