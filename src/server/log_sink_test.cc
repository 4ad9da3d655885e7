// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/log_sink.h"

#include <gtest/gtest.h>

namespace gregor::server {
namespace {

TEST(LogSink, WhatAPeerSaysCannotForgeLinesOrMoveTheCursor) {
  EXPECT_EQ(printable("client a\n[2026] ERROR all is lost\x1b[2J\x7f é"),
            "client a\\x0a[2026] ERROR all is lost\\x1b[2J\\x7f é");
}

TEST(LogSink, OneLineAnEventAndNothingBelowTheLeastSeverity) {
  testing::internal::CaptureStderr();
  const LogSink sink = standard_error_sink(broker::Severity::warning);
  sink(broker::Severity::info, "quiet");
  sink(broker::Severity::warning, "two\nlines");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("quiet"), std::string::npos);
  EXPECT_TRUE(text.ends_with("two\\x0alines\n")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "no colour, no terminal";
}

TEST(LogSink, LeastSeverityChangesForAllCopies) {
  int lines = 0;
  const LogSink sink = [&](broker::Severity, std::string_view) { ++lines; };
  const LogSink copy = sink;
  copy(broker::Severity::debug, "told");
  sink.set_least(broker::Severity::error);
  copy(broker::Severity::warning, "dropped");
  copy(broker::Severity::error, "told");
  EXPECT_EQ(lines, 2);
}

}  // namespace
}  // namespace gregor::server
