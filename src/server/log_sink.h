// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where lines for the operator go: one line an event. What a peer had a say in cannot forge lines
// or move a terminal's cursor: control characters are shown as \xNN.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "broker/effects.h"

namespace gregor::server {

using LogSink = std::function<void(broker::Severity, std::string_view)>;

// "[2026-03-01 12:00:00,123] INFO text" on standard error, through spdlog; lines below `least` are
// dropped. Colour only on a terminal. May be called from any thread.
LogSink standard_error_sink(broker::Severity least);

std::string printable(std::string_view text);

}  // namespace gregor::server
