// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/sim_batch.h"

#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/assert.h"
#include "simulation/world.h"

namespace gregor::cli {
namespace {

using Clock = std::chrono::steady_clock;

// --- one outcome as a line ---

std::string to_line(const SimOutcome& outcome) {
  return nlohmann::json{{"seed", outcome.seed},
                        {"violations", outcome.violations},
                        {"marks", outcome.marks},
                        {"acknowledgements", outcome.acknowledgements},
                        {"operations", outcome.operations},
                        {"simulated_us", outcome.simulated_us},
                        {"hash", outcome.hash}}
             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

SimOutcome from_line(const std::string& line) {
  const nlohmann::json json = nlohmann::json::parse(line);
  return {.seed = json["seed"],
          .violations = json["violations"],
          .marks = json["marks"],
          .acknowledgements = json["acknowledgements"],
          .operations = json["operations"],
          .simulated_us = json["simulated_us"],
          .hash = json["hash"]};
}

// --- the worker's side ---

void write_all(int to, const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(to, at, size);
    if (written < 0) ::_exit(1);  // nobody listens any more
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

[[noreturn]] void serve(int seeds, int outcomes, const SimBatch& batch) {
  std::uint64_t seed = 0;
  while (::read(seeds, &seed, sizeof(seed)) == static_cast<ssize_t>(sizeof(seed))) {
    begin_patience();
    const std::string line = to_line(simulate(seed, batch.brokers, batch.twice));
    write_all(outcomes, line.data(), line.size());
  }
  ::_exit(0);
}

// --- the batch's side ---

struct Worker {
  pid_t process = -1;
  int seeds = -1;
  int outcomes = -1;
  std::uint64_t seed = 0;  // at work on it
  std::string received;
};

Worker start_worker(const SimBatch& batch) {
  std::array<int, 2> seeds{};
  std::array<int, 2> outcomes{};
  ASSERT(::pipe(seeds.data()) == 0 && ::pipe(outcomes.data()) == 0, "no pipes are left");
  std::fflush(nullptr);
  const pid_t process = ::fork();
  ASSERT(process >= 0, "no process can be made");
  if (process == 0) {
    ::close(seeds[1]);
    ::close(outcomes[0]);
    serve(seeds[0], outcomes[1], batch);
  }
  ::close(seeds[0]);
  ::close(outcomes[1]);
  return {.process = process, .seeds = seeds[1], .outcomes = outcomes[0], .received = {}};
}

// It waits for a seed, or nobody waits for its outcome. (It would not notice the end of its pipe,
// of which its younger siblings hold the other end.) Its wait status.
int end_worker(const Worker& worker) {
  ::kill(worker.process, SIGKILL);
  ::close(worker.seeds);
  ::close(worker.outcomes);
  int status = 0;
  ::waitpid(worker.process, &status, 0);
  return status;
}

// The outcome, once it is whole; of a worker that died, or does not come to an end: that.
std::optional<SimOutcome> look_at(Worker& worker) {
  std::array<char, 65536> buffer{};
  const ssize_t size = ::read(worker.outcomes, buffer.data(), buffer.size());
  if (size > 0) worker.received.append(buffer.data(), static_cast<std::size_t>(size));
  if (worker.received.ends_with('\n')) {
    SimOutcome outcome = from_line(worker.received);
    worker.received.clear();
    return outcome;
  }
  if (size > 0) return std::nullopt;
  const int status = end_worker(worker);
  worker.process = -1;
  return SimOutcome{
      .seed = worker.seed,
      .violations = {is_out_of_patience(status) ? "ends: the world does not come to an end"
                                                : "invariants: the world was aborted"},
      .marks = {}};
}

}  // namespace

void begin_patience() {
  const itimerval once{.it_interval = {}, .it_value = {.tv_sec = 300, .tv_usec = 0}};
  ::setitimer(ITIMER_PROF, &once, nullptr);
}

bool is_out_of_patience(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF; }

SimOutcome simulate(std::uint64_t seed, std::int32_t brokers, bool twice) {
  const simulation::RunResult result = simulation::run_world(seed, brokers);
  SimOutcome outcome{.seed = seed,
                     .violations = {},
                     .marks = {result.marks.begin(), result.marks.end()},
                     .acknowledgements = result.acknowledgements,
                     .operations = result.operations,
                     .simulated_us = result.simulated_us,
                     .hash = result.hash};
  for (const auto& violation : result.violations)
    outcome.violations.push_back(violation.check + ": " + violation.what);
  if (!twice) return outcome;
  const simulation::RunResult again = simulation::run_world(seed, brokers);
  if (again.hash == result.hash && again.trail == result.trail) return outcome;
  const auto [one, two] = std::ranges::mismatch(result.trail, again.trail);
  outcome.violations.push_back("determinism: a second run differs from step " +
                               std::to_string(one - result.trail.begin()) + " on");
  return outcome;
}

void run_batch(const SimBatch& batch, const std::function<void(const SimOutcome&)>& done) {
  const auto end = Clock::now() + std::chrono::seconds(batch.seconds);
  std::uint64_t given = 0;
  const auto is_over = [&] {
    return (batch.seeds > 0 && given == batch.seeds) || (batch.seconds > 0 && Clock::now() >= end);
  };
  std::vector<Worker> workers(batch.jobs);
  const auto give = [&](Worker& worker) {
    worker.seed = batch.first_seed + given++;
    write_all(worker.seeds, &worker.seed, sizeof(worker.seed));
  };
  std::vector<Worker*> busy;
  for (Worker& worker : workers) {
    if (is_over()) break;
    worker = start_worker(batch);
    give(worker);
    busy.push_back(&worker);
  }
  while (!busy.empty()) {
    std::vector<pollfd> polled;
    polled.reserve(busy.size());
    for (const Worker* worker : busy) polled.push_back({worker->outcomes, POLLIN, 0});
    ::poll(polled.data(), polled.size(), -1);
    for (std::size_t i = polled.size(); i-- > 0;) {
      if (polled[i].revents == 0) continue;
      Worker& worker = *busy[i];
      const auto outcome = look_at(worker);
      if (!outcome) continue;
      done(*outcome);
      if (is_over()) {
        if (worker.process >= 0) (void)end_worker(worker);
        busy.erase(busy.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      if (worker.process < 0) worker = start_worker(batch);
      give(worker);
    }
  }
}

}  // namespace gregor::cli
