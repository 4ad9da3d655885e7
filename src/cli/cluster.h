// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A cluster as an administrator sees it: brokers, one of which is the controller, leaders of
// partitions, coordinators of groups. All administration goes through here, as requests of
// src/protocol; records and group membership are librdkafka's (cli/rdkafka.h).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cli/broker_connection.h"
#include "protocol/messages/metadata.h"

namespace gregor::cli {

class Cluster {
 public:
  // Through the first bootstrap server that answers.
  static model::Result<Cluster> connect(const ClientOptions& options);

  // An empty list of names means no topic, nullopt all of them. Never makes a topic.
  model::Result<protocol::MetadataResponse> metadata(
      const std::optional<std::vector<std::string>>& topics);
  // Ascending.
  [[nodiscard]] std::vector<model::BrokerId> brokers() const;

  template <protocol::Message Response, protocol::Message Request>
  model::Result<Response> ask(model::BrokerId broker, const Request& request,
                              protocol::Versions usable = Request::versions) {
    auto answer = exchange(broker, request, usable);
    if (!answer) return model::fail(std::move(answer.error()));
    return answer->template as<Response>();
  }
  template <protocol::Message Response, protocol::Message Request>
  model::Result<Response> ask_any(const Request& request,
                                  protocol::Versions usable = Request::versions) {
    return ask<Response>(addresses_.begin()->first, request, usable);
  }
  template <protocol::Message Response, protocol::Message Request>
  model::Result<Response> ask_controller(const Request& request,
                                         protocol::Versions usable = Request::versions) {
    if (controller_ == model::no_broker)
      return model::fail(model::ErrorCode::not_controller, "there is no controller at present");
    return ask<Response>(controller_, request, usable);
  }
  // Waits for a coordinator that is only being found or loaded.
  model::Result<model::BrokerId> coordinator_of(const std::string& group);

  [[nodiscard]] std::chrono::milliseconds timeout() const { return options_.timeout; }

  // Repeats an attempt that fails with an error that passes, until the timeout.
  template <class Attempt>
  auto persist(Attempt attempt) -> decltype(attempt()) {
    const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
    while (true) {
      auto result = attempt();
      if (result || !model::is_retriable(result.error().code) ||
          std::chrono::steady_clock::now() > deadline)
        return result;
      std::this_thread::sleep_for(retry_backoff);
      refresh();
    }
  }

 private:
  static constexpr std::chrono::milliseconds retry_backoff{100};

  explicit Cluster(ClientOptions options) : options_(std::move(options)) {}
  model::Result<protocol::AnyMessage> exchange(model::BrokerId broker,
                                               protocol::MessageView request,
                                               protocol::Versions usable);
  model::Result<BrokerConnection*> connection_to(model::BrokerId broker);
  void learn(const protocol::MetadataResponse& answer);
  void refresh();

  ClientOptions options_;
  std::string client_id_ = "gregor";
  std::optional<BrokerConnection> bootstrap_;
  std::map<model::BrokerId, Address> addresses_;  // never empty
  std::map<model::BrokerId, BrokerConnection> connections_;
  model::BrokerId controller_ = model::no_broker;
};

// "TOPIC_ALREADY_EXISTS: Topic 'a' already exists." with the broker's words, if it had some.
model::Error error_of(model::ErrorCode code, const std::optional<std::string>& message = {});

}  // namespace gregor::cli
