// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What clients do in a run. A workload makes workers, one for each thread; a worker says what its
// process does next and does it. Generators, threads, times and the history are not its business
// (see clients.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "jepsen/checkers/check.h"
#include "jepsen/checkers/history.h"
#include "jepsen/runner/client.h"

namespace gregor::jepsen {

struct Completion {
  Type type = Type::info;
  std::vector<EntryMicro> micros{};
  std::string text{};  // why it is not ok
};

struct Step {
  Function function = Function::other;
  std::vector<EntryMicro> micros{};  // as it is invoked
  std::function<Completion()> run{};
};

class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  virtual ~Worker() = default;

  // Nothing: there is no more to do (of a final reader; others go on for ever).
  virtual std::optional<Step> next() = 0;
};

struct WorkloadOptions {
  std::string name = "log";
  std::string topic = "log";  // made by set_up(); names of groups begin with it
  ClientSettings client;
  std::int32_t partitions = 4;
  std::int16_t replicas = 1;  // -1: as many as the cluster has by default
  std::map<std::string, std::string> topic_configs;
};

class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  // Makes the topics; called once, while no fault is at work.
  virtual Attempt<> set_up() = 0;
  virtual std::unique_ptr<Worker> make_worker(base::Prng prng) = 0;
  // Reads everything once more, after all faults are healed and all workers have ended. An error if
  // what there is to read cannot be found out.
  virtual Attempt<std::unique_ptr<Worker>> make_final_reader() = 0;
  [[nodiscard]] virtual CheckOptions check_options() const = 0;
  // Whose leaders faults may aim at.
  [[nodiscard]] virtual std::vector<std::string> topics() const = 0;
};

// log, list-offsets, idempotent, offsets, queue, topics; invalid_request for others.
model::Result<std::unique_ptr<Workload>> make_workload(const WorkloadOptions& options);
inline constexpr const char* workload_names[] = {"log",     "list-offsets", "idempotent",
                                                 "offsets", "queue",        "topics"};

// The topic of a workload; an error when it is not there, with leaders, within a minute.
Attempt<> make_topic(const WorkloadOptions& options);

// A failed attempt as it stands in the history.
Completion completion_of(const Failure& failure);

// A step that changes a register; `change` does it.
Step changing_step(Function function, EntryMicro micro, std::function<Attempt<>()> change);

// A final reader: the steps of 0 to `count` - 1 in order, each until it is ok.
std::unique_ptr<Worker> make_each_once(std::int64_t count,
                                       std::move_only_function<Step(std::int64_t)> step_of);

}  // namespace gregor::jepsen
