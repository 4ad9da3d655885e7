// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Damage to files at rest, while the node is down: what a bad disk does to segments of logs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/prng.h"

namespace gregor::jepsen {

// Some of the segments below the folder are chosen and hurt; what was done, one sentence for each
// ("t-0/00000000000000000000.log: bit 3 of byte 517 flipped"). Files that are empty are left alone.
std::vector<std::string> flip_bits(const std::filesystem::path& data, base::Prng& prng);
// Their ends are cut off, anywhere in the second half.
std::vector<std::string> cut_tails(const std::filesystem::path& data, base::Prng& prng);

}  // namespace gregor::jepsen
