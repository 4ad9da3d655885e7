// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A life of a log, cut short at each change of the disk in turn. A Life is a LogOnDisk that can
// live (live()), go on where another was cut short (its constructor from that one and what is left
// of its disk), and say whether all is well then (expect_all_is_well(when)).
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "base/prng.h"
#include "log/simulated_disk.h"

namespace gregor::log {

inline constexpr Unsynced outcomes[] = {Unsynced::all_lost,  Unsynced::all_kept,
                                        Unsynced::by_chance, Unsynced::by_chance,
                                        Unsynced::by_chance, Unsynced::by_chance};

// How many changes of the disk a life takes that is not cut short; it is `whole` then.
template <class Life>
std::uint64_t changes_of(void (Life::*live)(), Life& whole) {
  const std::uint64_t before = whole.disk->faults().changes;
  (whole.*live)();
  return whole.disk->faults().changes - before;
}

// The power goes, with each outcome for what was not synced.
template <class Life>
void cut_everywhere(void (Life::*live)(), std::uint64_t changes) {
  for (std::uint64_t last = 0; last <= changes; ++last) {
    Life life;
    life.disk->power_off_after(last);
    (life.*live)();
    std::uint64_t seed = last * 100;
    for (const Unsynced unsynced : outcomes) {
      base::Prng prng(++seed);
      Life next(life, life.disk->after_power_loss(prng, unsynced));
      next.expect_all_is_well("after " + std::to_string(last) + " changes, seed " +
                              std::to_string(seed));
      if (testing::Test::HasFailure()) return;
    }
  }
}

// The recovery that follows the cut after `last` changes is cut short, too, `again` changes later.
template <class Life>
void cut_recovery(const Life& life, std::uint64_t last, std::uint64_t seed, std::uint64_t step) {
  base::Prng prng(last * 10 + seed);
  const auto cut = life.disk->after_power_loss(prng, Unsynced::by_chance);
  for (std::uint64_t again = 0; again < 25; again += step) {
    Life next(life, cut->after_process_death());
    next.disk->power_off_after(again);
    (void)next.try_open();
    next.log.reset();
    next.disk = next.disk->after_power_loss(prng, Unsynced::by_chance);
    next.expect_all_is_well("after " + std::to_string(last) + " changes and " +
                            std::to_string(again) + " of recovery, seed " + std::to_string(seed));
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace gregor::log
