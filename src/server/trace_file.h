// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The file of a node's structured trace (broker/trace.h): lines are added to what is there. The
// lines of one step are one write, so those of several threads, or of a process that is killed, do
// not mix.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "model/result.h"
#include "server/descriptor.h"

namespace gregor::server {

class TraceFile {
 public:
  // Made if it is not there. Errors: kafka_storage_error, with the system's reason.
  static model::Result<std::unique_ptr<TraceFile>> open(const std::string& path);

  // From any thread. What cannot be written is an error; the trace is incomplete then.
  model::Result<> write(std::string_view lines);

 private:
  TraceFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string path_;
  const Descriptor file_;
};

}  // namespace gregor::server
