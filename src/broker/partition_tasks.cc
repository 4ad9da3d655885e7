// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/partition_tasks.h"

#include <utility>

#include "broker/dispatch.h"

namespace gregor::broker {

std::optional<TaskResult> run_task(ShardState& shard, Partition& partition, const Task& task,
                                   const Address& address) {
  return std::visit([&](const auto& one) { return run(shard, partition, one, address); }, task);
}

TaskResult refused(const Task& task, model::ErrorCode error) {
  struct Refused {
    model::ErrorCode error;
    TaskResult operator()(const ProduceTask&) const { return ProduceResult{.error = error}; }
    TaskResult operator()(const FetchTask&) const {
      return FetchResult{.error = error, .aborted = std::vector<AbortedTransaction>{}};
    }
    TaskResult operator()(const ListOffsetsTask&) const {
      return ListOffsetsResult{.error = error};
    }
    TaskResult operator()(const EpochEndTask&) const { return EpochEndResult{.error = error}; }
    TaskResult operator()(const DeleteRecordsTask&) const {
      return DeleteRecordsResult{.error = error};
    }
    TaskResult operator()(const DescribeLogTask&) const {
      return DescribeLogResult{.error = error};
    }
    TaskResult operator()(const MoveLogTask&) const { return MoveLogResult{.error = error}; }
    TaskResult operator()(const DescribeProducersTask&) const {
      return DescribeProducersResult{.error = error};
    }
    // Whoever does not lead the partition does not coordinate its groups.
    TaskResult operator()(const GroupTask& task) const {
      return GroupResult{group::refused(task.body, model::ErrorCode::not_coordinator)};
    }
  };
  return std::visit(Refused{error}, task);
}

bool asks_any_replica(const Task& task) {
  if (const auto* const fetch = std::get_if<FetchTask>(&task)) return fetch->any_replica;
  return std::holds_alternative<DescribeLogTask>(task) || std::holds_alternative<MoveLogTask>(task);
}

void own_records(RunTasks& message) {
  std::size_t total = 0;
  for (const PlacedTask& placed : message.tasks)
    if (const auto* produce = std::get_if<ProduceTask>(&placed.task))
      total += produce->records.size();
  message.records.reserve(total);  // so that the views stay good
  for (PlacedTask& placed : message.tasks) {
    auto* const produce = std::get_if<ProduceTask>(&placed.task);
    if (produce == nullptr) continue;
    const std::size_t at = message.records.size();
    base::append(message.records, produce->records);
    produce->records = base::BytesView(message.records).subspan(at);
  }
}

void ShardState::deliver(const Address& to, TaskResult result) {
  if (to.shard == self())
    gathers.deliver(to.request, to.slot, std::move(result));
  else
    results_for_others[{to.shard, to.request}].emplace_back(to.slot, std::move(result));
}

void run_tasks_for(ShardState& shard, ShardId from, const RunTasks& message) {
  for (const PlacedTask& placed : message.tasks) {
    const Address address{from, message.request, placed.slot};
    std::optional<TaskResult> result;
    if (Partition* const partition = shard.partitions.find(placed.topic, placed.partition)) {
      result = run_task(shard, *partition, placed.task, address);
    } else {  // gone since the other shard looked, or not here yet
      const auto routed =
          route(shard, placed.topic, placed.partition, asks_any_replica(placed.task));
      result =
          refused(placed.task, routed ? model::ErrorCode::not_leader_or_follower : routed.error());
    }
    if (result) shard.deliver(address, std::move(*result));
  }
}

void watch_for(ShardState& shard, ShardId from, const WatchPartitions& message) {
  RunTasks changed{.request = message.request, .tasks = {}, .records = {}};
  for (const WatchTask& watch : message.tasks) {
    const PlacedTask& placed = watch.placed;
    Partition* const partition = shard.partitions.find(placed.topic, placed.partition);
    const auto& task = std::get<FetchTask>(placed.task);
    // A follower reads beyond the high watermark.
    const bool unread = partition != nullptr && partition->has_log() &&
                        task.replica != model::no_broker &&
                        partition->log().log_end() > task.offset;
    if (partition != nullptr && partition->has_log() && !unread &&
        partition->log().high_watermark() == watch.seen)
      shard.watches.add(partition->number(), {{from, message.request, placed.slot}, task});
    else  // it has changed meanwhile
      changed.tasks.push_back(placed);
  }
  run_tasks_for(shard, from, changed);
}

void settle_partition(ShardState& shard, Partition& partition) {
  shard.storage.begin_sync(shard, partition);
  for (AckWaiter& waiter : partition.take_finished_waiters())
    shard.deliver(waiter.address, std::move(waiter.result));
  shard.groups.settle(shard, partition);
  shard.fetchers.note(shard, partition);
  shard.proposals.note(partition);
  if (partition.pending_cut()) shard.storage.want_cut(shard, partition);
  if (partition.take_completed()) shard.storage.note_complete(shard, partition);
  const bool serves_in_a_cluster = shard.phase == Phase::serving && shard.may_have_peers();
  if (serves_in_a_cluster && partition.take_failure()) shard.send(controller_shard, LogFailed{});
  const bool offline = !partition.offline_reason().empty();
  if (partition.take_readable_changed() || offline) {
    for (const Watch& watch : shard.watches.take(partition.number())) {
      auto result = run(shard, partition, watch.task, watch.address);
      if (result) shard.deliver(watch.address, std::move(*result));
    }
  }
  if (!partition.has_log()) return;
  for (std::string& note : partition.log().take_notes())
    shard.say(Severity::warning, std::move(note));
}

void fail_waiting(ShardState& shard, Partition& partition, model::ErrorCode error) {
  for (const AckWaiter& waiter : partition.take_all_waiters())
    shard.deliver(waiter.address, ProduceResult{.error = error});
  for (const Watch& watch : shard.watches.take(partition.number()))
    shard.deliver(watch.address, refused(watch.task, error));
}

}  // namespace gregor::broker
