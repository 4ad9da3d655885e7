// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <array>

#include "base/prng.h"
#include "load/options.h"

namespace gregor::bench {

std::string payload(std::size_t size) {
  static constexpr std::array words = {"offset",   "leader",  "epoch",     "replica",
                                       "consumer", "segment", "timestamp", "partition",
                                       "value",    "commit",  "fetch",     "true"};
  base::Prng prng(42);
  std::string text = "{";
  while (text.size() < size) {
    text += '"';
    text += words[prng.below(words.size())];
    text += "\":";
    text += std::to_string(prng.below(1'000'000));
    text += ',';
  }
  text.resize(size);
  return text;
}

}  // namespace gregor::bench
