// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace gregor::base {

void assertion_failed(const char* condition, const char* file, int line, const std::string& note) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s%s%s\n", file, line, condition,
               note.empty() ? "" : ": ", note.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace gregor::base
