// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Slow work on a disk, as a value: it is handed out, any thread runs it, and whoever handed it out
// gets it back. For a log: what must reach stable storage to make it durable up to an offset.
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
  // At last: files, and folders with all that they hold, that go for ever. One that is not there is
  // no failure.
  std::vector<std::string> removals = {};
  model::Offset up_to;           // everything below is durable when all of it has succeeded
  model::Offset names_up_to;     // base of the last segment whose name is durable then
  std::uint64_t generation = 0;  // of the log: what was cut since makes the job meaningless
};

// Blocks. Stops at the first failure.
Result<> run(Disk& disk, const SyncJob& job);

}  // namespace gregor::log
