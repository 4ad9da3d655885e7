// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/offsets_workload.h"

#include <fmt/format.h>

namespace gregor::jepsen {

using model::PartitionIndex;
using model::TopicPartition;

namespace {

struct Register {
  std::string group;
  TopicPartition partition;
  [[nodiscard]] std::string key() const { return group + "/" + to_string(partition); }
};

Register register_of(std::int64_t number, const WorkloadOptions& options) {
  return {fmt::format("{}-group-{}", options.topic, number / options.partitions),
          {options.topic, PartitionIndex{static_cast<std::int32_t>(number % options.partitions)}}};
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
      : options_(options), client_(options.client), prng_(prng), next_value_(next_value) {}

  std::optional<Step> next() override {
    const Register what =
        register_of(prng_.between(0, OffsetsWorkload::groups * options_.partitions - 1), options_);
    if (prng_.chance(1, 2)) return fetch_step(client_, what);
    const std::int64_t value = next_value_.fetch_add(1);
    return changing_step(Function::commit, {Kind::commit, what.key(), value}, [this, what, value] {
      return client_.commit(what.group, what.partition, value);
    });
  }

 private:
  WorkloadOptions options_;
  Client client_;
  base::Prng prng_;
  std::atomic<std::int64_t>& next_value_;
};

}  // namespace

Attempt<> OffsetsWorkload::set_up() { return make_topic(options_); }

std::unique_ptr<Worker> OffsetsWorkload::make_worker(base::Prng prng) {
  return std::make_unique<OffsetsWorker>(options_, prng, next_value_);
}

Attempt<std::unique_ptr<Worker>> OffsetsWorkload::make_final_reader() {
  auto client = std::make_unique<Client>(options_.client);
  return make_each_once(std::int64_t{groups} * options_.partitions,
                        [options = options_, client = std::move(client)](std::int64_t number) {
                          return fetch_step(*client, register_of(number, options));
                        });
}

}  // namespace gregor::jepsen
