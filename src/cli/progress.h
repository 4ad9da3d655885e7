// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One line on standard error that says how far long work has come; only where a terminal reads it.
#pragma once

#include <chrono>
#include <string>

namespace gregor::cli {

class Progress {
 public:
  Progress();
  ~Progress();  // takes the line away
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A few times a second, however often it is called.
  void show(const std::string& text);

 private:
  bool on_terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace gregor::cli
