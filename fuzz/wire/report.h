// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a run has seen, and how it is told: as text, as JSON, as JUnit's XML. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/wire/judge.h"
#include "fuzz/wire/traffic.h"

namespace gregor::fuzz::wire {

struct Finding {
  Verdict verdict;
  std::string request;  // "Fetch version 12, damaged"; empty if it is of no request
  // Those that were under way, or had ended since the broker was last seen well.
  std::vector<Conversation> conversations;
  std::uint64_t times = 1;
  // Whether a conversation that hung was at fault once more when there was no other traffic.
  std::optional<bool> again{};
};

struct Tally {
  std::uint64_t sent = 0, answered = 0, silent = 0, closed = 0;
  std::uint64_t unknown = 0;  // cut off by a close before, or by the end of the run
  void count(Outcome outcome);
};

struct Report {
  std::string broker;  // HOST:PORT
  std::uint64_t seed = 0;
  std::string repeat;  // the command of the whole run, without --only
  std::chrono::milliseconds took{0};
  std::uint64_t conversations = 0;
  std::uint64_t probes = 0;
  std::map<Kind, Tally> kinds;
  // Of sound requests, by "Fetch version 12".
  std::map<std::string, Tally> sound;
  std::uint64_t resident_bytes_first = 0, resident_bytes_most = 0;  // 0: nobody looked
  std::vector<Finding> findings;

  void count(const Conversation& conversation, const std::vector<Outcome>& outcomes);
  // The same fault on the same kind of request is one finding, with the bytes of the first.
  void add(Finding finding);
};

inline constexpr std::size_t findings_max = 50;  // further ones are not kept

std::string to_text(const Report& report);
std::string to_json(const Report& report);
std::string to_junit(const Report& report);

}  // namespace gregor::fuzz::wire
