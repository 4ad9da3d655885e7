// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Topics as registers: nothing while the topic is not there, else a number that stands in its
// configuration. Every request goes to the controller, once.
#pragma once

#include <optional>
#include <string>

#include "jepsen/runner/client.h"
#include "model/uuid.h"

namespace gregor::jepsen {

class TopicAdmin {
 public:
  explicit TopicAdmin(const ClientSettings& settings, std::int16_t replicas)
      : client_(settings), settings_(settings), replicas_(replicas) {}

  // The id of the new topic, of one partition.
  Attempt<model::Uuid> create(const std::string& topic, std::int64_t value);
  Attempt<> remove(const std::string& topic);
  Attempt<> set_value(const std::string& topic, std::int64_t value);
  // Nothing: there is no such topic.
  Attempt<std::optional<std::int64_t>> value(const std::string& topic);

 private:
  Attempt<protocol::AnyMessage> ask_controller(protocol::MessageView request,
                                               protocol::Versions usable);

  Client client_;
  ClientSettings settings_;
  std::int16_t replicas_;
};

}  // namespace gregor::jepsen
