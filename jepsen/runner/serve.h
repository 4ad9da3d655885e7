// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor jepsen serve`: a store of runs for a browser.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "model/result.h"

namespace gregor::jepsen {

struct ServeOptions {
  std::filesystem::path store = "store";
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any that is free
};

// Serves until SIGINT or SIGTERM; an error if nothing can be served at that address. `on_ready` is
// told the port.
model::Result<> serve(const ServeOptions& options,
                      const std::function<void(std::uint16_t)>& on_ready);

}  // namespace gregor::jepsen
