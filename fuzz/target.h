// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a fuzz target is. Each <name>_fuzz.cc defines the functions below; it is linked once with
// libFuzzer (libfuzzer.cc adds the mutator) and once with replay.cc, which needs no fuzzer.
//
// A finding is an abort: of an ASSERT in the target or in what it calls, or of a sanitizer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"

// As libFuzzer and AFL++ want it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace gregor::fuzz {

// An input from chance which makes sense: most of it is accepted.
base::Bytes make_input(base::Prng& prng);

// Changes an input where its structure is known; most of it stays acceptable.
void change_input(base::Bytes& input, base::Prng& prng);

// Inputs from what the checkout keeps of Kafka's own bytes (golden frames, log folders, …).
std::vector<base::Bytes> golden_inputs(const std::string& checkout);

// No single allocation may be larger while an input of this size runs.
std::size_t allocation_bytes_max(std::size_t input_bytes);

}  // namespace gregor::fuzz
