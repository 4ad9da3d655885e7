// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/observer.h"

#include <algorithm>

namespace gregor::jepsen {

namespace {
constexpr std::chrono::milliseconds between_observations{200};
constexpr std::chrono::milliseconds observation_deadline{1'000};
}  // namespace

void ChangeCounter::look_at_controller(std::int32_t told) {
  if (told < 0 || !controller_is_told_) return;
  if (told_last_ == told && controller_ != told) {
    if (controller_ >= 0) ++changes_.controllers;
    controller_ = told;
  }
  told_last_ = told;
}

void ChangeCounter::look(const protocol::MetadataResponse& metadata) {
  look_at_controller(metadata.controller_id);
  for (const auto& topic : metadata.topics)
    for (const auto& one : topic.partitions) {
      auto isr = one.isr_nodes;
      std::ranges::sort(isr);
      Partition& known = partitions_[{topic.name.value_or(""), one.partition_index}];
      // A broker that was away may still tell of the time before.
      if (one.leader_id < 0 || one.leader_epoch < known.epoch) continue;
      if (known.leader >= 0 && (one.leader_id != known.leader || one.leader_epoch > known.epoch))
        ++changes_.leaders;
      if (known.leader >= 0 && isr != known.isr) ++changes_.isrs;
      known = {one.leader_id, one.leader_epoch, std::move(isr)};
    }
}

Observer::Observer(ClientSettings settings, const std::vector<std::string>& topics,
                   bool controller_is_told)
    : counter_(controller_is_told) {
  settings.timeout = observation_deadline;
  thread_ = std::thread([this, settings, topics] {
    Client client(settings);
    while (!over_) {
      if (const auto metadata = client.metadata(topics)) counter_.look(*metadata);
      std::this_thread::sleep_for(between_observations);
    }
  });
}

Changes Observer::stop() {
  over_ = true;
  if (thread_.joinable()) thread_.join();
  return counter_.changes();
}

}  // namespace gregor::jepsen
