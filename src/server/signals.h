// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// SIGTERM, SIGINT and SIGHUP end a program: the first one in good order, the second at once.
#pragma once

#include <functional>
#include <memory>

#include "model/result.h"
#include "server/event_loop.h"

namespace gregor::server {

// To be called before the first thread starts, so that all threads leave these signals to
// StopSignals. A closed pipe is an error of the write from then on, not the end of the process.
void hold_back_signals();

class StopSignals final : Watch::Listener {
 public:
  // `stop` is called on the thread of the loop, at the first signal.
  static model::Result<std::unique_ptr<StopSignals>> open(EventLoop& loop,
                                                          std::function<void()> stop);

 private:
  explicit StopSignals(std::function<void()> stop) : stop_(std::move(stop)) {}
  void on_readable() override;
  void on_writable() override {}

  const std::function<void()> stop_;
  std::unique_ptr<Watch> watch_;
  bool stopping_ = false;
};

}  // namespace gregor::server
