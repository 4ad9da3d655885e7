// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The connections of a simulated broker, as server/connection.cc and server/peer_connections.cc
// keep them.
#include <fmt/format.h>

#include <utility>

#include "protocol/frame.h"
#include "simulation/broker_process.h"

namespace gregor::simulation {

using broker::ConnectionId;

// --- clients: one request of a connection at a time ---

void BrokerProcess::link_accepted(LinkId link, HostId from) {
  const ConnectionId id(next_connection_++);
  const auto shard = static_cast<std::uint32_t>(id.value() % plan_.shards);
  connections_[id] = {.link = link, .shard = shard, .frames = {}};
  by_link_[link] = id;
  post(shard, broker::Event(broker::ConnectionOpened{
                  id, fmt::format("host-{}:{}", from.value(), link.value()), "PLAINTEXT"}));
}

void BrokerProcess::listener_frame(LinkId link, base::BytesView frame) {
  const auto found = by_link_.find(link);
  if (found == by_link_.end()) return;
  connections_.at(found->second).frames.push_back(base::to_bytes(frame));
  hand_over(found->second);
}

void BrokerProcess::hand_over(ConnectionId id) {
  Connection& connection = connections_.at(id);
  if (!connection.busy && !connection.frames.empty()) {
    connection.busy = true;
    base::Bytes frame = std::move(connection.frames.front());
    connection.frames.pop_front();
    post(connection.shard, Request{id, std::move(frame)});
  }
  // With nothing left to read the end of the connection is noticed, also while a request is served.
  if (connection.leaving && connection.frames.empty()) close_connection(id);
}

void BrokerProcess::request_done(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  found->second.busy = false;
  hand_over(id);
}

void BrokerProcess::listener_closed(LinkId link, bool broken) {
  const auto found = by_link_.find(link);
  if (found == by_link_.end()) return network_.close(link, Network::End::listener);
  if (broken) return close_connection(found->second);
  connections_.at(found->second).leaving = true;
  hand_over(found->second);
}

void BrokerProcess::close_connection(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Connection connection = std::move(found->second);
  connections_.erase(found);
  by_link_.erase(connection.link);
  network_.close(connection.link, Network::End::listener);
  post(connection.shard, broker::Event(broker::ConnectionClosed{id}));
}

// --- peers ---

void BrokerProcess::send_to_peer(std::uint32_t shard, broker::PeerRequest request) {
  const PeerKey key{shard, request.to, request.lane};
  auto found = peers_.find(key);
  if (found == peers_.end()) {
    found = peers_.emplace(key, PeerLink{}).first;
    found->second.link = network_.connect(host(), *this, request.to);
  }
  PeerLink& peer = found->second;
  const Time deadline = std::max(env_.now(), Time(request.deadline.value() * millisecond));
  const auto correlation = base::load_big_endian<std::int32_t>(&request.frame[8]);
  peer.waiting.push_back({request.id, correlation, deadline});
  if (peer.open)
    network_.send(peer.link, Network::End::caller, std::move(request.frame));
  else
    peer.unsent.push_back(std::move(request.frame));
  in_this_life(deadline, [this, key] { close_overdue(key); });
}

void BrokerProcess::close_overdue(const PeerKey& key) {
  const auto found = peers_.find(key);
  if (found == peers_.end()) return;
  for (const PeerLink::Waiting& waiting : found->second.waiting)
    if (waiting.deadline <= env_.now()) return close_peer(key, "no answer in time");
}

void BrokerProcess::close_peer(const PeerKey& key, const std::string& reason) {
  const auto found = peers_.find(key);
  if (found == peers_.end()) return;
  const PeerLink peer = std::move(found->second);
  peers_.erase(found);
  network_.close(peer.link, Network::End::caller);
  for (const PeerLink::Waiting& waiting : peer.waiting)
    post(key.shard, broker::Event(broker::PeerFailed{
                        waiting.id, fmt::format("{}:{}: {}", key.to.host, key.to.port, reason)}));
}

std::optional<BrokerProcess::PeerKey> BrokerProcess::peer_of(LinkId link) const {
  for (const auto& [key, peer] : peers_)
    if (peer.link == link) return key;
  return std::nullopt;
}

void BrokerProcess::link_opened(LinkId link) {
  const auto key = peer_of(link);
  if (!key) return;
  PeerLink& peer = peers_.at(*key);
  peer.open = true;
  for (base::Bytes& frame : std::exchange(peer.unsent, {}))
    network_.send(link, Network::End::caller, std::move(frame));
}

void BrokerProcess::caller_frame(LinkId link, base::BytesView frame) {
  const auto key = peer_of(link);
  if (!key) return;
  PeerLink& peer = peers_.at(*key);
  if (frame.size() < sizeof(std::int32_t) || peer.waiting.empty() ||
      base::load_big_endian<std::int32_t>(frame.data()) != peer.waiting.front().correlation)
    return close_peer(*key, "an answer that nobody waits for");
  const broker::PeerRequestId id = peer.waiting.front().id;
  peer.waiting.pop_front();
  post(key->shard, PeerAnswer{id, base::to_bytes(frame)});
}

void BrokerProcess::caller_closed(LinkId link, const std::string& reason) {
  if (const auto key = peer_of(link)) close_peer(*key, reason);
}

}  // namespace gregor::simulation
