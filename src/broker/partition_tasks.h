// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The work of requests on one partition, on the shard that owns it.
#pragma once

#include <optional>

#include "broker/messages.h"
#include "broker/partition.h"
#include "broker/shard_state.h"
#include "broker/tasks.h"

namespace gregor::broker {

// The result, or nullopt when it comes later: then it is delivered to `address`.
std::optional<TaskResult> run_task(ShardState& shard, Partition& partition, const Task& task,
                                   const Address& address);

// One for each kind of task; produce_task.cc, fetch_task.cc, offset_tasks.cc, group_host.cc.
std::optional<TaskResult> run(ShardState& shard, Partition& partition, const ProduceTask& task,
                              const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition, const FetchTask& task,
                              const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition, const ListOffsetsTask& task,
                              const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition, const EpochEndTask& task,
                              const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition,
                              const DeleteRecordsTask& task, const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition, const DescribeLogTask& task,
                              const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition, const MoveLogTask& task,
                              const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition,
                              const DescribeProducersTask& task, const Address& address);
std::optional<TaskResult> run(ShardState& shard, Partition& partition, const GroupTask& task,
                              const Address& address);

// The bytes that the message's produce tasks refer to move into the message.
void own_records(RunTasks& message);

// Tasks and watches that came from another shard.
void run_tasks_for(ShardState& shard, ShardId from, const RunTasks& message);
void watch_for(ShardState& shard, ShardId from, const WatchPartitions& message);

// What follows from a change of a partition's log: waiting producers and readers are served, and
// syncs begin. To be called once after whatever may have changed it.
void settle_partition(ShardState& shard, Partition& partition);
// The partition is gone: whoever waits for it gets the error.
void fail_waiting(ShardState& shard, Partition& partition, model::ErrorCode error);

}  // namespace gregor::broker
