// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where brokers reach each other: at the listener that inter.broker.listener.name names.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "broker/peer.h"
#include "controller/image.h"
#include "model/broker_settings.h"

namespace gregor::broker {

// nullopt when the broker has no such listener.
inline std::optional<PeerAddress> listener_address(const controller::Broker& broker,
                                                   const model::BrokerSettings& settings) {
  const auto found = std::ranges::find(broker.endpoints, settings.inter_broker_listener_name,
                                       &controller::Endpoint::listener);
  if (found == broker.endpoints.end()) return std::nullopt;
  return PeerAddress{found->host, static_cast<std::uint16_t>(found->port)};
}

// nullopt also when the broker is not registered.
inline std::optional<PeerAddress> peer_address(const controller::Image& image, model::BrokerId id,
                                               const model::BrokerSettings& settings) {
  const auto broker = image.brokers.find(id);
  if (broker == image.brokers.end()) return std::nullopt;
  return listener_address(broker->second, settings);
}

}  // namespace gregor::broker
