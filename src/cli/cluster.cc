// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/messages/find_coordinator.h"

namespace gregor::cli {

using model::BrokerId;
using model::ErrorCode;
using model::Result;

namespace {

// What a client's properties say to this connection; the others concern producers and consumers.
Result<std::string> client_id_in(const ClientProperties& properties) {
  std::string id = "gregor";
  for (const auto& [key, value] : properties) {
    if (key == "client.id") id = value;
    if (key == "security.protocol" && value != "PLAINTEXT" && value != "plaintext")
      return model::fail(ErrorCode::invalid_config,
                         fmt::format("security.protocol={}: administration speaks PLAINTEXT only, "
                                     "so far",
                                     value));
  }
  return id;
}

}  // namespace

Result<Cluster> Cluster::connect(const ClientOptions& options) {
  const auto addresses = parse_bootstrap(options.bootstrap);
  if (!addresses) return model::fail(addresses.error());
  const auto properties = read_client_properties(options.config_file);
  if (!properties) return model::fail(properties.error());
  auto client_id = client_id_in(*properties);
  if (!client_id) return model::fail(std::move(client_id.error()));
  Cluster cluster(options);
  cluster.client_id_ = std::move(*client_id);
  std::string why;
  for (const Address& address : *addresses) {
    auto connection = BrokerConnection::open(address, options.timeout, cluster.client_id_);
    if (!connection) {
      why += (why.empty() ? "" : "; ") + connection.error().detail;
      continue;
    }
    cluster.bootstrap_ = std::move(*connection);
    if (const auto answer = cluster.metadata(std::vector<std::string>{}); !answer)
      return model::fail(answer.error());
    return cluster;
  }
  return model::fail(ErrorCode::broker_not_available, "no broker answers: " + why);
}

Result<protocol::MetadataResponse> Cluster::metadata(
    const std::optional<std::vector<std::string>>& topics) {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  request.topics.reset();
  if (topics) {
    request.topics.emplace();
    for (const std::string& topic : *topics) request.topics->push_back({.name = topic});
  }
  constexpr protocol::Versions creating_nothing{4, protocol::MetadataRequest::versions.last};
  const auto answer = bootstrap_->call(request, creating_nothing);
  if (!answer) return model::fail(answer.error());
  const auto& metadata = answer->as<protocol::MetadataResponse>();
  learn(metadata);
  if (addresses_.empty())
    return model::fail(ErrorCode::broker_not_available, "the cluster lists no broker");
  return metadata;
}

void Cluster::learn(const protocol::MetadataResponse& answer) {
  for (const auto& broker : answer.brokers)
    addresses_[BrokerId{broker.node_id}] = {broker.host, std::to_string(broker.port)};
  std::erase_if(addresses_, [&](const auto& known) {
    return std::ranges::none_of(answer.brokers, [&](const auto& broker) {
      return BrokerId{broker.node_id} == known.first;
    });
  });
  controller_ = BrokerId{answer.controller_id};
}

// What is stale then shows in the next attempt.
void Cluster::refresh() { static_cast<void>(metadata(std::vector<std::string>{})); }

std::vector<BrokerId> Cluster::brokers() const {
  std::vector<BrokerId> ids;
  ids.reserve(addresses_.size());
  for (const auto& [id, address] : addresses_) ids.push_back(id);
  return ids;
}

Result<BrokerConnection*> Cluster::connection_to(BrokerId broker) {
  if (const auto open = connections_.find(broker); open != connections_.end()) return &open->second;
  const auto address = addresses_.find(broker);
  if (address == addresses_.end())
    return model::fail(ErrorCode::broker_not_available,
                       fmt::format("there is no broker {}", to_string(broker)));
  auto connection = BrokerConnection::open(address->second, options_.timeout, client_id_);
  if (!connection) return model::fail(std::move(connection.error()));
  return &connections_.emplace(broker, std::move(*connection)).first->second;
}

Result<protocol::AnyMessage> Cluster::exchange(BrokerId broker, protocol::MessageView request,
                                               protocol::Versions usable) {
  const auto connection = connection_to(broker);
  if (!connection) return model::fail(connection.error());
  auto answer = (*connection)->call(request, usable);
  // Nothing more is to be had from a connection that broke off in the middle.
  if (!answer && answer.error().code == ErrorCode::network_exception) connections_.erase(broker);
  return answer;
}

Result<BrokerId> Cluster::coordinator_of(const std::string& group) {
  protocol::FindCoordinatorRequest request;
  request.coordinator_keys = {group};
  constexpr protocol::Versions of_many{4, 6};
  return persist([&]() -> Result<BrokerId> {
    const auto answer = ask_any<protocol::FindCoordinatorResponse>(request, of_many);
    if (!answer) return model::fail(answer.error());
    if (answer->coordinators.size() != 1) return model::fail(ErrorCode::unknown_server_error);
    const auto& found = answer->coordinators.front();
    if (found.error_code != ErrorCode::none)
      return model::fail(error_of(found.error_code, found.error_message));
    return BrokerId{found.node_id};
  });
}

model::Error error_of(ErrorCode code, const std::optional<std::string>& message) {
  return {code, message.value_or("")};
}

}  // namespace gregor::cli
