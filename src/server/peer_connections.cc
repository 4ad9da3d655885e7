// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/peer_connections.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/assert.h"
#include "broker/messages.h"
#include "server/clock.h"

namespace gregor::server {

PeerConnections::PeerConnections(ConnectionResources& resources, Host& host)
    : resources_(resources), host_(host), timer_(resources.loop, [this] {
        close_overdue();
        host_.end_turn();
      }) {}

void PeerConnections::send(broker::PeerRequest request) {
  PeerKey key{request.to, request.lane};
  std::unique_ptr<PeerConnection>& connection = by_key_[key];
  PeerConnection::Host& host = *this;
  if (connection == nullptr)
    connection = std::make_unique<PeerConnection>(std::move(key), resources_, host);
  connection->send(std::move(request));
  set_timer();
}

void PeerConnections::peer_replied(broker::PeerRequestId id, base::BytesView frame) {
  host_.peer_event(broker::PeerReplied{id, frame});
  set_timer();
}

void PeerConnections::peer_closed(PeerConnection& connection,
                                  std::vector<broker::PeerRequestId> unanswered,
                                  const std::string& reason) {
  const auto found = by_key_.find(connection.key());
  ASSERT(found != by_key_.end() && found->second.get() == &connection);
  if (closed_.empty()) resources_.loop.post([this] { closed_.clear(); });  // it is at work still
  closed_.push_back(std::move(found->second));
  const broker::PeerAddress address = connection.key().address;
  by_key_.erase(found);
  set_timer();
  for (const broker::PeerRequestId id : unanswered)
    host_.peer_event(
        broker::PeerFailed{id, fmt::format("{}:{}: {}", address.host, address.port, reason)});
}

void PeerConnections::set_timer() {
  std::optional<model::Instant> first;
  for (const auto& [key, connection] : by_key_) {
    const auto deadline = connection->deadline();
    if (deadline && (!first || *deadline < *first)) first = deadline;
  }
  timer_.set(first);
}

void PeerConnections::close_overdue() {
  const model::Instant now = monotonic_now();
  std::vector<PeerKey> overdue;
  for (const auto& [key, connection] : by_key_)
    if (const auto deadline = connection->deadline(); deadline && *deadline <= now)
      overdue.push_back(key);
  for (const PeerKey& key : overdue)
    if (const auto found = by_key_.find(key); found != by_key_.end())
      found->second->close("no answer in time");
  set_timer();
}

}  // namespace gregor::server
