// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What goes between a broker and the coordination service, in words: "set /controller_epoch",
// "get /brokers/ids", "NO_NODE".
#pragma once

#include <string>
#include <string_view>

#include "coordination/port.h"

namespace gregor::simulation {

std::string to_text(const coordination::Request& request);
std::string to_text(const coordination::Reply& reply);
std::string to_text(const coordination::WatchFired& watch);
inline std::string to_text(std::string_view text) { return std::string(text); }

}  // namespace gregor::simulation
