// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/cluster_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/ranges.h"
#include "model/error_code.h"
#include "protocol/messages/metadata.h"

namespace gregor::simulation {

using broker::PeerAddress;
using protocol::Api;

ClusterClient::ClusterClient(Environment& environment, Network& network, HostId host,
                             std::string name, std::vector<PeerAddress> bootstrap)
    : env_(environment),
      network_(network),
      host_(host),
      name_(std::move(name)),
      bootstrap_(std::move(bootstrap)),
      dice_(environment.dice_of("client " + name_)),
      timeout_us_(dice_.between(2, 10) * second) {}

std::int16_t ClusterClient::some_version(model::ApiKey api, std::int16_t least) {
  const protocol::Versions served = protocol::kafka41_advertised(*protocol::find_api(api));
  return static_cast<std::int16_t>(dice_.between(std::max(least, served.first), served.last));
}

// --- requests ---

void ClusterClient::send_any(const PeerAddress& to, const Api& api, protocol::MessageView request,
                             std::int16_t version, bool answered, Body then) {
  const std::int32_t correlation = ++correlation_;
  auto frame = protocol::encode_request_frame({.request_api_key = 0,
                                               .request_api_version = 0,
                                               .correlation_id = correlation,
                                               .client_id = name_,
                                               .unknown_tags = {}},
                                              request, model::ApiVersion(version));
  ASSERT(frame, frame ? "" : frame.error().detail);
  env_.say(name_, [&] {
    return fmt::format("asks {} {} v{} ({})", to.host, api.name, version, correlation);
  });
  Connection& connection = connections_[to];
  if (connection.link == LinkId(0)) connection.link = network_.connect(host_, *this, to);
  if (answered) {
    connection.waiting.push_back({correlation, &api, model::ApiVersion(version), std::move(then)});
    env_.scheduler.after(timeout_us_, [this, to, link = connection.link, correlation] {
      time_out(to, link, correlation);
    });
  }
  if (connection.open)
    network_.send(connection.link, Network::End::caller, std::move(*frame));
  else
    connection.unsent.push_back(std::move(*frame));
}

void ClusterClient::time_out(const PeerAddress& to, LinkId link, std::int32_t correlation) {
  const auto found = connections_.find(to);
  if (found == connections_.end() || found->second.link != link) return;
  const auto& waiting = found->second.waiting;
  if (!base::contains(waiting, correlation, &Waiting::correlation)) return;
  env_.mark("request of a client timed out");
  close(to, "no answer in time");
}

void ClusterClient::close(const PeerAddress& to, const std::string& reason) {
  const auto found = connections_.find(to);
  if (found == connections_.end()) return;
  Connection connection = std::move(found->second);
  connections_.erase(found);
  network_.close(connection.link, Network::End::caller);
  env_.say(name_, [&] { return fmt::format("connection to {} ends: {}", to.host, reason); });
  for (Waiting& waiting : connection.waiting)
    waiting.then(std::unexpected(connection.open ? Unanswered::lost : Unanswered::unsent));
}

void ClusterClient::disconnect() {
  while (!connections_.empty()) close(connections_.begin()->first, "the client leaves");
}

void ClusterClient::undecodable(model::ApiKey api, std::int16_t version, const std::string& why) {
  env_.violate("wire", fmt::format("{}: the answer to {} v{} cannot be read: {}", name_,
                                   protocol::find_api(api)->name, version, why));
}

// --- connections ---

std::optional<PeerAddress> ClusterClient::address_of(LinkId link) const {
  for (const auto& [address, connection] : connections_)
    if (connection.link == link) return address;
  return std::nullopt;
}

void ClusterClient::link_opened(LinkId link) {
  const auto address = address_of(link);
  if (!address) return;
  Connection& connection = connections_.at(*address);
  connection.open = true;
  for (base::Bytes& frame : std::exchange(connection.unsent, {}))
    network_.send(link, Network::End::caller, std::move(frame));
}

void ClusterClient::caller_frame(LinkId link, base::BytesView frame) {
  const auto address = address_of(link);
  if (!address) return;
  Connection& connection = connections_.at(*address);
  if (connection.waiting.empty())
    return env_.violate("wire", name_ + ": an answer that nobody asked for");
  Waiting waiting = std::move(connection.waiting.front());
  connection.waiting.pop_front();
  const auto header = protocol::decode_response_header(*waiting.api, waiting.version, frame);
  if (!header || header->correlation_id != waiting.correlation)
    return env_.violate("wire", fmt::format("{}: {} was answered with another request's answer",
                                            name_, waiting.api->name));
  waiting.then(frame);
}

void ClusterClient::caller_closed(LinkId link, const std::string& reason) {
  if (const auto address = address_of(link)) close(*address, reason);
}

// --- metadata ---

void ClusterClient::with_leader(const model::TopicPartition& partition,
                                std::move_only_function<void(std::optional<Leader>)> then) {
  if (const auto known = leaders_.find(partition); known != leaders_.end())
    return then(known->second);
  refresh(partition.topic, [this, partition, then = std::move(then)]() mutable {
    const auto known = leaders_.find(partition);
    then(known == leaders_.end() ? std::nullopt : std::optional(known->second));
  });
}

void ClusterClient::refresh(const std::string& topic, std::move_only_function<void()> then) {
  protocol::MetadataRequest request;
  request.topics.emplace().emplace_back().name = topic;
  request.allow_auto_topic_creation = false;
  call_any<protocol::MetadataResponse>(
      request, some_version(protocol::MetadataRequest::api_key, 10),
      [this, then = std::move(then)](Answer<protocol::MetadataResponse> answer) mutable {
        if (!answer) return then();
        std::map<std::int32_t, PeerAddress> brokers;
        for (const auto& broker : (*answer)->brokers)
          brokers[broker.node_id] = {broker.host, static_cast<std::uint16_t>(broker.port)};
        for (const auto& [id, address] : brokers) brokers_.insert_or_assign(id, address);
        for (const auto& told : (*answer)->topics) {
          if (told.error_code != model::ErrorCode::none || !told.name) continue;
          topic_ids_[*told.name] = told.topic_id;
          for (const auto& one : told.partitions) {
            const model::TopicPartition partition{*told.name,
                                                  model::PartitionIndex(one.partition_index)};
            // As Kafka's clients: what is older than what was known is no news.
            std::int32_t& latest = epochs_[partition];
            if (one.leader_epoch < latest) continue;
            latest = one.leader_epoch;
            const auto leader = brokers.find(one.leader_id);
            if (one.error_code == model::ErrorCode::none && leader != brokers.end())
              leaders_[partition] = {leader->second, one.leader_epoch};
          }
        }
        then();
      });
}

std::optional<PeerAddress> ClusterClient::address_of(std::int32_t broker) const {
  const auto found = brokers_.find(broker);
  return found == brokers_.end() ? std::nullopt : std::optional(found->second);
}

model::Uuid ClusterClient::topic_id(const std::string& topic) const {
  const auto found = topic_ids_.find(topic);
  return found == topic_ids_.end() ? model::Uuid{} : found->second;
}

std::string ClusterClient::topic_name(const model::Uuid& id) const {
  for (const auto& [name, known] : topic_ids_)
    if (known == id) return name;
  return {};
}

}  // namespace gregor::simulation
