// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/name_lookup.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/asio.h"

namespace gregor::server {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Outlives its NameLookup until the operating system has answered; `on_resolved` is empty then.
struct NameLookup::State {
  State(boost::asio::io_context& context, OnResolved callback)
      : resolver(context), on_resolved(std::move(callback)) {}

  tcp::resolver resolver;
  OnResolved on_resolved;
};

namespace {

NameLookup::Address address_of(const tcp::endpoint& endpoint) {
  NameLookup::Address address;
  address.size = static_cast<socklen_t>(endpoint.size());
  std::memcpy(&address.bytes, endpoint.data(), endpoint.size());
  return address;
}

}  // namespace

NameLookup::NameLookup(EventLoop& loop, const std::string& host, std::uint16_t port,
                       OnResolved on_resolved)
    : state_(std::make_shared<State>(loop.context(), std::move(on_resolved))) {
  state_->resolver.async_resolve(
      host, std::to_string(port),
      [state = state_, host](const error_code& error, const tcp::resolver::results_type& found) {
        const OnResolved callback = std::exchange(state->on_resolved, nullptr);
        if (!callback) return;
        std::vector<Address> addresses;
        for (const auto& entry : found) addresses.push_back(address_of(entry.endpoint()));
        if (error || addresses.empty())
          return callback(model::fail(model::ErrorCode::network_exception,
                                      "cannot resolve " + host + ": " + error.message()));
        callback(std::move(addresses));
      });
}

NameLookup::~NameLookup() {
  state_->on_resolved = nullptr;
  state_->resolver.cancel();
}

}  // namespace gregor::server
