// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

namespace gregor::cli {
namespace {

constexpr std::chrono::milliseconds interval{250};
constexpr const char* erase_line = "\r\x1b[K";

}  // namespace

Progress::Progress()
    : on_terminal_(::isatty(STDERR_FILENO) != 0),
      next_(std::chrono::steady_clock::now() + interval) {}  // short work shows nothing

Progress::~Progress() {
  if (shown_) std::fputs(erase_line, stderr);
}

void Progress::show(const std::string& text) {
  if (!on_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + interval;
  shown_ = true;
  std::fprintf(stderr, "%s%s", erase_line, text.c_str());
  std::fflush(stderr);
}

}  // namespace gregor::cli
