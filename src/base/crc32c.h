// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// CRC-32C (Castagnoli): polynomial 0x1edc6f41, bits reflected, started with and finished by all
// ones; the checksum of record batches and of producer snapshots. Uses the processor's own
// instruction where there is one, tables elsewhere; both give the same number.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gregor::base {

std::uint32_t crc32c(BytesView bytes);

// The checksum of a + b, given crc = crc32c(a) and b: bytes may come in pieces. crc32c({}) is 0.
std::uint32_t crc32c_extend(std::uint32_t crc, BytesView bytes);

// The two ways to compute it, for the test that compares them. The first asserts that
// crc32c_hardware_available().
bool crc32c_hardware_available();
std::uint32_t crc32c_extend_by_hardware(std::uint32_t crc, BytesView bytes);
std::uint32_t crc32c_extend_by_table(std::uint32_t crc, BytesView bytes);

}  // namespace gregor::base
