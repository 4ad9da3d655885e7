// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/connections.h"

#include <utility>

#include "base/assert.h"

namespace gregor::broker {

void Connections::open(ConnectionId id, Client client) {
  auto shared = std::make_shared<const Client>(std::move(client));
  const bool fresh = connections_.emplace(id, Connection{std::move(shared)}).second;
  ASSERT(fresh, "connection " + to_string(id) + " opened twice");
}

void Connections::close(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (found->second.busy) --busy_;
  connections_.erase(found);
}

std::shared_ptr<const Client> Connections::find(ConnectionId id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.client;
}

void Connections::begin_request(ConnectionId id) {
  Connection& connection = connections_.at(id);
  ASSERT(!connection.busy, "connection " + to_string(id) + " has a request in progress");
  connection.busy = true;
  ++busy_;
  ++begun_;
}

bool Connections::end_request(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  ASSERT(found->second.busy, "connection " + to_string(id) + " is answered twice");
  found->second.busy = false;
  --busy_;
  return true;
}

}  // namespace gregor::broker
