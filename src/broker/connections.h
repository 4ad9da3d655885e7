// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The connections of a shard. Of each at most one request is being handled, which is how pipelined
// requests are answered in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "broker/identity.h"

namespace gregor::broker {

// What is known of the client; shared by its requests, also when they go to another shard.
struct Client {
  std::string peer;      // "127.0.0.1:40312"
  std::string listener;  // through which it came: it is told this listener's addresses
};

class Connections {
 public:
  void open(ConnectionId id, Client client);
  // Ignores a connection that is not there: a Close of ours may cross with the peer's.
  void close(ConnectionId id);

  // nullptr when it has been closed. May be kept while the connection is not.
  [[nodiscard]] std::shared_ptr<const Client> find(ConnectionId id) const;

  // A request was delivered; it is over when its answer, or the word that it has none, goes out.
  void begin_request(ConnectionId id);
  // False when the connection has been closed meanwhile, so that nothing is to be sent.
  [[nodiscard]] bool end_request(ConnectionId id);

  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  // Requests in progress whose clients still wait.
  [[nodiscard]] std::size_t busy() const { return busy_; }
  // Requests that were ever begun.
  [[nodiscard]] std::uint64_t begun() const { return begun_; }

 private:
  struct Connection {
    std::shared_ptr<const Client> client;
    bool busy = false;
  };
  std::unordered_map<ConnectionId, Connection> connections_;  // never iterated
  std::size_t busy_ = 0;
  std::uint64_t begun_ = 0;
};

}  // namespace gregor::broker
