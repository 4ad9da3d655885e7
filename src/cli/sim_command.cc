// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor sim`: whole clusters in one deterministic process, a seed each.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/sim_batch.h"
#include "cli/sim_picture.h"
#include "cli/sim_shrink.h"
#include "simulation/marks.h"
#include "simulation/reduction.h"
#include "simulation/scenario.h"
#include "simulation/world.h"

namespace gregor::cli {
namespace {

constexpr const char* sim_details =
    "Examples:\n"
    "  gregor sim --seeds 1000 --jobs 2        that many worlds, from a seed of its own each time\n"
    "  gregor sim --minutes 5 --json           as many as fit, as one JSON document\n"
    "  gregor sim --seed 7 --transcript        one world, and all that was said in it\n"
    "  gregor sim --first 1 --seeds 50 --twice seeds 1 to 50, each twice: the effects must be the "
    "same\n"
    "  gregor sim --seed 7 --html world.html   who sent what to whom, and when, for a browser\n"
    "  gregor sim --seed 7 --shrink            a smaller world that fails as that of seed 7 does\n"
    "\n"
    "Exit codes: 0 no violation, 1 a violation, 2 nothing was run.";

struct SimArguments {
  std::uint64_t seed = 0;
  std::string scenario;  // "": none
  std::uint64_t first = 0;
  std::uint64_t seeds = 0;
  double minutes = 0;
  unsigned jobs = 1;
  std::int32_t brokers = 1;
  bool transcript = false;
  bool twice = false;
  bool shrink = false;
  std::uint64_t tries = 1000;
  std::vector<std::string> without;
  bool json = false;
  std::string trace;  // "": none
  std::string html;   // "": none
};

constexpr std::uint64_t worlds_to_meet_all = 500;

struct Totals {
  std::uint64_t worlds = 0;
  std::uint64_t violated = 0;
  std::uint64_t operations = 0;
  std::uint64_t acknowledgements = 0;
  double simulated_seconds = 0;
  std::map<std::string, std::uint64_t> marks;
  Json failures = Json::array();

  // What a batch of this size should have met and did not.
  [[nodiscard]] std::vector<std::string> not_reached() const {
    std::vector<std::string> missing;
    if (worlds < worlds_to_meet_all) return missing;
    for (const std::string_view mark : simulation::expected_marks)
      if (!marks.contains(std::string(mark))) missing.emplace_back(mark);
    return missing;
  }

  void add(const SimOutcome& outcome) {
    ++worlds;
    operations += outcome.operations;
    acknowledgements += outcome.acknowledgements;
    simulated_seconds += static_cast<double>(outcome.simulated_us) / 1e6;
    for (const auto& [mark, count] : outcome.marks) marks[mark] += count;
    if (outcome.violations.empty()) return;
    ++violated;
    failures.push_back({{"seed", outcome.seed}, {"violations", outcome.violations}});
  }
};

std::string outcome_text(const SimOutcome& outcome, const SimArguments& arguments) {
  std::string text = fmt::format("seed {} violates:\n", outcome.seed);
  for (const std::string& violation : outcome.violations) text += "  " + violation + "\n";
  std::string more;
  if (!arguments.scenario.empty()) more += fmt::format(" --scenario {}", arguments.scenario);
  if (arguments.brokers > 1) more += fmt::format(" --brokers {}", arguments.brokers);
  if (!arguments.without.empty())
    more += fmt::format(" --without {}", fmt::join(arguments.without, ","));
  return text + fmt::format("repeat: gregor sim --seed {}{} --transcript\n", outcome.seed, more);
}

std::string title_of(const simulation::WorldPlan& plan, const SimArguments& arguments) {
  const std::string of = arguments.scenario.empty()
                             ? fmt::format("--brokers {}", plan.brokers.size())
                             : fmt::format("--scenario {}", arguments.scenario);
  return fmt::format("gregor sim --seed {} {}", plan.seed, of);
}

// Runs the world with those who read along; nullopt when something cannot be written.
std::optional<simulation::RunResult> run_with_readers(const simulation::WorldPlan& plan,
                                                      const SimArguments& arguments) {
  simulation::Readers readers;
  if (arguments.transcript)
    readers.transcript = [](simulation::Time at, std::string_view who, std::string_view what) {
      print(fmt::format("{:>12.6f} {:<12} {}\n", static_cast<double>(at.value()) / 1e6, who, what));
    };
  std::ofstream trace;
  if (!arguments.trace.empty()) {
    trace.open(arguments.trace);
    readers.trace = [&trace](std::string_view line) { trace << line << '\n'; };
  }
  std::optional<SimPicture> picture;
  if (!arguments.html.empty()) {
    picture.emplace(arguments.html, title_of(plan, arguments));
    readers.onlooker = &picture->diagram();
  }
  auto result = simulation::run_plan(plan, readers);
  if (picture && !picture->write()) return std::nullopt;
  if (!arguments.trace.empty() && !trace.flush()) {
    complain(fmt::format("{} cannot be written", arguments.trace));
    return std::nullopt;
  }
  return result;
}

// Tells the story, and gives its world.
std::optional<simulation::WorldPlan> plan_of_scenario(const SimArguments& arguments) {
  std::ifstream file(arguments.scenario);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto scenario = simulation::parse_scenario(text);
  if (!file.good() && text.empty()) {
    complain(fmt::format("{} cannot be read", arguments.scenario));
    return std::nullopt;
  }
  if (!scenario) {
    complain(fmt::format("{}: {}", arguments.scenario, scenario.error()));
    return std::nullopt;
  }
  if (arguments.seed != 0) scenario->plan.seed = arguments.seed;
  print(scenario->story + "\n");
  return std::move(scenario->plan);
}

// A world in this process, so that its transcript and a debugger can be had.
int run_one(const SimArguments& arguments) {
  simulation::WorldPlan plan;
  if (arguments.scenario.empty()) {
    plan = simulation::plan_of(arguments.seed, arguments.brokers);
  } else if (auto told = plan_of_scenario(arguments)) {
    plan = std::move(*told);
  } else {
    return exit_usage;
  }
  for (const std::string& part : arguments.without)
    if (!simulation::leave_out(plan, part))
      return usage_error("there is no such part of this world: " + part);
  if (arguments.shrink) return shrink_world(plan, arguments.tries);
  print(fmt::format("seed {}\n", plan.seed));
  const auto ran = run_with_readers(plan, arguments);
  if (!ran) return exit_failed;
  const simulation::RunResult& result = *ran;
  SimOutcome outcome{.seed = plan.seed, .violations = {}, .marks = {}};
  for (const auto& violation : result.violations)
    outcome.violations.push_back(violation.check + ": " + violation.what);
  print(fmt::format(
      "{} operations, {} acknowledged records, {:.1f} simulated seconds, hash {:016x}\n",
      result.operations, result.acknowledgements, static_cast<double>(result.simulated_us) / 1e6,
      result.hash));
  if (outcome.violations.empty()) return exit_ok;
  print(outcome_text(outcome, arguments));
  return exit_failed;
}

int run_many(const SimArguments& arguments) {
  const SimBatch batch{.first_seed = arguments.first,
                       .seeds = arguments.seeds,
                       .seconds = static_cast<std::int64_t>(arguments.minutes * 60),
                       .jobs = arguments.jobs,
                       .brokers = arguments.brokers,
                       .twice = arguments.twice};
  if (!arguments.json) print(fmt::format("seeds from {} on\n", arguments.first));
  Totals totals;
  run_batch(batch, [&](const SimOutcome& outcome) {
    totals.add(outcome);
    if (!outcome.violations.empty() && !arguments.json) print(outcome_text(outcome, arguments));
  });
  if (arguments.json) {
    Answer answer("sim", "failures", true);
    for (const Json& failure : totals.failures) answer.add(failure, "");
    answer.set("first_seed", arguments.first);
    answer.set("worlds", totals.worlds);
    answer.set("violated", totals.violated);
    answer.set("operations", totals.operations);
    answer.set("acknowledged_records", totals.acknowledgements);
    answer.set("simulated_seconds", totals.simulated_seconds);
    answer.set("marks", totals.marks);
    answer.set("not_reached", totals.not_reached());
    answer.finish();
  } else {
    for (const auto& [mark, count] : totals.marks) print(fmt::format("{:>10} {}\n", count, mark));
    print(
        fmt::format("{} worlds, {} with violations; {} operations, {} acknowledged records, "
                    "{:.0f} simulated seconds\n",
                    totals.worlds, totals.violated, totals.operations, totals.acknowledgements,
                    totals.simulated_seconds));
  }
  return totals.violated > 0 ? exit_failed : exit_ok;
}

}  // namespace

void add_sim_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("sim", "Run whole clusters in a simulated world");
  command->footer(sim_details);
  const auto arguments = std::make_shared<SimArguments>();
  CLI::Option* seed = command->add_option("--seed", arguments->seed, "One world, from this seed");
  CLI::Option* scenario =
      command->add_option("--scenario", arguments->scenario, "One world, as this file tells it")
          ->type_name("FILE");
  const auto of_many = [&](CLI::Option* option) { option->excludes(seed)->excludes(scenario); };
  of_many(command->add_option("--first", arguments->first, "The first seed (default: by chance)"));
  of_many(command->add_option("--seeds", arguments->seeds, "So many worlds, of consecutive seeds"));
  of_many(command->add_option("--minutes", arguments->minutes, "As many worlds as fit"));
  of_many(command->add_flag("--twice", arguments->twice, "Each twice, and compare the effects"));
  command->add_option("--brokers", arguments->brokers, "In each world")
      ->check(CLI::Range(1, 7))
      ->excludes(scenario);
  command->add_option("--jobs", arguments->jobs, "Processes")->check(CLI::Range(1, 256));
  const std::vector<CLI::Option*> of_one = {
      command->add_flag("--transcript", arguments->transcript, "Print all that is said and done"),
      command
          ->add_option("--trace", arguments->trace,
                       "A file for the brokers' structured traces (docs/cluster.md)")
          ->type_name("FILE"),
      command
          ->add_option("--html", arguments->html,
                       "A file for its space-time diagram, for a browser (docs/simulation.md)")
          ->type_name("FILE"),
      command->add_flag("--shrink", arguments->shrink, "Find a smaller world that fails alike")
          ->excludes(scenario),
      command->add_option("--tries", arguments->tries, "Worlds that --shrink tries at most (1000)"),
      command->add_option("--without", arguments->without, "Leave these parts of it out (a,b,…)")
          ->delimiter(',')};
  command->add_flag("--json", arguments->json, "As one JSON document");
  command->callback([&action, arguments, seed, scenario, of_one] {
    const bool is_one = seed->count() + scenario->count() > 0;
    const auto given =
        std::ranges::find_if(of_one, [](const auto* option) { return option->count() > 0; });
    const std::string misplaced =
        is_one || given == of_one.end() ? std::string() : (*given)->get_name();
    action = [arguments, is_one, misplaced] {
      if (!misplaced.empty())
        return usage_error(misplaced + " is about one world: say --seed or --scenario");
      if (is_one) return run_one(*arguments);
      if (arguments->seeds == 0 && arguments->minutes <= 0)
        return usage_error("say --seed, --scenario, --seeds or --minutes");
      if (arguments->first == 0) arguments->first = std::random_device()();
      return run_many(*arguments);
    };
  });
}

}  // namespace gregor::cli
