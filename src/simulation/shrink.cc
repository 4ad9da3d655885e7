// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/shrink.h"

#include <algorithm>
#include <span>
#include <utility>

#include "simulation/reduction.h"

namespace gregor::simulation {
namespace {

// An amount above it is one that nobody has limited.
constexpr std::int64_t amount_max = 1 << 16;

class Shrinker {
 public:
  Shrinker(const WorldPlan& plan, const Fails& fails, std::uint64_t worlds_max)
      : fails_(fails), worlds_max_(worlds_max), found_{.plan = plan, .left_out = {}} {}

  Shrunk run() {
    bool smaller = true;
    while (std::exchange(smaller, false)) {
      for (const auto& parts : parts_of(found_.plan)) smaller = thin_out(parts) || smaller;
      for (const Amount& amount : amounts_of(found_.plan)) smaller = lower(amount) || smaller;
    }
    return std::move(found_);
  }

 private:
  bool thin_out(std::vector<std::string> parts) {
    bool smaller = false;
    for (std::size_t many = parts.size(); many > 0; many /= 2)
      for (std::size_t at = 0; at < parts.size();) {
        const auto begin = parts.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t count = std::min(many, parts.size() - at);
        if (!works_without({begin, begin + static_cast<std::ptrdiff_t>(count)})) {
          at += count;
          continue;
        }
        parts.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
        smaller = true;
      }
    return smaller;
  }

  // Between the greatest power of two that is not enough and the next, or what there is now.
  bool lower(const Amount& amount) {
    std::int64_t too_few = amount.least - 1;
    std::int64_t enough = amount.least;
    while (enough < amount.now && !works_with(amount.name, enough)) {
      too_few = enough;
      enough = std::max<std::int64_t>(2 * enough, 1);
      if (enough >= amount_max) return false;
    }
    enough = std::min(enough, amount.now);
    for (; too_few + 1 < enough;) {
      const std::int64_t middle = too_few + (enough - too_few) / 2;
      (works_with(amount.name, middle) ? enough : too_few) = middle;
    }
    return enough < amount.now;
  }

  bool works_with(const std::string& name, std::int64_t amount) {
    return works_without({name + "=" + std::to_string(amount)});
  }

  // Then they stay away.
  bool works_without(const std::vector<std::string>& parts) {
    WorldPlan plan = found_.plan;
    std::vector<std::string> gone;
    for (const std::string& part : parts)
      if (leave_out(plan, part)) gone.push_back(part);
    if (gone.empty() || found_.worlds == worlds_max_) return false;
    ++found_.worlds;
    if (!fails_(plan)) return false;
    found_.plan = std::move(plan);
    for (std::string& part : gone) note(std::move(part));
    return true;
  }

  // Of an amount the last value counts.
  void note(std::string part) {
    if (const auto sign = part.find('='); sign != std::string::npos)
      std::erase_if(found_.left_out, [name = part.substr(0, sign + 1)](const std::string& before) {
        return before.starts_with(name);
      });
    found_.left_out.push_back(std::move(part));
  }

  const Fails& fails_;
  const std::uint64_t worlds_max_;
  Shrunk found_;
};

}  // namespace

Shrunk shrink(const WorldPlan& plan, const Fails& fails, std::uint64_t worlds_max) {
  return Shrinker(plan, fails, worlds_max).run();
}

}  // namespace gregor::simulation
