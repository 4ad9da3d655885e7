// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How `gregor log` writes what it found: for people, or as one JSON document that is written while
// the files are read, so that a log of any size can be dumped.
#pragma once

#include <memory>
#include <string>

#include "log/dump.h"
#include "log/verify.h"

namespace gregor::cli {

// Called in the order: (begin_folder (begin_file row* end_file)* end_folder)* end.
class DumpOutput {
 public:
  virtual ~DumpOutput() = default;
  virtual void begin_folder(const std::string& folder) = 0;
  virtual void begin_file(const std::string& name) = 0;
  virtual void row(const log::DumpRow& row) = 0;
  virtual void end_file() = 0;
  virtual void end_folder() = 0;
  virtual void end() = 0;
};
std::unique_ptr<DumpOutput> make_dump_output(bool json);

class VerifyOutput {
 public:
  virtual ~VerifyOutput() = default;
  virtual void folder(const std::string& folder, const log::VerifyReport& report) = 0;
  virtual void end(bool all_sound) = 0;
};
std::unique_ptr<VerifyOutput> make_verify_output(bool json);

}  // namespace gregor::cli
