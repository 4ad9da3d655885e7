// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/environment.h"

#include <utility>

#include "base/crc32c.h"

namespace gregor::simulation {
namespace {

// When the world begins, by the wall.
constexpr std::int64_t begin_ms = 1'700'000'000'000;

}  // namespace

void EffectsHash::add(base::BytesView bytes) {
  add(std::uint64_t{bytes.size()} << 32U | base::crc32c(bytes));
}

// The finisher of splitmix64.
void EffectsHash::add(std::uint64_t number) {
  std::uint64_t z = (value_ ^ number) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
  value_ = z ^ (z >> 31U);
}

Dice Environment::dice_of(std::string_view whose) const {
  EffectsHash hash;
  hash.add(seed_);
  hash.add(whose);
  return Dice(hash.value());
}

model::Now Environment::clock() const {
  const std::int64_t ms = now().value() / millisecond;
  return {model::Timestamp(begin_ms + ms), model::Instant(ms)};
}

void Environment::violate(std::string check, std::string what) {
  say("check", [&] { return check + ": " + what; });
  violations.push_back({std::move(check), std::move(what), now()});
}

}  // namespace gregor::simulation
