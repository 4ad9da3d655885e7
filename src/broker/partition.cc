// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/partition.h"

#include <iterator>
#include <utility>

#include "base/assert.h"
#include "broker/invariants.h"

namespace gregor::broker {

using model::ErrorCode;

Partition::Partition(PartitionIdentity identity, std::unique_ptr<log::Log> log)
    : identity_(std::move(identity)), log_(std::move(log)) {
  begin_log();
}

void Partition::begin_log() {
  // The single replica: all that the log holds is committed.
  log_->advance_high_watermark(log_->log_end());
}

void Partition::adopt_log(std::unique_ptr<log::Log> log) {
  ASSERT(log_ == nullptr);
  log_ = std::move(log);
  begin_log();
  set_leadership(std::exchange(leadership_, Leadership()));
}

Partition::Partition(PartitionIdentity identity, std::string offline_reason)
    : identity_(std::move(identity)), offline_reason_(std::move(offline_reason)) {
  ASSERT(!offline_reason_.empty());
}

const std::string& Partition::offline_reason() const {
  return log_ ? log_->offline_reason() : offline_reason_;
}

void Partition::set_leadership(const Leadership& leadership) {
  const bool became_leader =
      leadership.leads && (!leadership_.leads || leadership_.epoch < leadership.epoch);
  leadership_ = leadership;
  if (!became_leader || !log_) return;
  const auto latest = log_->leader_epochs().latest();
  if (latest && *latest > leadership.epoch)
    log_->take_offline("it has records of leader epoch " + to_string(*latest) +
                       ", and the cluster is at " + to_string(leadership.epoch));
  else
    log_->begin_leader_epoch(leadership.epoch);
}

ErrorCode Partition::check_leader(model::LeaderEpoch current) const {
  if (!offline_reason().empty()) return ErrorCode::kafka_storage_error;
  if (current != model::no_leader_epoch && current < leadership_.epoch)
    return ErrorCode::fenced_leader_epoch;
  if (current > leadership_.epoch) return ErrorCode::unknown_leader_epoch;
  return leadership_.leads ? ErrorCode::none : ErrorCode::not_leader_or_follower;
}

model::Result<log::Appended> Partition::append(const record::ValidBatch& batch,
                                               const std::optional<record::TimestampStamp>& stamp,
                                               model::Now now) {
  ASSERT(leadership_.leads);
  const std::size_t segments = log_->segment_count();
  auto appended =
      log_->append_as_leader(batch, {.leader_epoch = leadership_.epoch, .stamp = stamp}, now);
  if (log_->segment_count() > segments) wants_sync_ = true;  // also if the batch was refused
  if (!appended) return appended;
  if (log_->unflushed_records() >= log_->settings().flush_messages) {
    barrier_ = log_->log_end();
    wants_sync_ = true;
  }
  advance_high_watermark();
  check_invariants(*this);
  return appended;
}

void Partition::advance_high_watermark() {
  const model::Offset durable = log_->recovery_point();
  const model::Offset target = barrier_ > durable ? durable : log_->log_end();
  if (target <= log_->high_watermark()) return;
  log_->advance_high_watermark(target);
  readable_changed_ = true;
}

std::vector<AckWaiter> Partition::take_finished_waiters() {
  if (!offline_reason().empty()) out_of_reach_ = model::Offset(0);
  std::vector<AckWaiter> finished;
  while (!ack_waiters_.empty() && !out_of_reach_ && is_acknowledged(ack_waiters_.front().needs)) {
    finished.push_back(std::move(ack_waiters_.front()));
    ack_waiters_.pop_front();
  }
  if (!out_of_reach_) return finished;
  std::deque<AckWaiter> waiting;
  for (AckWaiter& waiter : ack_waiters_) {
    const bool refused = waiter.needs > *out_of_reach_;
    if (refused) waiter.result = ProduceResult{.error = ErrorCode::kafka_storage_error};
    const bool ends = refused || is_acknowledged(waiter.needs);
    (ends ? finished.emplace_back() : waiting.emplace_back()) = std::move(waiter);
  }
  ack_waiters_ = std::move(waiting);
  out_of_reach_.reset();
  return finished;
}

std::vector<AckWaiter> Partition::take_all_waiters() {
  std::vector<AckWaiter> all(std::make_move_iterator(ack_waiters_.begin()),
                             std::make_move_iterator(ack_waiters_.end()));
  ack_waiters_.clear();
  return all;
}

std::optional<log::SyncJob> Partition::next_sync(model::Now now) {
  if (!wants_sync_ || syncing_ || !log_ || !log_->offline_reason().empty()) return std::nullopt;
  wants_sync_ = false;
  auto job = log_->take_sync_job(now);
  syncing_ = job.has_value();
  if (sync_fell_short()) out_of_reach_ = job ? job->up_to : log_->recovery_point();
  return job;
}

bool Partition::sync_fell_short() const {
  return offline_reason().empty() && !log_->sync_obstacle().empty();
}

void Partition::sync_done(const log::SyncJob& job, const model::Result<>& result) {
  ASSERT(syncing_);
  syncing_ = false;
  if (!result) {
    log_->sync_failed(job, result.error());
    ASSERT(!log_->offline_reason().empty());
    return;
  }
  log_->synced_to(job);
  if (barrier_ > log_->recovery_point() && !sync_fell_short()) wants_sync_ = true;
  advance_high_watermark();
  check_invariants(*this);
}

}  // namespace gregor::broker
