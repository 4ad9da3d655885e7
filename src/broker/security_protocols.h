// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The names of security protocols, as registrations of brokers carry them; their places are the
// numbers of the wire.
#pragma once

#include <array>
#include <string_view>

#include "model/broker_settings.h"

namespace gregor::broker {

inline constexpr std::array<std::string_view, 4> security_protocols{"PLAINTEXT", "SSL",
                                                                    "SASL_PLAINTEXT", "SASL_SSL"};

constexpr std::string_view name_of(model::SecurityProtocol protocol) {
  return security_protocols.at(static_cast<std::size_t>(protocol));
}

}  // namespace gregor::broker
