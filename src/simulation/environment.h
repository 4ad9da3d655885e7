// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What everybody in a simulated world shares: its time, its chance, the hash of all that was done,
// what was found wrong, and who listens. One seed decides everything; nothing here may depend on
// the machine that it runs on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"
#include "model/ids.h"
#include "simulation/onlooker.h"
#include "simulation/scheduler.h"

namespace gregor::simulation {

// The hash of everything that came out of the brokers, with its value after each step: where two
// runs of one seed part is where they first differ.
class EffectsHash {
 public:
  void add(base::BytesView bytes);
  void add(std::string_view text) { add(base::as_bytes(text)); }
  void add(std::uint64_t number);
  void end_step() { trail_.push_back(value_); }

  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] const std::vector<std::uint64_t>& trail() const { return trail_; }

 private:
  std::uint64_t value_ = 0x9e3779b97f4a7c15;
  std::vector<std::uint64_t> trail_;
};

// A promise that was broken. `check` is its name in docs/simulation.md.
struct Violation {
  std::string check;
  std::string what;
  Time at;
};

// Chance, as one of those in a world has it.
class Dice : public base::Prng {
 public:
  using base::Prng::Prng;
  template <class Container>
  [[nodiscard]] const auto& pick(const Container& container) {
    return container[below(container.size())];
  }
};

class Environment {
 public:
  explicit Environment(std::uint64_t seed) : seed_(seed) {}

  // Everyone has dice of its own, so that what one draws is the same whatever is left out of the
  // world besides (shrink.h).
  [[nodiscard]] Dice dice_of(std::string_view whose) const;

  Scheduler scheduler;
  EffectsHash effects;
  // Rare branches of the world and how often they were reached.
  std::map<std::string, std::uint64_t, std::less<>> marks;
  std::vector<Violation> violations;
  // Gets each line of the transcript; empty: nobody reads it.
  std::function<void(Time, std::string_view who, std::string_view what)> listener;

  // Gets each line of the brokers' structured traces; empty: nobody reads them.
  std::function<void(std::string_view line)> trace;

  // Is told what else there is to see; nullptr: nobody looks.
  Onlooker* onlooker = nullptr;

  [[nodiscard]] Time now() const { return scheduler.now(); }
  [[nodiscard]] model::Now clock() const;  // of a host whose clock is right
  void mark(std::string_view name) { ++marks[std::string(name)]; }
  void violate(std::string check, std::string what);
  // `what` makes the text, and is called only if somebody reads it.
  template <class What>
  void say(std::string_view who, What&& what) {
    if (listener) listener(now(), who, what());
  }
  void trouble(HostId host, Time until, std::string what) {
    if (onlooker != nullptr) onlooker->troubled({host, now(), until, std::move(what)});
  }

 private:
  const std::uint64_t seed_;
};

}  // namespace gregor::simulation
