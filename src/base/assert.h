// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Assertions that stay on in every build: a broken invariant stops the process with the state that
// broke it, because serving on would do greater harm. They state what our own code guarantees;
// input from outside is checked and answered with an error instead.
#pragma once

#include <string>

namespace gregor::base {

// Prints the condition, its place and the note on standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line,
                                   const std::string& note = {});

}  // namespace gregor::base

// ASSERT(condition) or ASSERT(condition, note): the note (a std::string) is evaluated only on
// failure.
#define ASSERT(condition, ...)                                      \
  (static_cast<bool>(condition) ? void(0)                           \
                                : ::gregor::base::assertion_failed( \
                                      #condition, __FILE__, __LINE__ __VA_OPT__(, ) __VA_ARGS__))
