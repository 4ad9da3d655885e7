// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/offsets_workload.h"

namespace gregor::jepsen {

using model::PartitionIndex;
using model::TopicPartition;

namespace {

constexpr std::chrono::milliseconds topic_deadline{60'000};

struct Register {
  std::string group;
  TopicPartition partition;
  [[nodiscard]] std::string key() const { return group + "/" + to_string(partition); }
};

Register register_of(std::int64_t number, std::int32_t partitions) {
  return {"group-" + std::to_string(number / partitions),
          {OffsetsWorkload::topic, PartitionIndex{static_cast<std::int32_t>(number % partitions)}}};
}

Step fetch_step(Client& client, const Register& what) {
  return {.function = Function::fetch_offset,
          .micros = {{Kind::fetched, what.key()}},
          .run = [&client, what] {
            const auto offset = client.committed(what.group, what.partition);
            if (!offset) return completion_of(offset.error());
            return Completion{.type = Type::ok,
                              .micros = {{Kind::fetched, what.key(), offset->value_or(nothing)}}};
          }};
}

class OffsetsWorker final : public Worker {
 public:
  OffsetsWorker(const WorkloadOptions& options, base::Prng prng,
                std::atomic<std::int64_t>& next_value)
      : client_(options.client),
        partitions_(options.partitions),
        prng_(prng),
        next_value_(next_value) {}

  std::optional<Step> next() override {
    const Register what =
        register_of(prng_.between(0, OffsetsWorkload::groups * partitions_ - 1), partitions_);
    if (prng_.chance(1, 2)) return fetch_step(client_, what);
    const std::int64_t value = next_value_.fetch_add(1);
    return Step{.function = Function::commit,
                .micros = {{Kind::commit, what.key(), value}},
                .run = [this, what, value] {
                  const auto done = client_.commit(what.group, what.partition, value);
                  if (!done) return completion_of(done.error());
                  return Completion{.type = Type::ok,
                                    .micros = {{Kind::commit, what.key(), value}}};
                }};
  }

 private:
  Client client_;
  std::int32_t partitions_;
  base::Prng prng_;
  std::atomic<std::int64_t>& next_value_;
};

// Every register once.
class AllRegistersReader final : public Worker {
 public:
  explicit AllRegistersReader(const WorkloadOptions& options)
      : client_(options.client), partitions_(options.partitions) {}

  std::optional<Step> next() override {
    if (number_ == OffsetsWorkload::groups * partitions_) return std::nullopt;
    Step step = fetch_step(client_, register_of(number_, partitions_));
    step.run = [this, run = std::move(step.run)] {
      Completion done = run();
      if (done.type == Type::ok) ++number_;
      return done;
    };
    return step;
  }

 private:
  Client client_;
  std::int32_t partitions_;
  std::int32_t number_ = 0;
};

}  // namespace

Attempt<> OffsetsWorkload::set_up() {
  return Client(options_.client)
      .create_topic({topic, options_.partitions, options_.replicas, options_.topic_configs},
                    topic_deadline);
}

std::unique_ptr<Worker> OffsetsWorkload::make_worker(base::Prng prng) {
  return std::make_unique<OffsetsWorker>(options_, prng, next_value_);
}

Attempt<std::unique_ptr<Worker>> OffsetsWorkload::make_final_reader() {
  return std::make_unique<AllRegistersReader>(options_);
}

}  // namespace gregor::jepsen
