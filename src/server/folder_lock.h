// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The `.lock` file of a data folder: whoever holds its lock may write there. The lock is the same
// as Kafka's, so the two exclude each other, and it ends with the process that holds it.
#pragma once

#include <string>

#include "model/result.h"
#include "server/descriptor.h"

namespace gregor::server {

class FolderLock {
 public:
  // Fails when another broker has the folder, or the file cannot be made.
  static model::Result<FolderLock> acquire(const std::string& folder);

 private:
  explicit FolderLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace gregor::server
