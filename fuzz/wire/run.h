// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A run: conversations on several connections at once, in time and rate, a probe beside them.
// One thread; everything random is Traffic's.
#pragma once

#include <sys/types.h>

#include <optional>

#include "cli/client_options.h"
#include "fuzz/wire/limits.h"
#include "fuzz/wire/report.h"

namespace gregor::fuzz::wire {

struct RunOptions {
  cli::ClientOptions client;
  std::uint64_t seed = 1;
  std::chrono::milliseconds time{60'000};
  double rate = 500;  // requests a second; 0: as many as can be
  std::size_t connections = 8;
  // Without an answer or a close for so long, a request hangs (what it agreed to wait is added).
  std::chrono::milliseconds deadline{10'000};
  std::optional<std::uint64_t> conversations;  // no more than these
  std::vector<std::uint64_t> only;             // these and no others
  std::optional<pid_t> process;                // of the broker, on this machine
  std::uint64_t growth_bytes_max = std::uint64_t{512} << 20;
  Limits limits;
};

// Fails if the broker cannot be reached in the beginning.
model::Result<Report> run(const RunOptions& options);

}  // namespace gregor::fuzz::wire
