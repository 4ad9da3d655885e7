// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The folder that holds a path, and whose sync makes its name durable.
#pragma once

#include <string>

namespace gregor::log {

inline std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string(".") : path.substr(0, slash);
}

}  // namespace gregor::log
