// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The mutator of the libFuzzer builds: half of the changes know the structure of an input, the rest
// are libFuzzer's own (with the dictionary and what it saw compared).

#include <cstring>

#include "bytes.h"
#include "target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned int seed) {
  using namespace gregor;
  base::Prng prng(seed);
  if (size != 0 && prng.chance(1, 2)) return LLVMFuzzerMutate(data, size, size_max);
  base::Bytes input;
  if (size == 0 || prng.chance(1, 16)) {
    input = fuzz::make_input(prng);
  } else {
    input = base::to_bytes(fuzz::Input(data, size).rest());
    fuzz::change_input(input, prng);
  }
  const std::size_t changed = std::min(input.size(), size_max);
  if (changed != 0) std::memcpy(data, input.data(), changed);
  return changed;
}
