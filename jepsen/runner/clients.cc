// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/clients.h"

#include <stdexcept>

namespace gregor::jepsen {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

// Nobody gains from knocking at a closed door a thousand times a second.
constexpr milliseconds after_failure{10};
constexpr milliseconds between_final_attempts{100};

// One operation from invocation to completion; how it ended.
Type perform(const Step& step, ProcessNumber& process, Recorder& recorder) {
  recorder.add({.process = process.value(),
                .type = Type::invoke,
                .function = step.function,
                .has_value = !step.micros.empty(),
                .micros = step.micros});
  Completion done;
  try {
    done = step.run();
  } catch (const std::out_of_range&) {
    done = {.type = Type::info, .micros = {}, .text = "the answer lacks what was asked for"};
  }
  recorder.add({.process = process.value(),
                .type = done.type,
                .function = step.function,
                .has_value = done.type == Type::ok,
                .micros = std::move(done.micros),
                .text = std::move(done.text)});
  if (done.type == Type::info) process.renew();
  return done.type;
}

void work(Worker& worker, ProcessNumber process, Recorder& recorder, const ClientsOptions& options,
          base::Prng prng) {
  const auto until = Clock::now() + options.duration;
  // Waits differ at random around their mean, so that threads do not march in step.
  const double mean_us = options.rate > 0 ? 1e6 * options.threads / options.rate : 0;
  auto due = Clock::now();
  while (Clock::now() < until) {
    if (mean_us > 0) {
      due += std::chrono::microseconds(prng.between(0, static_cast<std::int64_t>(2 * mean_us)));
      due =
          std::max(due, Clock::now() - milliseconds(1000));  // no more than a second is made up for
      std::this_thread::sleep_until(std::min(due, until));
    }
    const auto step = worker.next();
    if (!step) return;
    if (perform(*step, process, recorder) != Type::ok) std::this_thread::sleep_for(after_failure);
    // The number was renewed in there if need be.
  }
}

}  // namespace

Clients::Clients(const ClientsOptions& options, Workload& workload, Recorder& recorder) {
  base::Prng prng(options.seed);
  for (std::int32_t thread = 0; thread < options.threads; ++thread) {
    const base::Prng of_worker(prng.next()), of_pace(prng.next());
    threads_.emplace_back([&workload, &recorder, options, thread, of_worker, of_pace] {
      const auto worker = workload.make_worker(of_worker);
      work(*worker, ProcessNumber(thread, options.threads + 1), recorder, options, of_pace);
    });
  }
}

void Clients::wait() {
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

bool read_everything(Workload& workload, Recorder& recorder, const ClientsOptions& options,
                     milliseconds deadline) {
  const auto until = Clock::now() + deadline;
  ProcessNumber process(options.threads, options.threads + 1);
  std::unique_ptr<Worker> reader;
  while (Clock::now() < until) {
    if (!reader) {
      auto made = workload.make_final_reader();
      if (made) reader = std::move(*made);
    }
    if (reader) {
      const auto step = reader->next();
      if (!step) return true;
      if (perform(*step, process, recorder) == Type::ok) continue;
    }
    std::this_thread::sleep_for(between_final_attempts);
  }
  return false;
}

}  // namespace gregor::jepsen
