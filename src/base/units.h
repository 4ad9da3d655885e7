// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Sizes in bytes, written as people say them: 64_KiB.
#pragma once

#include <cstdint>

namespace gregor::base {

constexpr std::uint64_t operator""_KiB(unsigned long long n) { return n << 10; }
constexpr std::uint64_t operator""_MiB(unsigned long long n) { return n << 20; }
constexpr std::uint64_t operator""_GiB(unsigned long long n) { return n << 30; }

}  // namespace gregor::base
