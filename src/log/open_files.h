// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The files that the logs of a shard read now and then: closed segments and their indexes. Ten
// thousand partitions have more files than a process may open, so only the most recently opened
// ones stay open; whoever reads from a file keeps a weak reference and opens it again when it is
// gone. (The files that are being appended to belong to their segments.)
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "log/disk.h"

namespace gregor::log {

class OpenFiles {
 public:
  static constexpr std::size_t limit_default = 512;

  explicit OpenFiles(Disk& disk, std::size_t limit = limit_default);

  [[nodiscard]] Disk& disk() { return disk_; }

  // The file behind `handle` if it is still open, else opens `path` for reading and lets `handle`
  // refer to it. Null when there is no such file.
  Result<FilePtr> open(std::weak_ptr<File>& handle, const std::string& path);

  // Called before a file is removed, so that its space becomes free.
  void close(const std::weak_ptr<File>& handle);

 private:
  Disk& disk_;
  std::vector<FilePtr> files_;  // a ring: the oldest one makes room
  std::size_t limit_;
  std::size_t next_ = 0;
};

}  // namespace gregor::log
