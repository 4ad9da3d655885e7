// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/sim_shrink.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <regex>

#include "base/assert.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/sim_batch.h"
#include "simulation/reduction.h"
#include "simulation/shrink.h"
#include "simulation/world.h"

namespace gregor::cli {
namespace {

[[noreturn]] void run_and_tell(const simulation::WorldPlan& plan, int to) {
  ::dup2(to, STDERR_FILENO);
  begin_patience();
  const simulation::RunResult result = simulation::run_plan(plan);
  if (!result.violations.empty()) std::fputs(result.violations.front().check.c_str(), stderr);
  std::fflush(stderr);
  ::_exit(0);
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = ::read(from, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::string failure_of(const simulation::WorldPlan& plan) {
  std::array<int, 2> ends{};
  ASSERT(::pipe(ends.data()) == 0, "no pipes are left");
  std::fflush(nullptr);
  const pid_t process = ::fork();
  ASSERT(process >= 0, "no process can be made");
  if (process == 0) run_and_tell(plan, ends[1]);
  ::close(ends[1]);
  std::string said = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return said;
  if (is_out_of_patience(status)) return "ends";
  std::smatch place;
  const bool told =
      std::regex_search(said, place, std::regex("([^/\\s]+:[0-9]+): assertion failed"));
  return fmt::format("invariants ({})", told ? place[1].str() : "it was aborted");
}

int shrink_world(const simulation::WorldPlan& plan, std::uint64_t worlds_max) {
  const std::string failure = failure_of(plan);
  if (failure.empty()) {
    print(fmt::format("seed {} violates nothing\n", plan.seed));
    return exit_ok;
  }
  print(fmt::format("seed {} violates {}; looking for less that does\n", plan.seed, failure));
  const auto shrunk = simulation::shrink(
      plan, [&](const auto& smaller) { return failure_of(smaller) == failure; }, worlds_max);
  print(
      fmt::format("{}{} worlds were tried\nrepeat: gregor sim --seed {} --brokers {} --transcript",
                  simulation::to_text(shrunk.plan), shrunk.worlds, plan.seed, plan.brokers.size()));
  print(shrunk.left_out.empty() ? "\n"
                                : fmt::format(" --without {}\n", fmt::join(shrunk.left_out, ",")));
  return exit_failed;
}

}  // namespace gregor::cli
