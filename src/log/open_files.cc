// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/open_files.h"

#include <algorithm>

#include "base/assert.h"

namespace gregor::log {

OpenFiles::OpenFiles(Disk& disk, std::size_t limit) : disk_(disk), limit_(limit) {
  ASSERT(limit > 0);
}

Result<FilePtr> OpenFiles::open(std::weak_ptr<File>& handle, const std::string& path) {
  if (FilePtr file = handle.lock()) return file;
  auto file = disk_.open(path, OpenMode::read);
  if (!file || !*file) return file;
  handle = *file;
  if (files_.size() < limit_) {
    files_.push_back(*file);
  } else {
    files_[next_] = *file;
    next_ = (next_ + 1) % limit_;
  }
  return file;
}

void OpenFiles::close(const std::weak_ptr<File>& handle) {
  const FilePtr file = handle.lock();
  if (!file) return;
  const auto found = std::find(files_.begin(), files_.end(), file);
  if (found != files_.end()) found->reset();
}

}  // namespace gregor::log
