// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/cleaner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/shard_state.h"
#include "log/cleaning.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

// A step takes about a millisecond, and while there is other work, that has the shard for longer
// than that: this bounds what compaction costs those who wait, at some 60 MB a second and shard.
constexpr std::uint64_t cleaning_step_bytes = std::uint64_t{256} << 10;
constexpr std::int64_t step_pause_ms = 4;
constexpr std::int64_t idle_pause_ms = 1;
constexpr std::size_t logs_a_step = 64;

// How long a step of so many bytes has to take at least, by log.cleaner.io.max.bytes.per.second.
std::int64_t least_ms(std::uint64_t bytes, const model::BrokerSettings& settings) {
  constexpr double longest = 60'000;
  const double limit = std::max(settings.log_cleaner_io_max_bytes_per_second, 1.0);
  return static_cast<std::int64_t>(std::min(static_cast<double>(bytes) / limit * 1000, longest));
}

}  // namespace

Cleaner::Cleaner() = default;
Cleaner::~Cleaner() = default;

void Cleaner::start(ShardState& shard) {
  const model::BrokerSettings& settings = shard.settings();
  shard.timers.set(shard.after(settings.log_initial_task_delay_ms), Chore::retention);
  if (settings.log_cleaner_enable) again_after(shard, step_pause_ms);
}

void Cleaner::again_after(ShardState& shard, std::int64_t ms) {
  shard.timers.set(shard.after(ms), Chore::compaction);
}

// --- retention ---

void Cleaner::retain(ShardState& shard, Partition& partition) {
  if (!partition.has_log()) return;
  log::Log& log = partition.log();
  const std::size_t segments = log.segment_count();
  const auto moved = log.apply_retention(shard.now);
  if (log.segment_count() > segments) partition.request_sync();
  if (!moved) shard.storage.report_failure(shard, partition, moved.error().detail);
  if (!moved || !*moved) return;
  shard.say(Severity::info, fmt::format("{}: the log starts at offset {} now (retention)",
                                        to_string(partition.name()), log.log_start().value()));
  shard.touched.push_back(partition.number());
}

void Cleaner::apply_retention(ShardState& shard) {
  const auto& all = shard.partitions.all();
  auto at = retained_up_to_ ? all.upper_bound(*retained_up_to_) : all.begin();
  for (std::size_t i = 0; i < logs_a_step && at != all.end(); ++i, ++at) {
    retain(shard, *at->second);
    retained_up_to_ = at->first;
  }
  const bool round_ends = at == all.end();
  if (round_ends) retained_up_to_.reset();
  shard.timers.set(
      shard.after(round_ends ? shard.settings().log_retention_check_interval_ms : step_pause_ms),
      Chore::retention);
}

// --- compaction ---

void Cleaner::choose(ShardState& shard) {
  Partition* dirtiest = nullptr;
  log::CleaningPlan plan;
  for (const auto& [number, partition] : shard.partitions.all()) {
    if (!partition->has_log() || cannot_be_cleaned_.contains(number)) continue;
    const auto one = partition->log().plan_cleaning(shard.now);
    if (!one) shard.storage.report_failure(shard, *partition, one.error().detail);
    if (!one || !one->due || (dirtiest != nullptr && one->dirty_ratio <= plan.dirty_ratio))
      continue;
    dirtiest = partition.get();
    plan = *one;
  }
  if (dirtiest == nullptr) return;
  const model::BrokerSettings& settings = shard.settings();
  const auto buffer = static_cast<std::uint64_t>(
      std::max<std::int64_t>(settings.log_cleaner_dedupe_buffer_size, 0));
  const log::Cleaning::Budget budget{.map_bytes_max = buffer / shard.context.shards,
                                     .map_load_max = settings.log_cleaner_io_buffer_load_factor,
                                     .map_key = {shard.prng.next(), shard.prng.next()}};
  pass_ = Pass{dirtiest->number(), std::make_unique<log::Cleaning>(dirtiest->log(), plan, budget)};
}

Partition* Cleaner::partition_of_pass(const ShardState& shard) const {
  if (!pass_) return nullptr;
  Partition* const partition = shard.partitions.find(pass_->partition);
  const bool same =
      partition != nullptr && partition->has_log() && &partition->log() == &pass_->cleaning->log();
  return same ? partition : nullptr;
}

void Cleaner::compact(ShardState& shard) {
  if (syncing_ || shard.phase != Phase::serving) return;
  Partition* partition = partition_of_pass(shard);
  if (partition == nullptr) {
    pass_.reset();
    choose(shard);
    partition = partition_of_pass(shard);
  }
  if (partition == nullptr) {
    again_after(shard, std::max(shard.settings().log_cleaner_backoff_ms, step_pause_ms));
  } else {
    step(shard, *partition);
  }
}

void Cleaner::step(ShardState& shard, Partition& partition) {
  log::Cleaning& cleaning = *pass_->cleaning;
  const std::uint64_t before = cleaning.bytes_read() + cleaning.bytes_written();
  const auto next = cleaning.step(cleaning_step_bytes, shard.now, shard.decompressor);
  shard.storage.collect_removals(shard, partition);
  shard.touched.push_back(partition.number());
  if (!next) {
    give_up(shard, partition, next.error());
    return;
  }
  switch (*next) {
    case log::Cleaning::Next::sync:
      syncing_ = true;
      shard.storage.sync_for_cleaner(shard, cleaning.take_job());
      return;
    case log::Cleaning::Next::done:
      end_pass(shard, partition);
      break;
    case log::Cleaning::Next::overtaken:
      cleaning.abandon();
      pass_.reset();
      break;
    case log::Cleaning::Next::step:
      break;
  }
  const std::uint64_t after = pass_ ? cleaning.bytes_read() + cleaning.bytes_written() : before;
  const std::uint64_t begun = shard.connections.begun();
  const bool others_work = std::exchange(requests_, begun) != begun;
  again_after(shard, std::max(least_ms(after - before, shard.settings()),
                              others_work ? step_pause_ms : idle_pause_ms));
}

void Cleaner::end_pass(ShardState& shard, const Partition& partition) {
  const log::Cleaning& cleaning = *pass_->cleaning;
  shard.say(Severity::info,
            fmt::format("{}: compacted up to offset {}; {} bytes read, {} written, {} keys",
                        to_string(partition.name()), partition.log().cleaned_to().value(),
                        cleaning.bytes_read(), cleaning.bytes_written(), cleaning.keys()));
  pass_.reset();
}

// What is wrong with the disk may pass; what is wrong with a batch stays.
void Cleaner::give_up(ShardState& shard, const Partition& partition, const model::Error& error) {
  pass_->cleaning->abandon();
  pass_.reset();
  shard.storage.report_failure(shard, partition, "cannot be compacted: " + error.detail);
  if (error.code != ErrorCode::kafka_storage_error) cannot_be_cleaned_.insert(partition.number());
  again_after(shard, std::max(shard.settings().log_cleaner_backoff_ms, step_pause_ms));
}

void Cleaner::synced(ShardState& shard, const model::Result<>& result) {
  syncing_ = false;
  if (shard.phase != Phase::serving) return;
  Partition* const partition = partition_of_pass(shard);
  if (partition != nullptr && !result) {
    give_up(shard, *partition, result.error());
  } else {
    compact(shard);
  }
}

void Cleaner::stop() {
  if (pass_) pass_->cleaning->abandon();
  pass_.reset();
}

}  // namespace gregor::broker
