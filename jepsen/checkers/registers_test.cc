// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The search for an order of a register's operations, against one that tries them all; and what it
// finds in histories of a model that was tampered with.
#include "jepsen/checkers/registers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/prng.h"
#include "jepsen/checkers/agreement.h"
#include "jepsen/checkers/check.h"
#include "jepsen/checkers/test_model.h"

namespace gregor::jepsen {
namespace {

struct Call {
  Kind kind = Kind::read;
  std::int64_t expected = nothing, value = nothing;
  Position invoked = 0, completed = 0;
  Type type = Type::ok;
};

// All orders, without memory and without any cleverness.
bool finds_order(std::vector<Call> left, std::int64_t state) {
  Position first_return = never;
  for (const Call& call : left)
    if (call.type == Type::ok) first_return = std::min(first_return, call.completed);
  if (first_return == never) return true;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Call call = left[i];
    if (call.invoked > first_return) continue;
    if (call.kind == Kind::read && call.value != state) continue;
    if (call.kind == Kind::cas && call.expected != state) continue;
    std::vector<Call> rest = left;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    if (finds_order(std::move(rest), call.value)) return true;
  }
  return false;
}

std::vector<Call> random_calls(base::Prng& prng) {
  const auto some_value = [&] {
    const auto draw = prng.between(0, 2);
    return draw == 0 ? nothing : draw;
  };
  std::vector<Call> calls(1 + prng.below(6));
  for (Call& call : calls) {
    const auto draw = prng.below(4);
    call.kind = draw < 2 ? Kind::read : draw == 2 ? Kind::write : Kind::cas;
    call.expected = call.kind == Kind::cas ? some_value() : nothing;
    call.value = some_value();
    if (call.kind != Kind::read && prng.chance(1, 4)) call.type = Type::info;
    if (prng.chance(1, 8)) call.type = Type::fail;
  }
  place_calls(calls, prng, prng.below(8 * calls.size()));
  return calls;
}

std::vector<Entry> entries_of(const std::vector<Call>& calls) {
  std::vector<Entry> entries(2 * calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Call& call = calls[i];
    Entry entry{.process = static_cast<std::int32_t>(i)};
    entry.function = call.kind == Kind::read    ? Function::read
                     : call.kind == Kind::write ? Function::write
                                                : Function::cas;
    entry.micros = {{call.kind, "t", call.expected, call.value}};
    entries[call.invoked - 1] = entry;
    entry.type = call.type;
    entries[call.completed - 1] = entry;
  }
  return entries;
}

std::map<std::string, std::uint64_t> found_in(const std::vector<Call>& calls) {
  const History history = build(entries_of(calls));
  Findings findings;
  check_registers(history, micros_by_key(history), findings);
  EXPECT_TRUE(findings.unknown().empty());
  return findings.counts();
}

TEST(Registers, AgreesWithATrialOfAllOrders) {
  expect_agreement([](base::Prng& prng) {
    std::vector<Call> calls = random_calls(prng);
    const bool nothing_found = found_in(calls).empty();
    std::erase_if(calls, [](const Call& call) { return call.type == Type::fail; });
    return Opinions{.checker_finds_nothing = nothing_found,
                    .search_finds_order = finds_order(calls, nothing)};
  });
}

TEST(Registers, AReadOfThePastIsToldFromOneThatNothingExplains) {
  expect_agreement([](base::Prng& prng) {
    std::vector<Call> calls = random_calls(prng);
    const bool explained_by_the_past = !found_in(calls).contains("register-linearizability");
    std::erase_if(calls, [](const Call& call) { return call.type == Type::fail; });
    for (Call& call : calls)
      if (call.kind == Kind::read) call.invoked = 0;
    return Opinions{.checker_finds_nothing = explained_by_the_past,
                    .search_finds_order = finds_order(calls, nothing)};
  });
}

// Clients of a register that takes each operation at one instant.
std::vector<Call> model_calls(base::Prng& prng, int steps) {
  struct Client {
    int phase = 0;
    Call call;
  };
  std::vector<Client> clients(5);
  std::vector<Call> calls;
  std::int64_t state = nothing, next_value = 1;
  Position now = 0;
  const auto advance = [&](Client& client) {
    Call& call = client.call;
    if (client.phase == 0) {
      call = {.invoked = ++now};
      const auto draw = prng.below(10);
      call.kind = draw < 5 ? Kind::read : draw < 8 ? Kind::write : Kind::cas;
      if (call.kind != Kind::read) call.value = prng.chance(1, 3) ? nothing : next_value++;
      if (call.kind != Kind::read && prng.chance(1, 30)) call.type = Type::info;
    } else if (client.phase == 1) {
      if (call.kind == Kind::read) call.value = state;
      const bool fits = call.kind != Kind::cas || state == call.expected;
      if (!fits && call.type == Type::ok) call.type = Type::fail;
      const bool happens = fits && (call.type == Type::ok || prng.chance(1, 2));
      if (happens && call.kind != Kind::read) state = call.value;
    } else {
      call.completed = ++now;
      calls.push_back(call);
    }
    client.phase = (client.phase + 1) % 3;
  };
  for (int i = 0; i < steps; ++i) advance(clients[prng.below(clients.size())]);
  for (Client& client : clients)
    while (client.phase != 0) advance(client);
  return calls;
}

RC_GTEST_PROP(Registers, HistoriesOfTheModelRaiseNoAlarmAndTamperedOnesDo, (std::uint64_t seed)) {
  base::Prng prng(seed);
  std::vector<Call> calls = model_calls(prng, 300);
  RC_ASSERT(found_in(calls).empty());
  const auto last = static_cast<Position>(2 * calls.size());
  // Afterwards, one after the other: a value comes back that another had replaced.
  std::vector<Call> stale = calls;
  stale.push_back({Kind::write, nothing, 1'000, last + 1, last + 2});
  stale.push_back({Kind::write, nothing, 1'001, last + 3, last + 4});
  stale.push_back({Kind::read, nothing, 1'000, last + 5, last + 6});
  RC_ASSERT(found_in(stale).contains("stale-read"));
  std::vector<Call> unwritten = calls;
  unwritten.push_back({Kind::read, nothing, 1'000, last + 1, last + 2});
  RC_ASSERT(found_in(unwritten).contains("register-linearizability"));
  // Two that each found the same value there, of which only one can be first.
  std::vector<Call> twice = calls;
  twice.push_back({Kind::write, nothing, 1'000, last + 1, last + 2});
  twice.push_back({Kind::cas, 1'000, 1'001, last + 3, last + 4});
  twice.push_back({Kind::cas, 1'000, 1'002, last + 5, last + 6});
  RC_ASSERT(found_in(twice).contains("register-linearizability"));
}

TEST(Registers, WhatIsTooMuchIsUnknown) {
  base::Prng prng(1);
  const History history = build(entries_of(model_calls(prng, 300)));
  Findings findings;
  check_registers(history, micros_by_key(history), findings, {.steps_max = 10});
  EXPECT_EQ(findings.unknown().size(), 1U);
  check_registers(history, micros_by_key(history), findings, {.operations_max = 10});
  EXPECT_EQ(findings.unknown().size(), 2U);
  EXPECT_TRUE(findings.counts().empty());
}

}  // namespace
}  // namespace gregor::jepsen
