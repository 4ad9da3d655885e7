// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/topics_workload.h"

#include <fmt/format.h>

#include <set>

#include "jepsen/runner/topic_admin.h"

namespace gregor::jepsen {

using model::PartitionIndex;
using model::TopicPartition;

namespace {

constexpr int sends_of_a_life = 4;
constexpr int polls_of_a_life = 4;
constexpr std::int32_t poll_bytes_max = 1 << 20;

std::string shared_name(const WorkloadOptions& options, std::int64_t number) {
  return fmt::format("{}-{}", options.topic, number);
}

Step describe_step(TopicAdmin& admin, const std::string& topic) {
  return {.function = Function::read, .micros = {{Kind::read, topic}}, .run = [&admin, topic] {
            const auto value = admin.value(topic);
            if (!value) return completion_of(value.error());
            return Completion{.type = Type::ok,
                              .micros = {{Kind::read, topic, nothing, value->value_or(nothing)}}};
          }};
}

// The topic that belongs to one client, one life after the other.
class OwnTopic {
 public:
  OwnTopic(const WorkloadOptions& options, TopicAdmin& admin, std::atomic<std::int64_t>& next_value,
           std::atomic<std::int64_t>& next_name)
      : client_(options.client),
        prefix_(options.topic),
        admin_(admin),
        next_value_(next_value),
        next_name_(next_name) {
    begin_with_another_name();
  }

  Step next() {
    if (!alive_) return create();
    if (sent_ < sends_of_a_life) return send();
    if (polled_ < polls_of_a_life) return poll();
    return remove();
  }

 private:
  // Where a topic of this name is or is not, is not known any more.
  void begin_with_another_name() {
    partition_ = {fmt::format("{}-own-{}", prefix_, next_name_.fetch_add(1)), PartitionIndex{0}};
    alive_ = false;
    life_ = 0;
    uncertain_.clear();
  }

  [[nodiscard]] std::string key() const {
    return fmt::format("{}#{}", to_string(partition_), life_);
  }

  Attempt<> unless_unknown(Attempt<> done) {
    if (!done && !done.error().certain) begin_with_another_name();
    return done;
  }

  Step create() {
    const std::int64_t value = next_value_.fetch_add(1);
    return changing_step(Function::cas, {Kind::cas, partition_.topic, nothing, value},
                         [this, value]() -> Attempt<> {
                           const auto id = admin_.create(partition_.topic, value);
                           if (!id) return unless_unknown(std::unexpected(id.error()));
                           id_ = *id;
                           alive_ = true;
                           ++life_;
                           sent_ = polled_ = 0;
                           position_ = 0;
                           return {};
                         });
  }

  Step send() {
    const std::int64_t value = next_value_.fetch_add(1);
    return {.function = Function::send,
            .micros = {{Kind::send, key(), nothing, value}},
            .run = [this, value] {
              ++sent_;
              const auto offset = client_.produce(partition_, {value});
              // It may arrive when the topic has its next life.
              if (!offset && !offset.error().certain) uncertain_.insert(value);
              if (!offset) return completion_of(offset.error());
              return Completion{.type = Type::ok,
                                .micros = {{Kind::send, key(), offset->value_or(nothing), value}}};
            }};
  }

  Step poll() {
    return {.function = Function::poll, .micros = {}, .run = [this] {
              ++polled_;
              const auto fetched = client_.fetch(partition_, position_, poll_bytes_max, id_);
              if (!fetched) return completion_of(fetched.error());
              position_ = fetched->next;
              Completion done{.type = Type::ok};
              for (const ReadRecord& record : fetched->records)
                if (!uncertain_.contains(record.value))
                  done.micros.push_back({Kind::poll, key(), record.offset, record.value});
              return done;
            }};
  }

  Step remove() {
    return changing_step(Function::write, {Kind::write, partition_.topic, nothing, nothing},
                         [this]() -> Attempt<> {
                           auto done = admin_.remove(partition_.topic);
                           if (done) alive_ = false;
                           return unless_unknown(std::move(done));
                         });
  }

  Client client_;
  std::string prefix_;
  TopicAdmin& admin_;
  std::atomic<std::int64_t>& next_value_;
  std::atomic<std::int64_t>& next_name_;
  TopicPartition partition_;
  model::Uuid id_{};
  bool alive_ = false;
  std::int64_t life_ = 0;
  int sent_ = 0, polled_ = 0;
  std::int64_t position_ = 0;
  std::set<std::int64_t> uncertain_;  // sends of this and earlier lives that nobody knows of
};

class TopicsWorker final : public Worker {
 public:
  TopicsWorker(const WorkloadOptions& options, base::Prng prng,
               std::atomic<std::int64_t>& next_value, std::atomic<std::int64_t>& next_name)
      : options_(options),
        admin_(options.client, options.replicas),
        prng_(prng),
        next_value_(next_value),
        own_(options, admin_, next_value, next_name) {}

  std::optional<Step> next() override {
    if (prng_.chance(2, 3)) return own_.next();
    const std::string topic =
        shared_name(options_, prng_.between(0, TopicsWorkload::shared_names - 1));
    const std::uint64_t draw = prng_.below(10);
    if (draw < 5) return describe_step(admin_, topic);
    const std::int64_t value = next_value_.fetch_add(1);
    if (draw < 7)
      return changing_step(Function::write, {Kind::write, topic, nothing, value},
                           [this, topic, value] { return admin_.set_value(topic, value); });
    if (draw < 9)
      return changing_step(Function::cas, {Kind::cas, topic, nothing, value},
                           [this, topic, value]() -> Attempt<> {
                             const auto made = admin_.create(topic, value);
                             if (!made) return std::unexpected(made.error());
                             return {};
                           });
    return changing_step(Function::write, {Kind::write, topic, nothing, nothing},
                         [this, topic] { return admin_.remove(topic); });
  }

 private:
  WorkloadOptions options_;
  TopicAdmin admin_;
  base::Prng prng_;
  std::atomic<std::int64_t>& next_value_;
  OwnTopic own_;
};

}  // namespace

// The one whose leaders faults aim at.
Attempt<> TopicsWorkload::set_up() { return make_topic(options_); }

std::unique_ptr<Worker> TopicsWorkload::make_worker(base::Prng prng) {
  return std::make_unique<TopicsWorker>(options_, prng, next_value_, next_name_);
}

Attempt<std::unique_ptr<Worker>> TopicsWorkload::make_final_reader() {
  auto admin = std::make_unique<TopicAdmin>(options_.client, options_.replicas);
  return make_each_once(shared_names,
                        [options = options_, admin = std::move(admin)](std::int64_t number) {
                          return describe_step(*admin, shared_name(options, number));
                        });
}

}  // namespace gregor::jepsen
