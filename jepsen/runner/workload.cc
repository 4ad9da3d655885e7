// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/workload.h"

#include "jepsen/runner/log_workload.h"
#include "jepsen/runner/offsets_workload.h"
#include "jepsen/runner/queue_workload.h"
#include "jepsen/runner/topics_workload.h"

namespace gregor::jepsen {

Attempt<> make_topic(const WorkloadOptions& options) {
  constexpr std::chrono::milliseconds deadline{60'000};
  return Client(options.client)
      .create_topic({options.topic, options.partitions, options.replicas, options.topic_configs},
                    deadline);
}

model::Result<std::unique_ptr<Workload>> make_workload(const WorkloadOptions& options) {
  if (options.name == "log")
    return std::make_unique<LogWorkload>(options,
                                         LogMix{.send = 50, .poll = 40, .end = 8, .go_back = 2});
  if (options.name == "list-offsets")
    return std::make_unique<LogWorkload>(options, LogMix{.send = 45, .poll = 5, .end = 50});
  if (options.name == "idempotent")
    return std::make_unique<LogWorkload>(
        options, LogMix{.send = 60, .poll = 38, .go_back = 2, .idempotent = true});
  if (options.name == "offsets") return std::make_unique<OffsetsWorkload>(options);
  if (options.name == "topics") return std::make_unique<TopicsWorkload>(options);
  if (options.name == "queue") return std::make_unique<QueueWorkload>(options);
  return model::fail(model::ErrorCode::invalid_request, "there is no workload " + options.name);
}

Step changing_step(Function function, EntryMicro micro, std::function<Attempt<>()> change) {
  return {.function = function, .micros = {micro}, .run = [micro, change = std::move(change)] {
            if (const auto done = change(); !done) return completion_of(done.error());
            return Completion{.type = Type::ok, .micros = {micro}};
          }};
}

namespace {

class EachOnce final : public Worker {
 public:
  EachOnce(std::int64_t count, std::move_only_function<Step(std::int64_t)> step_of)
      : count_(count), step_of_(std::move(step_of)) {}

  std::optional<Step> next() override {
    if (number_ == count_) return std::nullopt;
    Step step = step_of_(number_);
    step.run = [this, run = std::move(step.run)] {
      Completion done = run();
      if (done.type == Type::ok) ++number_;
      return done;
    };
    return step;
  }

 private:
  const std::int64_t count_;
  std::move_only_function<Step(std::int64_t)> step_of_;
  std::int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<Worker> make_each_once(std::int64_t count,
                                       std::move_only_function<Step(std::int64_t)> step_of) {
  return std::make_unique<EachOnce>(count, std::move(step_of));
}

}  // namespace gregor::jepsen
