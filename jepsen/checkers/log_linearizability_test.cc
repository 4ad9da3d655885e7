// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The exact check of logs against a search over all orders, on small random histories.
#include "jepsen/checkers/log_linearizability.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "base/prng.h"
#include "jepsen/checkers/agreement.h"
#include "jepsen/checkers/test_model.h"

namespace gregor::jepsen {
namespace {

struct Call {
  Kind kind = Kind::send;  // send: fills `offset`; poll: saw it; end: was told that it is the end
  std::int64_t offset = 0;
  Position invoked = 0, completed = 0;
  bool known = true;  // else it ended with info
};

// Wing and Gong's search with Lowe's memory of what was tried: which order of the calls would a log
// answer so? Offsets that no call is known to have filled may fill at any time.
class Search {
 public:
  explicit Search(std::vector<Call> calls) : calls_(std::move(calls)) {
    for (const Call& call : calls_) {
      if (call.kind == Kind::send) filled_.insert(call.offset);
      slots_ = std::max(slots_, call.offset + 1);
    }
  }
  bool finds_order() { return from(0, 0); }

 private:
  bool from(std::uint32_t done, std::int64_t length) {
    if (!tried_.emplace(done, length).second) return false;
    Position first_return = never;
    bool complete = true;
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if ((done >> i & 1U) == 0 && calls_[i].known) {
        first_return = std::min(first_return, calls_[i].completed);
        complete = false;
      }
    if (complete) return true;
    if (length < slots_ && !filled_.contains(length) && from(done, length + 1)) return true;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Call& call = calls_[i];
      if ((done >> i & 1U) != 0 || call.invoked > first_return) continue;
      const std::uint32_t then = done | 1U << i;
      if (call.kind == Kind::send && call.offset == length && from(then, length + 1)) return true;
      if (call.kind == Kind::poll && call.offset < length && from(then, length)) return true;
      if (call.kind == Kind::end && call.offset == length && from(then, length)) return true;
    }
    return false;
  }

  std::vector<Call> calls_;
  std::set<std::int64_t> filled_;
  std::int64_t slots_ = 0;
  std::set<std::pair<std::uint32_t, std::int64_t>> tried_;
};

std::vector<Call> random_calls(base::Prng& prng) {
  const auto appends = prng.between(1, 4);
  std::vector<Call> calls;
  for (std::int64_t offset = 0; offset < appends; ++offset)
    calls.push_back({.offset = offset, .known = !prng.chance(1, 5)});
  for (std::uint64_t reads = prng.below(4); reads > 0; --reads) {
    const bool tail = prng.chance(1, 2);
    calls.push_back({.kind = tail ? Kind::end : Kind::poll,
                     .offset = prng.between(0, appends - (tail ? 0 : 1))});
  }
  // Mostly short calls in the order of the offsets: else nearly everything contradicts itself.
  place_calls(calls, prng, prng.below(6 * calls.size()));
  return calls;
}

std::vector<Entry> entries_of(const std::vector<Call>& calls) {
  std::vector<Entry> entries(2 * calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Call& call = calls[i];
    EntryMicro micro{call.kind, key_name(0), call.offset, call.offset};
    if (!call.known) micro.offset = nothing;
    Entry entry;
    entry.process = static_cast<std::int32_t>(i);
    entry.function = call.kind == Kind::send   ? Function::send
                     : call.kind == Kind::poll ? Function::poll
                                               : Function::list_offsets;
    if (call.kind == Kind::send) entry.micros = {micro};
    entries[call.invoked - 1] = entry;
    entry.type = call.known ? Type::ok : Type::info;
    entry.micros = {micro};
    entries[call.completed - 1] = entry;
  }
  return entries;
}

// Nobody knows where a send that ended with info and that nobody read went, if anywhere.
std::vector<Call> without_unknown(std::vector<Call> calls) {
  const auto is_read = [&](std::int64_t offset) {
    return std::ranges::any_of(
        calls, [&](const Call& call) { return call.kind == Kind::poll && call.offset == offset; });
  };
  std::vector<Call> left;
  for (const Call& call : calls)
    if (call.known || is_read(call.offset)) left.push_back(call);
  return left;
}

TEST(LogLinearizability, AgreesWithASearchOfAllOrders) {
  expect_agreement([](base::Prng& prng) {
    const std::vector<Call> calls = random_calls(prng);
    const History history = build(entries_of(calls));
    Findings findings;
    check_log_linearizability(history, micros_by_key(history), true, findings);
    return Opinions{.checker_finds_nothing = !findings.counts().contains("log-linearizability"),
                    .search_finds_order = Search(without_unknown(calls)).finds_order()};
  });
}

// A deposed leader that does not know it yet tells an old end; that readers and writers agree is
// another question.
TEST(LogLinearizability, EndsNeedNotBeFreshWhereThatIsSaid) {
  std::vector<Call> calls = {{.offset = 0, .invoked = 1, .completed = 2},
                             {.kind = Kind::end, .offset = 0, .invoked = 3, .completed = 4}};
  const auto found = [&] {
    const History history = build(entries_of(calls));
    Findings findings;
    check_log_linearizability(history, micros_by_key(history), false, findings);
    return findings.counts();
  };
  EXPECT_TRUE(found().contains("stale-tail"));
  EXPECT_FALSE(found().contains("log-linearizability"));
  calls.push_back({.offset = 2, .invoked = 5, .completed = 6});
  calls.push_back({.offset = 1, .invoked = 7, .completed = 8});
  EXPECT_TRUE(found().contains("log-linearizability"));
}

// Two operations that contradict each other, and nothing else, are what is reported.
TEST(LogLinearizability, TheWitnessIsThePairThatContradictsItself) {
  const std::vector<Call> calls = {{.offset = 0, .invoked = 5, .completed = 6},
                                   {.offset = 1, .invoked = 1, .completed = 2},
                                   {.kind = Kind::poll, .offset = 1, .invoked = 3, .completed = 4}};
  const History history = build(entries_of(calls));
  Findings findings;
  check_log_linearizability(history, micros_by_key(history), true, findings);
  ASSERT_FALSE(findings.kept().empty());
  const Anomaly& anomaly = findings.kept().front();
  ASSERT_EQ(anomaly.operations.size(), 2U);
  EXPECT_EQ(history.operations[anomaly.operations[0]].invoked, 5U);
  EXPECT_EQ(history.operations[anomaly.operations[1]].invoked, 1U);
}

}  // namespace
}  // namespace gregor::jepsen
