// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A connection to one broker: a request goes out, its answer comes back, in the newest version that
// both sides have. Blocking, with a deadline on everything.
#pragma once

#include <chrono>
#include <map>

#include "cli/client_options.h"
#include "model/result.h"
#include "protocol/message.h"
#include "server/descriptor.h"

namespace gregor::cli {

class BrokerConnection {
 public:
  // Connects and asks which versions the broker serves. Errors are broker_not_available, with the
  // system's words.
  static model::Result<BrokerConnection> open(const Address& address,
                                              std::chrono::milliseconds timeout,
                                              std::string client_id);

  // The answer to a request. unsupported_version: the broker serves none of the `usable` versions;
  // network_exception: it hung up or kept silent too long.
  model::Result<protocol::AnyMessage> call(protocol::MessageView request,
                                           protocol::Versions usable);

  // The versions of each API that the broker listed.
  [[nodiscard]] const std::map<model::ApiKey, protocol::Versions>& served() const {
    return served_;
  }

 private:
  BrokerConnection(server::Descriptor socket, std::string name, std::string client_id)
      : socket_(std::move(socket)), name_(std::move(name)), client_id_(std::move(client_id)) {}

  model::Result<> learn_versions();
  model::Result<protocol::AnyMessage> exchange(protocol::MessageView request,
                                               model::ApiVersion version);
  model::Result<> send(base::BytesView bytes);
  model::Result<base::Bytes> receive_frame();
  model::Result<> receive(base::Bytes& to, std::size_t count);
  [[nodiscard]] std::unexpected<model::Error> broken(const char* what) const;

  server::Descriptor socket_;
  std::string name_;  // "host:port", for people
  std::string client_id_;
  std::map<model::ApiKey, protocol::Versions> served_;
  std::int32_t last_correlation_id_ = 0;
};

}  // namespace gregor::cli
