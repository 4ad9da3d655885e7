// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/partition.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "broker/invariants.h"
#include "broker/trace.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

class LogOfPartition final : public replication::LogView {
 public:
  explicit LogOfPartition(const Partition& partition) : partition_(partition) {}
  [[nodiscard]] model::Offset start() const override { return partition_.log().log_start(); }
  [[nodiscard]] model::Offset end() const override { return partition_.log().log_end(); }
  [[nodiscard]] model::Offset counted_end() const override { return partition_.counted_end(); }
  [[nodiscard]] std::optional<model::LeaderEpoch> latest_epoch() const override {
    return partition_.log().leader_epochs().latest();
  }
  [[nodiscard]] std::optional<replication::EpochEnd> end_of(
      model::LeaderEpoch epoch) const override {
    const auto found = partition_.log().end_of_epoch(epoch);
    if (!found) return std::nullopt;
    return replication::EpochEnd{found->epoch, found->end};
  }

 private:
  const Partition& partition_;
};

}  // namespace

Partition::Partition(PartitionIdentity identity, std::unique_ptr<log::Log> log,
                     const ReplicaOptions& options)
    : identity_(std::move(identity)),
      options_(options),
      log_(std::move(log)),
      replica_({.self = options.self}, model::Offset(0)) {
  begin_trace();
  begin_log();
}

Partition::Partition(PartitionIdentity identity, std::string offline_reason,
                     const ReplicaOptions& options)
    : identity_(std::move(identity)),
      options_(options),
      offline_reason_(std::move(offline_reason)),
      replica_({.self = options.self}, model::Offset(0)) {
  ASSERT(!offline_reason_.empty());
  begin_trace();
}

Partition::Partition(Partition&&) noexcept = default;
Partition::~Partition() = default;

void Partition::begin_trace() {
  if (options_.trace == nullptr) return;
  effects_.observed = true;
  traced_ = std::make_unique<TracedPartition>();
}

// What is committed is known from the checkpoint, until a leader knows better: the single replica
// at once.
void Partition::begin_log() {
  const model::Offset known = std::max(options_.high_watermark, log_->high_watermark());
  const model::Offset committed = std::min(known, log_->log_end());
  log_->advance_high_watermark(committed);
  const auto min_in_sync = static_cast<std::size_t>(log_->settings().min_insync_replicas);
  replica_ = replication::Replica({.self = options_.self,
                                   .lag_ms_max = options_.lag_ms_max,
                                   .min_insync_replicas = min_in_sync},
                                  committed, options_.incomplete);
  read_throttles();
}

void Partition::read_throttles() {
  const model::TopicSettings& settings = log_->settings();
  throttled_leader_ = model::lists_replica(settings.leader_replication_throttled_replicas,
                                           name().partition, options_.self);
  throttled_follower_ = model::lists_replica(settings.follower_replication_throttled_replicas,
                                             name().partition, options_.self);
}

void Partition::adopt_log(std::unique_ptr<log::Log> log, bool incomplete, model::Now now) {
  ASSERT(log_ == nullptr);
  log_ = std::move(log);
  options_.incomplete = incomplete;
  begin_log();
  if (const auto news = std::exchange(news_, std::nullopt)) follow(*news, now);
}

std::unique_ptr<log::Log> Partition::move_to(std::size_t data_folder, std::unique_ptr<log::Log> log,
                                             model::Now now) {
  ASSERT(!cut_);
  ASSERT(log->log_start() == log_->log_start());
  ASSERT(log->high_watermark() == log_->high_watermark());
  ASSERT(log->log_end() == log_->log_end());
  ASSERT(log->recovery_point() == log->log_end());
  ASSERT(log->leader_epochs().latest() == log_->leader_epochs().latest());
  std::swap(log_, log);
  identity_.data_folder = data_folder;
  syncing_ = false;  // what is under way is the other one's
  step(replication::Flushed(), now);
  check_invariants(*this);
  return log;
}

const std::string& Partition::offline_reason() const {
  return log_ ? log_->offline_reason() : offline_reason_;
}

bool Partition::take_failure() {
  const bool failed = log_ && !log_->offline_reason().empty();
  return failed && !std::exchange(failure_taken_, true);
}

// --- the replica ---

ErrorCode Partition::follow(const replication::LeaderAndIsr& news, model::Now now) {
  news_ = news;
  if (!log_) return ErrorCode::kafka_storage_error;
  const model::LeaderEpoch before = leader_epoch();
  step(news, now);
  if (leader_epoch() != before) readable_changed_ = true;  // who reads here learns who leads
  const ErrorCode error = effects_.error;
  const auto latest = log_->leader_epochs().latest();
  if (error == ErrorCode::kafka_storage_error && latest && *latest > news.leader_epoch)
    log_->take_offline("it has records of leader epoch " + to_string(*latest) +
                       ", and the cluster is at " + to_string(news.leader_epoch));
  return error;
}

bool Partition::refuses_to_lead() const {
  return news_ && news_->leader == options_.self && replica_.state().incomplete;
}

ErrorCode Partition::stop(model::LeaderEpoch epoch, model::Now now) {
  if (!log_) {
    if (news_ && epoch.value() >= 0 && epoch < news_->leader_epoch)
      return ErrorCode::fenced_leader_epoch;
    news_.reset();
    return ErrorCode::kafka_storage_error;
  }
  step(replication::StopReplica{epoch}, now);
  if (effects_.error != ErrorCode::none) return effects_.error;
  readable_changed_ = true;  // who reads here learns that
  return offline_reason().empty() ? ErrorCode::none : ErrorCode::kafka_storage_error;
}

void Partition::set_settings(const log::SettingsPtr& settings, model::Now now) {
  log_->set_settings(settings);
  read_throttles();
  const auto min_in_sync = static_cast<std::size_t>(settings->min_insync_replicas);
  if (min_in_sync != replica_.settings().min_insync_replicas)
    step(replication::MinInsyncReplicasChanged{min_in_sync}, now);
}

void Partition::step(const replication::Event& event, model::Now now) {
  replica_.step(now.monotonic, LogOfPartition(*this), event, effects_);
  if (traced_) options_.trace->note(options_.self, name(), topic_id(), effects_.trace, *traced_);
  perform(now);
}

void Partition::perform(model::Now now) {
  if (effects_.stop_fetching) {
    fetch_.reset();
    question_.reset();
    cut_.reset();
  }
  if (effects_.now_complete) completed_ = true;
  if (effects_.begin_epoch) {
    log_->begin_leader_epoch(*effects_.begin_epoch);
    told_.clear();
  }
  // After a cut that was given up the log's is ahead.
  if (effects_.high_watermark && *effects_.high_watermark > log_->high_watermark()) {
    log_->advance_high_watermark(*effects_.high_watermark);
    readable_changed_ = true;
  }
  if (effects_.log_start) {
    // An error is of the disk, and the next response will say so again.
    (void)log_->delete_records_before(*effects_.log_start);
  }
  if (effects_.fail_waiting) fail_waiters(*effects_.fail_waiting);
  if (!leads()) proposal_.reset();
  if (effects_.propose) proposal_ = std::move(effects_.propose);
  if (effects_.fetch) fetch_ = effects_.fetch;
  if (effects_.ask_log_start) question_ = effects_.ask_log_start;
  if (effects_.truncate_to) cut_ = Cut{.to = *effects_.truncate_to};
  if (effects_.restart_at) cut_ = Cut{.to = *effects_.restart_at, .all = true};
  // The files never say more than the log does.
  if (effects_.truncate_to && log_->recovery_point() <= recovery_point_before_cut()) cut(now);
}

model::Offset Partition::counted_end() const {
  const model::Offset durable = log_->recovery_point();
  return barrier_ > durable ? durable : log_->log_end();
}

ErrorCode Partition::check_leader(model::LeaderEpoch current) const {
  if (!offline_reason().empty()) return ErrorCode::kafka_storage_error;
  return replica_.check_leader(current);
}

ErrorCode Partition::check_reader(model::LeaderEpoch current) const {
  if (!offline_reason().empty()) return ErrorCode::kafka_storage_error;
  return replica_.check_reader(current);
}

replication::FetchVerdict Partition::count_fetch(const replication::FollowerFetch& fetch,
                                                 model::Now now) {
  if (!offline_reason().empty())
    return {.error = ErrorCode::kafka_storage_error, .diverging = std::nullopt};
  step(fetch, now);
  check_invariants(*this);
  return *effects_.verdict;
}

bool Partition::tell_high_watermark(model::BrokerId follower) {
  const model::Offset now = log_->high_watermark();
  return std::exchange(told_[follower], now) != now;
}

// --- producers ---

model::Result<log::Appended> Partition::append(const record::ValidBatch& batch,
                                               const std::optional<record::TimestampStamp>& stamp,
                                               model::Now now) {
  ASSERT(leads());
  const std::size_t segments = log_->segment_count();
  auto appended =
      log_->append_as_leader(batch, {.leader_epoch = leader_epoch(), .stamp = stamp}, now);
  if (log_->segment_count() > segments) wants_sync_ = true;  // also if the batch was refused
  if (!appended) return appended;
  if (log_->unflushed_records() >= log_->settings().flush_messages) {
    barrier_ = log_->log_end();
    wants_sync_ = true;
  }
  step(replication::LeaderAppended(), now);
  if (!replica_.state().followers.empty()) readable_changed_ = true;  // they read to the end
  check_invariants(*this);
  return appended;
}

// Who waits for nothing but the disk has nothing to fear from a small ISR.
void Partition::fail_waiters(ErrorCode error) {
  const auto fail = [&](std::deque<AckWaiter>& waiters) {
    for (AckWaiter& waiter : waiters) {
      waiter.result = ProduceResult{.error = error};
      failed_waiters_.push_back(std::move(waiter));
    }
    waiters.clear();
  };
  fail(ack_waiters_);
  if (!leads()) fail(kept_waiters_);
}

namespace {

void take_while(std::deque<AckWaiter>& waiters, std::vector<AckWaiter>& finished,
                const auto& is_finished) {
  while (!waiters.empty() && is_finished(waiters.front())) {
    finished.push_back(std::move(waiters.front()));
    waiters.pop_front();
  }
}

}  // namespace

std::vector<AckWaiter> Partition::take_finished_waiters() {
  if (!offline_reason().empty()) out_of_reach_ = model::Offset(0);
  std::vector<AckWaiter> finished = std::exchange(failed_waiters_, {});
  const auto take = [&](std::deque<AckWaiter>& waiters, const auto& is_finished) {
    if (!out_of_reach_) return take_while(waiters, finished, is_finished);
    std::deque<AckWaiter> waiting;
    for (AckWaiter& waiter : waiters) {
      const bool refused = waiter.needs > *out_of_reach_;
      if (refused) waiter.result = ProduceResult{.error = ErrorCode::kafka_storage_error};
      const bool ends = refused || is_finished(waiter);
      (ends ? finished.emplace_back() : waiting.emplace_back()) = std::move(waiter);
    }
    waiters = std::move(waiting);
  };
  take(ack_waiters_, [&](const AckWaiter& waiter) { return is_acknowledged(waiter.needs); });
  take(kept_waiters_, [&](const AckWaiter& waiter) { return is_kept(waiter.needs); });
  out_of_reach_.reset();
  return finished;
}

std::vector<AckWaiter> Partition::take_all_waiters() {
  std::vector<AckWaiter> all = std::exchange(failed_waiters_, {});
  for (std::deque<AckWaiter>* const waiters : {&ack_waiters_, &kept_waiters_}) {
    std::ranges::move(*waiters, std::back_inserter(all));
    waiters->clear();
  }
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

void Partition::sync_done(const log::SyncJob& job, const model::Result<>& result, model::Now now) {
  ASSERT(syncing_);
  syncing_ = false;
  if (!result) {
    log_->sync_failed(job, result.error());
    ASSERT(!log_->offline_reason().empty());
    return;
  }
  log_->synced_to(job);
  if (barrier_ > log_->recovery_point() && !sync_fell_short()) wants_sync_ = true;
  step(replication::Flushed(), now);
  check_invariants(*this);
}

}  // namespace gregor::broker
