// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What must reach stable storage for a log to be durable up to an offset: a value that a log hands
// out, any thread runs, and the log gets back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/disk.h"
#include "model/ids.h"

namespace gregor::log {

struct SyncJob {
  std::vector<FilePtr> files = {};
  std::vector<std::string> folders = {};  // after the files: names must not outlive their content
  model::Offset up_to;           // everything below is durable when all of it has succeeded
  model::Offset names_up_to;     // base of the last segment whose name is durable then
  std::uint64_t generation = 0;  // of the log: what was cut since makes the job meaningless
};

// Blocks. Stops at the first failure.
Result<> run(Disk& disk, const SyncJob& job);

}  // namespace gregor::log
