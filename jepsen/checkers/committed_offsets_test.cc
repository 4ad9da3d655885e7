// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The exact check of committed offsets against a search over all orders, on small random histories.
#include "jepsen/checkers/committed_offsets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/prng.h"
#include "jepsen/checkers/agreement.h"
#include "jepsen/checkers/check.h"
#include "jepsen/checkers/test_model.h"

namespace gregor::jepsen {
namespace {

struct Call {
  bool commit = false;
  std::int64_t value = nothing;
  Position invoked = 0, completed = 0;
  bool known = true;  // else it ended with info
};

// Which order of the calls would a register answer so?
class Search {
 public:
  explicit Search(std::vector<Call> calls) : calls_(std::move(calls)) {}
  bool finds_order() { return from(0, nothing); }

 private:
  bool from(std::uint32_t done, std::int64_t value) {
    if (!tried_.emplace(done, value).second) return false;
    Position first_return = never;
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if ((done >> i & 1U) == 0 && calls_[i].known)
        first_return = std::min(first_return, calls_[i].completed);
    if (first_return == never) return true;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Call& call = calls_[i];
      if ((done >> i & 1U) != 0 || call.invoked > first_return) continue;
      if (!call.commit && call.value != value) continue;
      if (from(done | 1U << i, call.value)) return true;
    }
    return false;
  }

  std::vector<Call> calls_;
  std::set<std::pair<std::uint32_t, std::int64_t>> tried_;
};

std::vector<Call> random_calls(base::Prng& prng) {
  const auto commits = prng.between(1, 4);
  std::vector<Call> calls;
  for (std::int64_t value = 0; value < commits; ++value)
    calls.push_back({.commit = true, .value = value, .known = !prng.chance(1, 5)});
  for (std::uint64_t fetches = prng.below(5); fetches > 0; --fetches) {
    const auto value = prng.between(-1, commits - 1);
    calls.push_back({.value = value < 0 ? nothing : value});
  }
  // In a random order, mostly short, so that about half of them contradict themselves.
  for (std::size_t i = calls.size(); i > 1; --i) std::swap(calls[i - 1], calls[prng.below(i)]);
  place_calls(calls, prng, prng.below(12 * calls.size()));
  return calls;
}

std::vector<Entry> entries_of(const std::vector<Call>& calls) {
  std::vector<Entry> entries(2 * calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Call& call = calls[i];
    const EntryMicro micro{call.commit ? Kind::commit : Kind::fetched, "g/t-0", call.value};
    Entry entry;
    entry.process = static_cast<std::int32_t>(i);
    entry.function = call.commit ? Function::commit : Function::fetch_offset;
    entry.micros = {{micro.kind, micro.key, call.commit ? call.value : nothing}};
    entries[call.invoked - 1] = entry;
    entry.type = call.known ? Type::ok : Type::info;
    entry.micros = {micro};
    entries[call.completed - 1] = entry;
  }
  return entries;
}

TEST(CommittedOffsets, AgreesWithASearchOfAllOrders) {
  expect_agreement([](base::Prng& prng) {
    const std::vector<Call> calls = random_calls(prng);
    const History history = build(entries_of(calls));
    Findings findings;
    check_committed_offsets(history, micros_by_key(history), findings);
    return Opinions{.checker_finds_nothing = findings.counts().empty(),
                    .search_finds_order = Search(calls).finds_order()};
  });
}

// Calls one after the other.
Report report_of(std::vector<Call> calls) {
  Position place = 0;
  for (Call& call : calls) {
    call.invoked = ++place;
    call.completed = ++place;
  }
  return check(build(entries_of(calls)), {});
}

TEST(CommittedOffsets, EveryClassHasItsName) {
  EXPECT_EQ(report_of({{true, 1}, {false, 1}, {true, 2}, {false, 2}}).verdict, Verdict::valid);
  const struct {
    const char* name;
    std::vector<Call> calls;
  } classes[] = {{"offset-lost", {{true, 1}, {false, nothing}}},
                 {"offset-regress", {{true, 1}, {true, 2}, {false, 1}}},
                 {"phantom-offset", {{true, 1}, {false, 7}}},
                 {"phantom-offset", {{false, 1}, {true, 1}}}};
  for (const auto& [name, calls] : classes) {
    const Report report = report_of(calls);
    EXPECT_EQ(report.verdict, Verdict::invalid) << name;
    EXPECT_TRUE(report.findings.counts().contains(name)) << name;
  }
}

TEST(CommittedOffsets, ValuesThatAreNotUniqueAreNotJudged) {
  EXPECT_EQ(report_of({{true, 1}, {true, 2}, {true, 1}, {false, 1}}).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace gregor::jepsen
