// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Reading at a partition: finds the bytes, and leaves them where they lie. Consumers read what is
// committed, as far as it is known here, and may be told of a nearer replica; followers read to the
// end of the leader's log, and say by what they ask for how far they are.

#include <utility>

#include "broker/partition_tasks.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using model::Offset;

FetchResult with_marks(const log::Log& log) {
  return {.high_watermark = log.high_watermark(),
          .last_stable = log.last_stable(),
          .log_start = log.log_start()};
}

// The reader's log ends in another epoch than ours does at its offset: it has to go back.
// Filled into `result`; false if the reader's position cannot even be judged.
bool find_divergence(const log::Log& log, const FetchTask& task, FetchResult& result) {
  const auto end = log.end_of_epoch(task.last_fetched_epoch);
  if (!end || log.log_start() > task.offset) return false;
  if (end->epoch < task.last_fetched_epoch || end->end < task.offset)
    result.diverging = {end->epoch, end->end};
  return true;
}

Offset limit_of(const log::Log& log, const FetchTask& task) {
  if (task.replica != model::no_broker) return log.log_end();
  return task.isolation == Isolation::read_committed ? log.last_stable() : log.high_watermark();
}

model::Result<> read_records(log::Log& log, const FetchTask& task, FetchResult& result) {
  const bool committed =
      task.isolation == Isolation::read_committed && task.replica == model::no_broker;
  const auto slice = log.read({.from = task.offset,
                               .limit = limit_of(log, task),
                               .bytes_max = task.bytes_max,
                               .at_least_one_batch = task.at_least_one_batch});
  if (!slice) return model::fail(slice.error());
  if (slice->bytes > 0) result.records = FileSlice{slice->file, slice->position, slice->bytes};
  if (!committed) return {};
  result.aborted.emplace();
  if (slice->bytes == 0) return {};
  const auto aborted = log.aborted_transactions(task.offset, slice->upper_bound);
  if (!aborted) return model::fail(aborted.error());
  for (const log::AbortedTransaction& transaction : *aborted)
    result.aborted->push_back({transaction.producer_id, transaction.first_offset});
  return {};
}

FetchResult read(ShardState& shard, Partition& partition, const FetchTask& task,
                 FetchResult result) {
  if (const auto read = read_records(partition.log(), task, result); !read) {
    if (read.error().code != ErrorCode::offset_out_of_range)
      shard.storage.report_failure(shard, partition, read.error().detail);
    return FetchResult{.error = read.error().code};
  }
  return result;
}

// Whoever is not in sync yet leaves room for others. In-sync replicas never wait: that would
// throttle producers.
FetchResult read_within_quota(ShardState& shard, Partition& partition, const FetchTask& task,
                              FetchResult result) {
  if (!partition.is_throttled_leader()) return read(shard, partition, task, std::move(result));
  const bool in_sync = partition.replica().state().isr.contains(task.replica);
  if (!in_sync && shard.quotas.leaders.is_exceeded(shard.now.monotonic)) {
    result.is_throttled = true;
    return result;
  }
  FetchResult out = read(shard, partition, task, std::move(result));
  if (out.records) shard.quotas.leaders.record(shard.now.monotonic, out.records->length);
  return out;
}

FetchResult serve_follower(ShardState& shard, Partition& partition, const FetchTask& task) {
  const replication::FetchVerdict verdict =
      partition.count_fetch({.replica = task.replica,
                             .broker_epoch = task.replica_epoch,
                             .current_epoch = task.current_leader_epoch,
                             .offset = task.offset,
                             .last_epoch = task.last_fetched_epoch,
                             .log_start = task.replica_log_start},
                            shard.now);
  if (verdict.error != ErrorCode::none) return FetchResult{.error = verdict.error};
  shard.touched.push_back(partition.number());  // that it is so far may commit records
  FetchResult result = with_marks(partition.log());
  if (verdict.diverging) {
    result.diverging = {verdict.diverging->epoch, verdict.diverging->end};
    return result;
  }
  result.is_news = partition.tell_high_watermark(task.replica);
  return read_within_quota(shard, partition, task, std::move(result));
}

// A follower gives no more than it knows to be committed, which may be less than a leader would.
ErrorCode check_consumer(const Partition& partition, const FetchTask& task) {
  return task.any_replica ? partition.check_reader(task.current_leader_epoch)
                          : partition.check_leader(task.current_leader_epoch);
}

// To a consumer that does not name the epoch that it means, only the leader may say that its offset
// is beyond the log: it may have read here while this broker led, and had a longer one. If it were
// told so it would begin anew (auto.offset.reset).
ErrorCode check_end(const Partition& partition, const FetchTask& task) {
  if (task.current_leader_epoch != model::no_leader_epoch ||
      task.offset <= partition.log().log_end())
    return ErrorCode::none;
  return partition.check_leader(model::no_leader_epoch);
}

}  // namespace

std::optional<TaskResult> run(ShardState& shard, Partition& partition, const FetchTask& task,
                              const Address&) {
  if (task.replica != model::no_broker) return serve_follower(shard, partition, task);
  if (const ErrorCode error = check_consumer(partition, task); error != ErrorCode::none)
    return FetchResult{.error = error};
  if (const ErrorCode error = check_end(partition, task); error != ErrorCode::none)
    return FetchResult{.error = error};
  const log::Log& log = partition.log();
  FetchResult result = with_marks(log);
  if (task.nearby) {
    result.preferred_replica =
        partition.replica().preferred_read_replica(*task.nearby, task.offset);
    if (result.preferred_replica != model::no_broker) return result;
  }
  if (task.last_fetched_epoch != model::no_leader_epoch) {
    if (!find_divergence(log, task, result))
      return FetchResult{.error = ErrorCode::offset_out_of_range};
    if (result.diverging.epoch != model::no_leader_epoch) return result;
  }
  return read(shard, partition, task, std::move(result));
}

}  // namespace gregor::broker
