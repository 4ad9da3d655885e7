// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where lines for the operator go: one line an event. What a peer had a say in cannot forge lines
// or move a terminal's cursor: control characters are shown as \xNN.
#pragma once

#include <atomic>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "broker/effects.h"

namespace gregor::server {

// May be called from any thread; copies share what is the least severity, below which lines are
// dropped.
class LogSink {
 public:
  using Write = std::function<void(broker::Severity, std::string_view)>;

  // A function that writes; at first, it is given every line.
  template <std::invocable<broker::Severity, std::string_view> F>
    requires(!std::same_as<std::remove_cvref_t<F>, LogSink>)
  LogSink(F&& write)  // NOLINT(google-explicit-constructor): a sink is such a function
      : write_(std::forward<F>(write)),
        least_(std::make_shared<std::atomic<broker::Severity>>(broker::Severity::debug)) {}

  void operator()(broker::Severity severity, std::string_view text) const {
    if (severity >= least()) write_(severity, text);
  }
  [[nodiscard]] broker::Severity least() const { return *least_; }
  void set_least(broker::Severity least) const { *least_ = least; }

 private:
  Write write_;
  std::shared_ptr<std::atomic<broker::Severity>> least_;
};

// "[2026-03-01 12:00:00,123] INFO text" on standard error, through spdlog. Colour only on a
// terminal.
LogSink standard_error_sink(broker::Severity least);

std::string printable(std::string_view text);

}  // namespace gregor::server
