// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/log_workload.h"

#include <map>
#include <thread>

namespace gregor::jepsen {

using model::ErrorCode;
using model::PartitionIndex;
using model::TopicPartition;
using std::chrono::milliseconds;

namespace {

constexpr std::int32_t poll_bytes = 16'384;
constexpr std::int32_t final_poll_bytes = 1 << 20;
constexpr std::uint64_t batch_records_max = 4;
constexpr milliseconds delivery_timeout{10'000};  // of an idempotent send with its repetitions
constexpr milliseconds before_sending_again{20};

Completion completion_of_poll(const std::string& key, const Fetched& fetched) {
  Completion done{.type = Type::ok};
  for (const ReadRecord& record : fetched.records)
    done.micros.push_back({Kind::poll, key, record.offset, record.value});
  return done;
}

class LogWorker final : public Worker {
 public:
  LogWorker(const WorkloadOptions& options, LogMix mix, base::Prng prng,
            std::atomic<std::int64_t>& next_value)
      : client_(options.client),
        topic_(options.topic),
        partitions_(options.partitions),
        mix_(mix),
        prng_(prng),
        next_value_(next_value) {}

  std::optional<Step> next() override {
    const TopicPartition partition{topic_, PartitionIndex{static_cast<std::int32_t>(prng_.below(
                                               static_cast<std::uint64_t>(partitions_)))}};
    std::uint64_t draw = prng_.below(mix_.send + mix_.poll + mix_.end + mix_.go_back);
    if (draw < mix_.send) return send(partition);
    draw -= mix_.send;
    if (draw < mix_.poll) return poll(partition);
    draw -= mix_.poll;
    if (draw < mix_.end) return end(partition);
    return go_back(partition);
  }

 private:
  Step send(const TopicPartition& partition) {
    const auto count = static_cast<std::int64_t>(1 + prng_.below(batch_records_max));
    const std::int64_t first = next_value_.fetch_add(count);
    Step step{.function = Function::send};
    std::vector<std::int64_t> values;
    for (std::int64_t value = first; value < first + count; ++value) {
      values.push_back(value);
      step.micros.push_back({Kind::send, to_string(partition), nothing, value});
    }
    step.run = [this, partition, values, micros = step.micros]() mutable {
      const auto base =
          mix_.idempotent ? deliver(partition, values) : client_.produce(partition, values);
      if (!base) return completion_of(base.error());
      for (std::size_t i = 0; *base && i < micros.size(); ++i)
        micros[i].offset = **base + static_cast<std::int64_t>(i);
      return Completion{.type = Type::ok, .micros = std::move(micros)};
    };
    return step;
  }

  // As an idempotent producer does: the same batch with the same sequence, until somebody answers
  // that it is there, or the time is over.
  Attempt<std::optional<std::int64_t>> deliver(const TopicPartition& partition,
                                               const std::vector<std::int64_t>& values) {
    const auto until = std::chrono::steady_clock::now() + delivery_timeout;
    bool certain = true;
    while (true) {
      auto done = deliver_once(partition, values);
      if (done) {
        sequences_[partition] += static_cast<std::int32_t>(values.size());
        return done;
      }
      certain = certain && done.error().certain;
      const bool in_time = std::chrono::steady_clock::now() < until;
      const bool again = done.error().code != ErrorCode::out_of_order_sequence_number &&
                         done.error().code != ErrorCode::unknown_producer_id &&
                         done.error().code != ErrorCode::invalid_producer_epoch;
      if (in_time && again) {
        std::this_thread::sleep_for(before_sending_again);
        continue;
      }
      producer_.reset();  // the sequence has a gap now
      return std::unexpected(Failure{certain, done.error().code, done.error().what});
    }
  }

  Attempt<std::optional<std::int64_t>> deliver_once(const TopicPartition& partition,
                                                    const std::vector<std::int64_t>& values) {
    if (!producer_) {
      auto given = client_.init_producer();
      if (!given) return std::unexpected(Failure{true, given.error().code, given.error().what});
      producer_ = *given;
      sequences_.clear();
    }
    Producer producer = *producer_;
    producer.sequence = sequences_[partition];
    return client_.produce(partition, values, producer);
  }

  Step poll(const TopicPartition& partition) {
    return {.function = Function::poll, .micros = {}, .run = [this, partition] {
              const auto fetched = client_.fetch(partition, positions_[partition], poll_bytes);
              if (!fetched) return completion_of(fetched.error());
              positions_[partition] = fetched->next;
              return completion_of_poll(to_string(partition), *fetched);
            }};
  }

  Step end(const TopicPartition& partition) {
    const bool stable = prng_.chance(1, 2);
    const Kind kind = stable ? Kind::stable_end : Kind::end;
    return {.function = Function::list_offsets,
            .micros = {{kind, to_string(partition)}},
            .run = [this, partition, kind, stable] {
              const auto end = client_.end_offset(
                  partition, stable ? Isolation::read_committed : Isolation::read_uncommitted);
              if (!end) return completion_of(end.error());
              return Completion{.type = Type::ok, .micros = {{kind, to_string(partition), *end}}};
            }};
  }

  // The next polls begin somewhere before here: the past must not have changed.
  Step go_back(const TopicPartition& partition) {
    return {.function = Function::assign, .micros = {}, .run = [this, partition] {
              auto& position = positions_[partition];
              position = prng_.between(std::max<std::int64_t>(0, position - 1000), position);
              return Completion{.type = Type::ok};
            }};
  }

  Client client_;
  std::string topic_;
  std::int32_t partitions_;
  LogMix mix_;
  base::Prng prng_;
  std::atomic<std::int64_t>& next_value_;
  std::map<TopicPartition, std::int64_t> positions_;
  std::optional<Producer> producer_;
  std::map<TopicPartition, std::int32_t> sequences_;
};

class WholeTopicReader final : public Worker {
 public:
  WholeTopicReader(Client client, std::map<TopicPartition, std::int64_t> ends)
      : client_(std::move(client)), ends_(std::move(ends)) {}

  std::optional<Step> next() override {
    while (!ends_.empty() && position_ >= ends_.begin()->second) {
      ends_.erase(ends_.begin());
      position_ = 0;
    }
    if (ends_.empty()) return std::nullopt;
    return Step{.function = Function::poll, .micros = {}, .run = [this] {
                  const TopicPartition partition = ends_.begin()->first;
                  const auto fetched = client_.fetch(partition, position_, final_poll_bytes);
                  if (!fetched) return completion_of(fetched.error());
                  position_ = fetched->next;
                  return completion_of_poll(to_string(partition), *fetched);
                }};
  }

 private:
  Client client_;
  std::map<TopicPartition, std::int64_t> ends_;  // of those that are not read to their ends yet
  std::int64_t position_ = 0;                    // in the first of them
};

}  // namespace

Completion completion_of(const Failure& failure) {
  return {.type = failure.certain ? Type::fail : Type::info, .micros = {}, .text = failure.what};
}

Attempt<std::unique_ptr<Worker>> read_whole_topic(const WorkloadOptions& options) {
  Client client(options.client);
  std::map<TopicPartition, std::int64_t> ends;
  for (std::int32_t index = 0; index < options.partitions; ++index) {
    const TopicPartition partition{options.topic, PartitionIndex{index}};
    const auto end = client.end_offset(partition, Isolation::read_committed);
    if (!end) return std::unexpected(end.error());
    ends[partition] = *end;
  }
  return std::make_unique<WholeTopicReader>(std::move(client), std::move(ends));
}

Attempt<> LogWorkload::set_up() { return make_topic(options_); }

std::unique_ptr<Worker> LogWorkload::make_worker(base::Prng prng) {
  return std::make_unique<LogWorker>(options_, mix_, prng, next_value_);
}

Attempt<std::unique_ptr<Worker>> LogWorkload::make_final_reader() {
  return read_whole_topic(options_);
}

// A client that repeats nothing makes no duplicates either, so that none is allowed.
CheckOptions LogWorkload::check_options() const { return {}; }

}  // namespace gregor::jepsen
