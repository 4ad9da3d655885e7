// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "jepsen/checkers/check.h"

namespace gregor::simulation {

using jepsen::Entry;
using jepsen::EntryMicro;
using model::TopicPartition;

void Ledger::sending(const TopicPartition& to, std::int64_t value, Sent sent) {
  sent.at = env_.now();
  partitions_[to].sent.emplace(value, sent);
}

void Ledger::acknowledged(const TopicPartition& to, PlacedValue placed) {
  ++acknowledgements_;
  const auto [at, is_new] = partitions_[to].acknowledged.emplace(placed.offset, placed.value);
  if (!is_new && is_safe(to.topic))
    env_.violate("offset-given-twice",
                 fmt::format("{} offset {} was given to {} and to {}", to_string(to), placed.offset,
                             at->second, placed.value));
  at->second = placed.value;
  seen(to, placed);
}

// Of topics that Jepsen's checkers can judge they look at the same.
void Ledger::seen(const TopicPartition& from, PlacedValue placed) {
  if (!topics_.at(from.topic).is_compacted() || !is_safe(from.topic)) return;
  Partition& of = partitions_[from];
  const auto [before, is_new] = of.seen.emplace(placed.value, placed.offset);
  if (!is_new && before->second != placed.offset)
    env_.violate("records-keep-their-offsets",
                 fmt::format("{}: {} was at offset {}, and is at {}", to_string(from), placed.value,
                             before->second, placed.offset));
  const auto known = of.acknowledged.find(placed.offset);
  if (known != of.acknowledged.end() && known->second != placed.value)
    env_.violate("records-keep-their-offsets",
                 fmt::format("{}: {} was acknowledged at offset {}, where there is {}",
                             to_string(from), known->second, placed.offset, placed.value));
}

void Ledger::served(const TopicPartition& partition, const std::string& broker, std::int32_t epoch,
                    Time asked) {
  auto& times = served_[{partition, broker}];
  times.try_emplace(epoch, env_.now());
  // The store of a broker without ZooKeeper may forget an election with the power.
  if (power_cuts_ > 0) return;
  const auto later = std::ranges::find_if(
      times, [&](const auto& one) { return one.first > epoch && one.second < asked; });
  if (later != times.end())
    env_.violate("older-epochs-are-refused",
                 fmt::format("{} of {}: served in leader epoch {}, and then in {}", broker,
                             to_string(partition), later->first, epoch));
}

void Ledger::trimming(const TopicPartition& partition, std::int64_t before) {
  Partition& of = partitions_[partition];
  of.trimming = std::max(of.trimming, before);
}

void Ledger::trimmed(const TopicPartition& partition, std::int64_t log_start) {
  Partition& of = partitions_[partition];
  of.trimmed = std::max(of.trimmed, log_start);
}

void Ledger::note_unclean_deaths(std::uint64_t count) {
  if (std::exchange(unclean_deaths_, count) == count) return;
  for (auto& [partition, known] : partitions_) known.trimmed = 0;
}

std::int64_t Ledger::end_of(const TopicPartition& partition) const {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end() || found->second.acknowledged.empty()) return 0;
  return is_safe(partition.topic) ? found->second.acknowledged.rbegin()->first + 1 : 0;
}

std::optional<Ledger::Range> Ledger::acknowledged_range(const TopicPartition& of) const {
  const auto found = partitions_.find(of);
  if (found == partitions_.end()) return std::nullopt;
  const auto& acknowledged = found->second.acknowledged;
  const auto first = acknowledged.lower_bound(found->second.trimming);
  if (first == acknowledged.end()) return std::nullopt;
  return Range{.first = model::Offset(first->first),
               .end = model::Offset(acknowledged.rbegin()->first + 1)};
}

// --- the history ---

// Jepsen's checkers know neither deleted records nor losses that are allowed.
bool Ledger::is_judged(const std::string& key) const {
  const TopicPlan& topic = topics_.at(key.substr(0, key.rfind('-')));
  return is_safe(topic.name) && !topic.loses_its_start() && !topic.is_compacted();
}

void Ledger::invoke(std::int32_t process, jepsen::Function function,
                    std::vector<EntryMicro> micros) {
  add({.time = jepsen::nothing,
       .process = process,
       .type = jepsen::Type::invoke,
       .function = function,
       .has_value = true,
       .micros = std::move(micros)});
}

void Ledger::complete(std::int32_t process, jepsen::Type type, jepsen::Function function,
                      std::optional<std::vector<EntryMicro>> micros) {
  add({.time = jepsen::nothing,
       .process = process,
       .type = type,
       .function = function,
       .has_value = micros.has_value(),
       .micros = std::move(micros).value_or(std::vector<EntryMicro>{})});
}

void Ledger::add(Entry entry) {
  entry.time = env_.now().value() * 1000;
  env_.say(fmt::format("process {}", entry.process), [&] {
    std::string text =
        std::vector{"invoke", "ok", "fail", "info"}.at(static_cast<std::size_t>(entry.type));
    for (const EntryMicro& micro : entry.micros) {
      text += fmt::format(" {} {}", static_cast<int>(micro.kind), micro.key);
      if (micro.offset != jepsen::nothing) text += fmt::format("@{}", micro.offset);
      if (micro.value != jepsen::nothing) text += fmt::format("={}", micro.value);
    }
    return text;
  });
  entries_.push_back(std::move(entry));
}

void Ledger::check_history() {
  jepsen::HistoryBuilder builder;
  for (Entry entry : entries_) {
    std::erase_if(entry.micros, [&](const EntryMicro& micro) { return !is_judged(micro.key); });
    const auto wrong = builder.add(entry);
    ASSERT(!wrong, *wrong);
  }
  const jepsen::History history = std::move(builder).finish();
  const jepsen::Report report = jepsen::check(history, {});
  if (report.verdict != jepsen::Verdict::invalid) return;
  for (const jepsen::Anomaly& anomaly : report.findings.kept())
    if (!report.allowed.contains(anomaly.name))
      env_.violate(anomaly.name, anomaly.key + ": " + anomaly.what);
}

// --- the logs ---

void Ledger::check_partition(const TopicPartition& partition, std::int64_t log_start,
                             std::int64_t end, const std::vector<PlacedValue>& records) {
  const Partition& known = partitions_[partition];
  const std::string name = to_string(partition);
  const bool has_holes = topics_.at(partition.topic).is_compacted();
  Records by_offset;
  std::map<std::int64_t, std::int64_t> by_value;
  std::int64_t expected = log_start;
  for (const PlacedValue& record : records) {
    if (has_holes ? record.offset < expected : record.offset != expected)
      env_.violate("offsets-without-gaps",
                   fmt::format("{}: offset {} comes after {}", name, record.offset, expected - 1));
    expected = record.offset + 1;
    by_offset[record.offset] = record.value;
    if (!known.sent.contains(record.value))
      env_.violate("phantom", fmt::format("{}: {} at offset {} was never sent", name, record.value,
                                          record.offset));
    const auto [before, is_new] = by_value.emplace(record.value, record.offset);
    if (!is_new)
      env_.violate("exactly-once", fmt::format("{}: {} is at offsets {} and {}", name, record.value,
                                               before->second, record.offset));
  }
  if (expected < end && !has_holes)  // what was sent without a wish for an answer may still arrive
    env_.violate("end-is-the-end",
                 fmt::format("{}: the log ends at {}, its records at {}", name, end, expected));
  check_start(partition, log_start);
  if (!is_safe(partition.topic)) return;
  check_order(partition, by_offset);
  check_acknowledged(partition, log_start, by_offset);
}

// A leader that has none of a producer's records takes any of them for its first: so may one who
// has come when they were deleted.
void Ledger::check_order(const TopicPartition& partition, const Records& found) {
  if (topics_.at(partition.topic).loses_its_start()) return;
  const auto& sent = partitions_[partition].sent;
  std::map<std::int64_t, std::int64_t> newest;  // value by producer id
  for (const auto& [offset, value] : found) {
    const auto known = sent.find(value);
    if (known == sent.end() || known->second.producer_id < 0) continue;
    const auto [before, is_first] = newest.emplace(known->second.producer_id, value);
    if (!is_first && before->second > value)
      env_.violate("in-the-order-sent",
                   fmt::format("{}: {} at offset {} comes after {}, which producer {} sent later",
                               to_string(partition), value, offset, before->second,
                               known->second.producer_id));
    before->second = value;
  }
}

void Ledger::check_acknowledged(const TopicPartition& partition, std::int64_t log_start,
                                const Records& found) {
  const Partition& known = partitions_[partition];
  const TopicPlan& topic = topics_.at(partition.topic);
  for (const auto& [offset, value] : known.acknowledged) {
    if (offset < log_start) continue;
    const auto there = found.find(offset);
    if (there == found.end() ? !topic.is_compacted() : there->second != value)
      env_.violate("acknowledged-records-are-there",
                   fmt::format("{}: {} was acknowledged at offset {}, where there is {}",
                               to_string(partition), value, offset,
                               there == found.end() ? "nothing" : std::to_string(there->second)));
  }
  if (topic.is_compacted() && env_.violations.empty())
    check_compaction(env_, {.name = to_string(partition),
                            .topic = topic,
                            .sent = known.sent,
                            .acknowledged = known.acknowledged,
                            .found = found,
                            .log_start = log_start,
                            .clocks_are_right = clocks_are_right_});
}

void Ledger::check_start(const TopicPartition& partition, std::int64_t log_start) {
  const Partition& known = partitions_[partition];
  const std::string name = to_string(partition);
  if (log_start < known.trimmed)
    env_.violate("deleted-as-told",
                 fmt::format("{}: the log starts at {}; below {} all was deleted", name, log_start,
                             known.trimmed));
  const std::int64_t retention_us = topics_.at(partition.topic).retention_us;
  if (log_start > known.trimming && retention_us == 0)
    env_.violate("nothing-deleted-unasked",
                 fmt::format("{}: the log starts at {}; at most {} was to be deleted", name,
                             log_start, known.trimming));
  // A segment from which compaction took the newest records is old sooner.
  if (retention_us == 0 || !is_safe(partition.topic) || !clocks_are_right_ ||
      topics_.at(partition.topic).is_compacted())
    return;
  for (const auto& [offset, value] : known.acknowledged) {
    if (offset < known.trimming || offset >= log_start) continue;
    const Time sent = known.sent.at(value).at;
    if (sent + retention_us > env_.now() + millisecond)  // timestamps are whole milliseconds
      env_.violate("kept-as-long-as-told",
                   fmt::format("{}: {} at offset {} is gone {} ms after it was sent", name, value,
                               offset, (env_.now() - sent) / millisecond));
  }
}

}  // namespace gregor::simulation
