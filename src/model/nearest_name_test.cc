// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/nearest_name.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <vector>

namespace gregor::model {
namespace {

TEST(NearestName, IsTheOneThatWasMeant) {
  const struct {
    std::string_view written, meant;
  } cases[] = {
      {"num.partition", "num.partitions"},
      {"log.dir", "log.dir"},
      {"logs.dirs", "log.dirs"},
      {"log.retention.hour", "log.retention.hours"},
      {"auto.create.topic.enable", "auto.create.topics.enable"},
      {"zookeper.connect", "zookeeper.connect"},
      {"advertised.listener", "advertised.listeners"},
      {"message.bytes.max", "message.max.bytes"},
  };
  for (const auto& c : cases) EXPECT_EQ(nearest_name(c.written, broker_settings()), c.meant);
}

TEST(NearestName, IsNoneForWhatResemblesNothing) {
  EXPECT_EQ(nearest_name("", broker_settings()), std::nullopt);
  EXPECT_EQ(nearest_name("qqqqqqqqqqqqqqqqqq", broker_settings()), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'n'), broker_settings()), std::nullopt);
}

// By its definition: the cheapest way to make one of the other.
std::size_t distance_of(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0)
        cost[i][j] = i + j;
      else
        cost[i][j] = std::min({cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1),
                               cost[i - 1][j] + 1, cost[i][j - 1] + 1});
    }
  return cost[a.size()][b.size()];
}

RC_GTEST_PROP(NearestName, IsTheFirstOfThoseThatAreNearest, ()) {
  const auto& row = broker_settings()[*rc::gen::inRange<std::size_t>(0, broker_settings().size())];
  std::string written(row.name);
  for (auto slips = *rc::gen::inRange(0, 12); slips > 0; --slips) {
    const auto at = *rc::gen::inRange<std::size_t>(0, written.size() + 1);
    const char letter = *rc::gen::inRange('a', 'z');
    const int kind = at == written.size() ? 0 : *rc::gen::inRange(0, 3);
    if (kind == 0) written.insert(at, 1, letter);
    if (kind == 1) written.erase(at, 1);
    if (kind == 2) written[at] = letter;
  }
  RC_PRE(!written.empty());
  std::optional<std::string_view> expected;
  std::size_t least = std::min(written.size() / 2, slips_max) + 1;
  for (const auto& candidate : broker_settings()) {
    const std::size_t distance = distance_of(written, candidate.name);
    if (distance >= least) continue;
    expected = candidate.name;
    least = distance;
  }
  RC_ASSERT(nearest_name(written, broker_settings()) == expected);
}

RC_GTEST_PROP(NearestName, SurvivesOneSlipOfTheFinger, ()) {
  const auto& row = broker_settings()[*rc::gen::inRange<std::size_t>(0, broker_settings().size())];
  std::string written(row.name);
  const auto at = *rc::gen::inRange<std::size_t>(0, written.size());
  written[at] = *rc::gen::inRange('a', 'z');
  const auto nearest = nearest_name(written, broker_settings());
  RC_ASSERT(nearest.has_value());
  // Another key may be as near; none may be nearer than the one that was meant.
  const auto differing = [&](std::string_view name) {
    return name.size() == written.size()
               ? std::ranges::count(std::views::iota(std::size_t{0}, name.size()), true,
                                    [&](std::size_t i) { return name[i] != written[i]; })
               : 1;
  };
  RC_ASSERT(differing(*nearest) <= 1);
}

}  // namespace
}  // namespace gregor::model
