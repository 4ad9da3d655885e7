// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The addresses of a host, asked of the operating system without holding up the loop.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/result.h"
#include "server/event_loop.h"

namespace gregor::server {

class NameLookup {
 public:
  struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
  };
  using OnResolved = std::function<void(model::Result<std::vector<Address>>)>;

  // Calls back once, on the loop's thread and never before this returns, with at least one address
  // or with network_exception. `host` may be a name or a numeric address.
  NameLookup(EventLoop& loop, const std::string& host, std::uint16_t port, OnResolved on_resolved);
  ~NameLookup();  // nothing is called afterwards
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gregor::server
