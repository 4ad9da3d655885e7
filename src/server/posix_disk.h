// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The machine's files behind log/disk.h, which states what is promised. Stateless: any thread may
// use it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/disk.h"

namespace gregor::server {

class PosixDisk final : public log::Disk {
 public:
  model::Result<log::FilePtr> open(const std::string& path, log::OpenMode mode) override;
  model::Result<std::vector<log::FolderEntry>> list(const std::string& folder) override;
  model::Result<> create_folder(const std::string& path) override;
  model::Result<> rename(const std::string& from, const std::string& to) override;
  model::Result<> remove(const std::string& path) override;
  model::Result<> sync_folder(const std::string& path) override;
  model::Result<log::DiskSpace> space(const std::string& path) override;
};

// Of a file that a PosixDisk opened; for sendfile.
int descriptor_of(const log::File& file);

// Makes a folder and those above it that are missing, each durable in its parent.
model::Result<> create_folders(log::Disk& disk, const std::string& path);

}  // namespace gregor::server
