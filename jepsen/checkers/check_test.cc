// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Valid histories raise no alarm; every anomaly that is seeded into one is found, by its name.
#include "jepsen/checkers/check.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "jepsen/checkers/test_model.h"

namespace gregor::jepsen {
namespace {

constexpr int steps = 120;
constexpr CheckOptions strict{.level = Level::strict};

RC_GTEST_PROP(Check, ValidHistoriesRaiseNoAlarm, (std::uint64_t seed)) {
  const History history = build(Model(seed).run(steps));
  const Report report = check(history, strict);
  RC_LOG() << to_text(report, history);
  RC_ASSERT(report.verdict == Verdict::valid);
}

// A valid history, and what happens after it.
class Seeded {
 public:
  explicit Seeded(std::uint64_t seed) : model_(seed), entries_(model_.run(steps)) {}

  // An operation that is alone on its way.
  void does(std::int32_t process, Function function, std::vector<EntryMicro> micros,
            Type type = Type::ok) {
    Entry entry;
    entry.process = process;
    entry.function = function;
    entries_.push_back(entry);
    entry.type = type;
    entry.micros = std::move(micros);
    entries_.push_back(entry);
  }
  // Three records more, acknowledged and read by everybody who wants to.
  void add_three() {
    for (std::int64_t i = 0; i < 3; ++i)
      does(200, Function::send, {{Kind::send, key_name(0), at(i), value(i)}});
    does(201, Function::poll, {read(0), read(1), read(2)});
  }
  [[nodiscard]] std::int64_t at(std::int64_t i) const { return model_.end(0) + i; }
  static std::int64_t value(std::int64_t i) { return 1'000'000 + i; }
  [[nodiscard]] EntryMicro read(std::int64_t i) const {
    return {Kind::poll, key_name(0), at(i), value(i)};
  }
  [[nodiscard]] EntryMicro sent(std::int64_t i) const {
    return {Kind::send, key_name(0), at(i), value(i)};
  }
  [[nodiscard]] History history() const { return build(entries_); }

 private:
  Model model_;
  std::vector<Entry> entries_;
};

struct Class {
  const char* name;
  void (*seed)(Seeded&);
};

// NOLINTNEXTLINE(bugprone-throwing-static-initialization): lambdas without captures
const Class classes[] = {
    {"inconsistent-offsets",
     [](Seeded& s) {
       s.add_three();
       s.does(202, Function::poll, {{Kind::poll, key_name(0), s.at(0), Seeded::value(1)}});
     }},
    {"duplicate",
     [](Seeded& s) {
       s.add_three();
       s.does(202, Function::poll, {{Kind::poll, key_name(0), s.at(3), Seeded::value(1)}});
     }},
    {"G1a",
     [](Seeded& s) {
       s.does(202, Function::send, {s.sent(0)}, Type::fail);
       s.does(203, Function::poll, {s.read(0)});
     }},
    {"phantom", [](Seeded& s) { s.does(202, Function::poll, {s.read(7)}); }},
    {"precommitted-read", [](Seeded& s) { s.does(202, Function::txn, {s.sent(0), s.read(0)}); }},
    {"lost-write",
     [](Seeded& s) {
       s.does(202, Function::send, {s.sent(0)});
       s.does(202, Function::send, {s.sent(1)});
       s.does(203, Function::poll, {s.read(1)});
     }},
    {"unseen", [](Seeded& s) { s.does(202, Function::send, {s.sent(0)}); }},
    {"int-poll-skip",
     [](Seeded& s) {
       s.add_three();
       s.does(202, Function::poll, {s.read(0), s.read(2)});
     }},
    {"int-nonmonotonic-poll",
     [](Seeded& s) {
       s.add_three();
       s.does(202, Function::poll, {s.read(1), s.read(0)});
     }},
    {"poll-skip",
     [](Seeded& s) {
       s.add_three();
       s.does(202, Function::poll, {s.read(0)});
       s.does(202, Function::poll, {s.read(2)});
     }},
    {"nonmonotonic-poll",
     [](Seeded& s) {
       s.add_three();
       s.does(202, Function::poll, {s.read(1)});
       s.does(202, Function::poll, {s.read(1)});
     }},
    {"nonmonotonic-send",
     [](Seeded& s) {
       s.does(202, Function::send, {s.sent(1)});
       s.does(202, Function::send, {s.sent(0)});
     }},
    {"int-nonmonotonic-send",
     [](Seeded& s) { s.does(202, Function::txn, {s.sent(1), s.sent(0)}); }},
    {"int-send-skip",
     [](Seeded& s) {
       s.does(203, Function::send, {s.sent(1)});
       s.does(202, Function::txn, {s.sent(0), s.sent(2)});
     }},
    {"log-linearizability",
     [](Seeded& s) {
       s.does(202, Function::send, {s.sent(1)});
       s.does(203, Function::send, {s.sent(0)});
     }},
    {"stale-tail",
     [](Seeded& s) {
       s.add_three();
       s.does(202, Function::list_offsets, {{Kind::end, key_name(0), s.at(2), nothing}});
     }},
    {"torn-txn",
     [](Seeded& s) {
       s.does(202, Function::txn, {s.sent(0), s.sent(1)});
       s.does(203, Function::send, {s.sent(2)});
       s.does(204, Function::poll, {s.read(0), s.read(2)});
     }},
    {"eos-dup",
     [](Seeded& s) {
       s.does(202, Function::txn, {s.sent(0), {Kind::source, "in-0", 7, Seeded::value(0)}});
       s.does(203, Function::txn, {s.sent(1), {Kind::source, "in-0", 7, Seeded::value(1)}});
     }},
};

RC_GTEST_PROP(Check, EveryClassIsFoundWhereItWasSeeded, (std::uint64_t seed)) {
  for (const Class& seeded_class : classes) {
    Seeded seeded(seed);
    seeded_class.seed(seeded);
    const History history = seeded.history();
    const Report report = check(history, strict);
    RC_LOG() << seeded_class.name << '\n' << to_text(report, history);
    RC_ASSERT(report.verdict == Verdict::invalid);
    RC_ASSERT(report.findings.counts().contains(seeded_class.name));
  }
}

TEST(Check, PositionsRollBackWithAFailedOperationAndBeginAnewWithAnAssignment) {
  Seeded seeded(1);
  seeded.add_three();
  seeded.does(202, Function::poll, {seeded.read(0)});
  seeded.does(202, Function::txn, {seeded.read(1)}, Type::fail);
  seeded.does(202, Function::poll, {seeded.read(1)});
  seeded.does(202, Function::assign, {});
  seeded.does(202, Function::poll, {seeded.read(0)});
  EXPECT_EQ(check(seeded.history(), strict).verdict, Verdict::valid);
}

TEST(Check, LevelsAllowWhatTheySay) {
  Seeded seeded(1);
  seeded.does(202, Function::send, {seeded.sent(0)});
  const History unseen = seeded.history();
  EXPECT_EQ(check(unseen, {}).verdict, Verdict::invalid);
  const Report report = check(unseen, {.final_polls = false});
  EXPECT_EQ(report.verdict, Verdict::valid);
  EXPECT_TRUE(report.allowed.contains("unseen"));
}

TEST(Check, WithoutAcksAllOthersMaySeeARecordLaterButNotNever) {
  Seeded seeded(1);
  seeded.add_three();
  seeded.does(202, Function::list_offsets, {{Kind::end, key_name(0), seeded.at(2), nothing}});
  EXPECT_EQ(check(seeded.history(), {}).verdict, Verdict::invalid);
  EXPECT_EQ(check(seeded.history(), {.acks_all = false}).verdict, Verdict::valid);
  seeded.does(202, Function::send, {seeded.sent(7)});
  EXPECT_EQ(check(seeded.history(), {.acks_all = false}).verdict, Verdict::invalid);
}

TEST(Check, AHistoryOfNothingIsUnknown) {
  EXPECT_EQ(check(History{}, {}).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace gregor::jepsen
