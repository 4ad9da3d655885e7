// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What clients sent and were told, and what must therefore be in the logs when a run ends; and the
// history of it, for the checkers in jepsen/. Values are integers, each sent once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jepsen/checkers/history.h"
#include "model/ids.h"
#include "simulation/compaction_check.h"
#include "simulation/environment.h"
#include "simulation/topic_plan.h"

namespace gregor::simulation {

struct PlacedValue {
  std::int64_t offset = 0;
  std::int64_t value = 0;
};

class Ledger {
 public:
  static constexpr std::int64_t everything = std::int64_t{1} << 62;

  explicit Ledger(Environment& environment) : env_(environment) {}

  void add_topic(const TopicPlan& topic) { topics_.insert_or_assign(topic.name, topic); }
  [[nodiscard]] const TopicPlan& topic(const std::string& name) const { return topics_.at(name); }
  [[nodiscard]] const std::map<std::string, TopicPlan>& topics() const { return topics_; }
  // So many power cuts there were; so many brokers had one, or lost their disk.
  void note_losses(std::uint64_t power_cuts, std::size_t brokers) {
    power_cuts_ = power_cuts;
    brokers_that_lost_ = brokers;
  }
  [[nodiscard]] std::uint64_t power_cuts() const { return power_cuts_; }
  // Whether nothing that was acknowledged in it may be missing.
  // A topic that is not durable survives that of fewer brokers than min.insync.replicas.
  [[nodiscard]] bool is_safe(const std::string& topic) const {
    const TopicPlan& plan = topics_.at(topic);
    return !plan.is_led_unclean() &&
           (plan.durable || brokers_that_lost_ < plan.min_insync_replicas());
  }

  // Nothing that a broker does by the time of day can be told from now on.
  void note_wrong_clock() { clocks_are_right_ = false; }

  // --- what clients do; `process` is that of Jepsen's histories ---
  std::int64_t next_value() { return ++values_; }
  std::int32_t next_process() { return ++processes_; }
  // So many bytes were sent to it, by all; sent again they count again.
  void sending_bytes(const model::TopicPartition& to, std::size_t bytes) {
    partitions_[to].bytes_sent += bytes;
  }
  [[nodiscard]] std::uint64_t bytes_sent(const model::TopicPartition& to) {
    return partitions_[to].bytes_sent;
  }
  // A producer sends larger values later.
  void sending(const model::TopicPartition& to, std::int64_t value, Sent sent);
  void acknowledged(const model::TopicPartition& to, PlacedValue placed);
  // Somebody reads it.
  void seen(const model::TopicPartition& from, PlacedValue placed);
  // Who asked at `asked` named a leader epoch, and was served by a broker: that broker has served
  // nobody in a later epoch before.
  void served(const model::TopicPartition& partition, const std::string& broker, std::int32_t epoch,
              Time asked);
  // The most that anybody has asked to delete, and what was confirmed in this life of its broker.
  void trimming(const model::TopicPartition& partition, std::int64_t before);
  void trimmed(const model::TopicPartition& partition, std::int64_t log_start);
  // Some broker died: what it had not yet written down of the log starts may be forgotten.
  void note_unclean_deaths(std::uint64_t count);
  [[nodiscard]] std::uint64_t unclean_deaths() const { return unclean_deaths_; }
  // Behind the last acknowledged record that must be there.
  [[nodiscard]] std::int64_t end_of(const model::TopicPartition& partition) const;
  // The first offset that was acknowledged of those that nobody has asked to delete, and the one
  // behind the last; nullopt: there is none.
  struct Range {
    model::Offset first;
    model::Offset end;
  };
  [[nodiscard]] std::optional<Range> acknowledged_range(const model::TopicPartition& of) const;

  void invoke(std::int32_t process, jepsen::Function function,
              std::vector<jepsen::EntryMicro> micros = {});
  void complete(std::int32_t process, jepsen::Type type, jepsen::Function function,
                std::optional<std::vector<jepsen::EntryMicro>> micros = std::nullopt);
  [[nodiscard]] const std::vector<jepsen::Entry>& entries() const { return entries_; }

  // --- the end ---
  // All that is in a partition, from its log start on.
  void check_partition(const model::TopicPartition& partition, std::int64_t log_start,
                       std::int64_t end, const std::vector<PlacedValue>& records);
  // The history's verdict.
  void check_history();
  [[nodiscard]] std::uint64_t acknowledgements() const { return acknowledgements_; }

 private:
  struct Partition {
    std::map<std::int64_t, Sent> sent;                  // by value
    std::map<std::int64_t, std::int64_t> acknowledged;  // value by offset
    std::map<std::int64_t, std::int64_t> seen;          // offset by value, of compacted topics
    std::uint64_t bytes_sent = 0;
    std::int64_t trimming = 0;
    std::int64_t trimmed = 0;
  };

  using Records = std::map<std::int64_t, std::int64_t>;  // value by offset
  void check_order(const model::TopicPartition& partition, const Records& found);
  void check_start(const model::TopicPartition& partition, std::int64_t log_start);
  void check_acknowledged(const model::TopicPartition& partition, std::int64_t log_start,
                          const Records& found);
  void add(jepsen::Entry entry);
  [[nodiscard]] bool is_judged(const std::string& key) const;

  Environment& env_;
  std::map<std::string, TopicPlan> topics_;
  std::map<model::TopicPartition, Partition> partitions_;
  // When first, by epoch.
  std::map<std::pair<model::TopicPartition, std::string>, std::map<std::int32_t, Time>> served_;
  std::vector<jepsen::Entry> entries_;
  std::uint64_t power_cuts_ = 0;
  std::size_t brokers_that_lost_ = 0;
  bool clocks_are_right_ = true;
  std::uint64_t unclean_deaths_ = 0;
  std::int64_t values_ = 0;
  std::int32_t processes_ = 0;
  std::uint64_t acknowledgements_ = 0;
};

}  // namespace gregor::simulation
