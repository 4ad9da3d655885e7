// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/sync_job.h"

namespace gregor::log {

Result<> run(Disk& disk, const SyncJob& job) {
  for (const FilePtr& file : job.files) {
    if (auto synced = file->sync(); !synced) return synced;
  }
  for (const std::string& folder : job.folders) {
    if (auto synced = disk.sync_folder(folder); !synced) return synced;
  }
  for (const std::string& path : job.removals) {
    if (auto removed = disk.remove(path); !removed) return removed;
  }
  return {};
}

}  // namespace gregor::log
