// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/dispatch.h"

#include <algorithm>
#include <utility>

#include "base/ranges.h"
#include "broker/partition_tasks.h"

namespace gregor::broker {

using model::ErrorCode;

std::expected<ShardId, ErrorCode> route(const ShardState& shard, const TopicRef& topic,
                                        model::PartitionIndex partition, bool any_replica) {
  const controller::Image& image = shard.image->metadata;
  const auto found =
      std::visit([&](const auto& name_or_id) { return image.topic(name_or_id); }, topic);
  if (found == nullptr)
    return std::unexpected(is_by_id(topic) ? ErrorCode::unknown_topic_id
                                           : ErrorCode::unknown_topic_or_partition);
  const auto index = static_cast<std::size_t>(partition.value());
  if (partition.value() < 0 || index >= found->partitions.size())
    return std::unexpected(ErrorCode::unknown_topic_or_partition);
  const controller::Partition& state = found->partitions[index];
  const bool is_replica = base::contains(state.replicas, shard.broker_id());
  if (any_replica ? !is_replica : state.leader != shard.broker_id())
    return std::unexpected(ErrorCode::not_leader_or_follower);
  return owner_of(found->name, partition, shard.context.shards);
}

Dispatch::Dispatch(ShardState& shard, std::unique_ptr<Gather> gather)
    : shard_(shard), gather_(std::move(gather)), id_(shard.gathers.next_id()) {}

void Dispatch::add(std::uint32_t slot, const TopicRef& topic, model::PartitionIndex partition,
                   const Task& task) {
  if (Partition* const here = shard_.partitions.find(topic, partition); here != nullptr) {
    if (auto result = run_task(shard_, *here, task, {shard_.self(), id_, slot}))
      gather_->fill(slot, std::move(*result));
    else
      gather_->expect_one();
    return;
  }
  const auto owner = route(shard_, topic, partition, asks_any_replica(task));
  if (!owner) {
    gather_->fill(slot, refused(task, owner.error()));
  } else if (*owner == shard_.self()) {
    gather_->fill(slot, refused(task, ErrorCode::not_leader_or_follower));
  } else {
    gather_->expect_one();
    elsewhere_[*owner].tasks.push_back({slot, topic, partition, task});
  }
}

void Dispatch::finish(std::optional<model::Instant> deadline) && {
  for (auto& [owner, message] : elsewhere_) {
    message.request = id_;
    own_records(message);
    shard_.send(owner, std::move(message));
  }
  if (gather_->outstanding() == 0 && gather_->complete(shard_, id_)) return;
  Timers::Handle handle;
  if (deadline) handle = shard_.timers.set(*deadline, id_);
  shard_.gathers.park(id_, std::move(gather_), handle);
}

}  // namespace gregor::broker
