// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Questions about offsets, sizes and producers, and the removal of old records, at a partition.

#include <utility>

#include "broker/partition_tasks.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using model::LeaderEpoch;
using model::Offset;

ListOffsetsResult earliest_of(const log::Log& log) {
  ListOffsetsResult result{.offset = log.log_start()};
  const auto& epochs = log.leader_epochs().entries();
  if (!epochs.empty() && epochs.front().start <= log.log_start())
    result.leader_epoch = epochs.front().epoch;
  return result;
}

// What consumers may see ends at `limit`: a record beyond it is not there for them.
ListOffsetsResult found_below(Offset limit, const std::optional<log::FoundOffset>& found) {
  if (!found || found->offset >= limit) return {};
  return {
      .timestamp = found->timestamp, .offset = found->offset, .leader_epoch = found->leader_epoch};
}

}  // namespace

bool is_known_timestamp(std::int64_t timestamp, model::ApiVersion version) {
  switch (timestamp) {
    case latest_timestamp:
    case earliest_timestamp:
      return true;
    case max_timestamp:
      return version >= model::ApiVersion(7);
    case earliest_local_timestamp:
      return version >= model::ApiVersion(8);
    case latest_tiered_timestamp:
      return version >= model::ApiVersion(9);
    default:
      return timestamp >= 0;
  }
}

std::optional<TaskResult> run(ShardState& shard, Partition& partition, const ListOffsetsTask& task,
                              const Address&) {
  if (const ErrorCode error = partition.check_leader(task.current_leader_epoch);
      error != ErrorCode::none)
    return ListOffsetsResult{.error = error};
  log::Log& log = partition.log();
  // A new leader may not know yet how much is committed (KIP-207).
  const ErrorCode end_known =
      task.from_replica ? ErrorCode::none : partition.replica().check_end_known();
  const Offset committed =
      task.isolation == Isolation::read_committed ? log.last_stable() : log.high_watermark();
  const Offset limit = task.from_replica ? log.log_end() : committed;
  switch (task.timestamp) {
    case latest_timestamp:
      if (end_known != ErrorCode::none) return ListOffsetsResult{.error = end_known};
      return ListOffsetsResult{.offset = limit, .leader_epoch = partition.leader_epoch()};
    case earliest_timestamp:
    case earliest_local_timestamp:
      return earliest_of(log);
    case latest_tiered_timestamp:  // nothing ever is in another tier
      return ListOffsetsResult{};
    default:
      break;
  }
  const auto found =
      task.timestamp == max_timestamp
          ? log.offset_of_max_timestamp(shard.decompressor)
          : log.offset_for_timestamp(model::Timestamp(task.timestamp), shard.decompressor);
  if (found) {
    ListOffsetsResult result = found_below(limit, *found);
    if (result.offset == model::no_offset) result.error = end_known;
    return result;
  }
  shard.storage.report_failure(shard, partition, found.error().detail);
  return ListOffsetsResult{.error = found.error().code};
}

std::optional<TaskResult> run(ShardState&, Partition& partition, const EpochEndTask& task,
                              const Address&) {
  if (const ErrorCode error = partition.check_leader(task.current_leader_epoch);
      error != ErrorCode::none)
    return EpochEndResult{.error = error};
  const auto end = partition.log().end_of_epoch(task.epoch);
  if (!end) return EpochEndResult{};
  return EpochEndResult{.end = {end->epoch, end->end}};
}

std::optional<TaskResult> run(ShardState& shard, Partition& partition,
                              const DeleteRecordsTask& task, const Address&) {
  if (const ErrorCode error = partition.check_leader(model::no_leader_epoch);
      error != ErrorCode::none)
    return DeleteRecordsResult{.error = error};
  log::Log& log = partition.log();
  if (!log.settings().cleanup_policy_delete)
    return DeleteRecordsResult{.error = ErrorCode::policy_violation};
  const Offset before = task.before == model::no_offset ? log.high_watermark() : task.before;
  if (before.value() < 0) return DeleteRecordsResult{.error = ErrorCode::offset_out_of_range};
  if (const auto removed = log.delete_records_before(before); !removed) {
    if (removed.error().code == ErrorCode::kafka_storage_error)
      shard.storage.report_failure(shard, partition, removed.error().detail);
    return DeleteRecordsResult{.error = removed.error().code};
  }
  shard.storage.collect_removals(shard, partition);
  shard.touched.push_back(partition.number());
  return DeleteRecordsResult{.low_watermark = log.log_start()};
}

std::optional<TaskResult> run(ShardState& shard, Partition& partition, const DescribeLogTask&,
                              const Address&) {
  if (!partition.has_log()) return DescribeLogResult{.error = ErrorCode::kafka_storage_error};
  return DescribeLogResult{.data_folder = partition.data_folder(),
                           .size_bytes = partition.log().size_bytes(),
                           .copy = shard.moves.copy_of(partition)};
}

std::optional<TaskResult> run(ShardState& shard, Partition& partition, const MoveLogTask& task,
                              const Address&) {
  return MoveLogResult{.error = shard.moves.begin(shard, partition, task.data_folder)};
}

std::optional<TaskResult> run(ShardState&, Partition& partition, const DescribeProducersTask&,
                              const Address&) {
  if (const ErrorCode error = partition.check_leader(model::no_leader_epoch);
      error != ErrorCode::none)
    return DescribeProducersResult{.error = error};
  DescribeProducersResult result;
  for (const auto& [id, state] : partition.log().producers().all()) {
    const log::ProducerBatch* const last = state.last_batch();
    result.producers.push_back(
        {.id = id,
         .epoch = state.epoch,
         .last_sequence = last == nullptr ? model::no_sequence : last->last_sequence,
         .last_timestamp = state.last_timestamp,
         .coordinator_epoch = state.coordinator_epoch,
         .transaction_start = state.transaction_start.value_or(model::no_offset)});
  }
  return result;
}

}  // namespace gregor::broker
