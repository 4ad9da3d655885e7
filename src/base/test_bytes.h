// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Bytes as tests write them down.
#pragma once

#include <initializer_list>

#include "base/bytes.h"

namespace gregor::base {

// Each from 0 to 255.
inline Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

}  // namespace gregor::base
