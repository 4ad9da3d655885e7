// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How replicas stop, and how logs go: with their topic, when the controller says so, or because
// another topic has taken the name.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/partition_folder.h"
#include "broker/partition_tasks.h"
#include "broker/shard_state.h"
#include "broker/storage.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

// On the wire: whatever the leader epoch is.
constexpr model::LeaderEpoch of_deleted_topic{-2};

}  // namespace

// --- a replica stops, its log stays ---

void Storage::let_go(ShardState& shard, Partition& partition) {
  (void)partition.stop(model::no_leader_epoch, shard.now);  // offline is no reason to go on
  shard.groups.follow(shard, partition);
  shard.touched.push_back(partition.number());
}

void Storage::let_go(ShardState& shard, const controller::Topic& topic) {
  for (Partition* const partition : shard.partitions.of_topic(topic.name)) {
    let_go(shard, *partition);
    fail_waiting(shard, *partition, ErrorCode::unknown_topic_or_partition);
  }
  std::erase_if(stopped_, [&](const auto& entry) { return entry.first.topic == topic.name; });
}

void Storage::stop_replicas(ShardState& shard,
                            const std::vector<controller::StoppedReplica>& stopped) {
  for (const controller::StoppedReplica& one : stopped) {
    if (owner_of(one.topic, one.partition, shard.context.shards) != shard.self()) continue;
    const model::LeaderEpoch epoch = one.topic_deleted ? of_deleted_topic : one.leader_epoch;
    (void)stop_replica(shard, {one.topic, one.partition}, epoch, one.remove);  // it says what fails
  }
}

ErrorCode Storage::stop_replica(ShardState& shard, const model::TopicPartition& name,
                                model::LeaderEpoch leader_epoch, bool remove) {
  ErrorCode error = ErrorCode::none;
  if (Partition* const partition = shard.partitions.find_by_name(name.topic, name.partition)) {
    error = partition->stop(leader_epoch, shard.now);
    if (error == ErrorCode::fenced_leader_epoch) return error;
    let_go(shard, *partition);
  }
  note_stopped(shard, name, leader_epoch);
  if (!remove) return error;
  error = remove_log(shard, name);
  if (error == ErrorCode::none) gone_.insert(name);
  return error;
}

// The image may name this replica for a while. (A deleted topic it does not: one of that name is
// another.)
void Storage::note_stopped(const ShardState& shard, const model::TopicPartition& name,
                           model::LeaderEpoch epoch) {
  const controller::TopicRef topic = shard.image->metadata.topic(name.topic);
  const auto index = static_cast<std::size_t>(name.partition.value());
  if (epoch == of_deleted_topic || topic == nullptr || index >= topic->partitions.size()) return;
  const controller::Partition& state = topic->partitions[index];
  const auto self = std::ranges::find(state.replicas, shard.broker_id());
  if (self == state.replicas.end()) return;
  if (epoch == model::no_leader_epoch) epoch = state.leader_epoch;
  stopped_.insert_or_assign(name, Stopped{topic->id, epoch});
}

bool Storage::is_stopped(const model::TopicPartition& name, const model::TopicId& topic,
                         model::LeaderEpoch epoch) {
  const auto found = stopped_.find(name);
  if (found == stopped_.end()) return false;
  if (found->second.topic == topic && epoch <= found->second.epoch) return true;
  stopped_.erase(found);
  return false;
}

// --- logs go ---

// What waits for a replica that has moved may be with its new leader; of a topic that is gone
// nothing is there any more.
std::unique_ptr<Partition> Storage::take_out(ShardState& shard, Partition& partition) {
  const controller::TopicRef topic = shard.image->metadata.topic(partition.name().topic);
  const bool is_there = topic != nullptr && topic->id == partition.topic_id();
  fail_waiting(
      shard, partition,
      is_there ? ErrorCode::not_leader_or_follower : ErrorCode::unknown_topic_or_partition);
  shard.groups.forget(shard, partition);
  shard.moves.forget(shard, partition.number());
  flush_scheduled_.erase(partition.number());
  unopened_.erase(partition.number());
  return shard.partitions.remove(partition.number());
}

// What has the topic's name and is of another one; it is set aside when the topic's own is opened.
void Storage::close_others(ShardState& shard, const controller::Topic& topic) {
  for (Partition* const partition : shard.partitions.of_topic(topic.name)) {
    if (partition->topic_id() == topic.id) continue;
    (void)partition->stop(model::no_leader_epoch, shard.now);
    const auto old = take_out(shard, *partition);
    if (!old->has_log()) continue;
    const auto closed = old->log().close();
    closed_.add({.checkpoint = old->checkpoint(), .clean = closed.has_value(), .has_folder = true});
  }
}

void Storage::remove(ShardState& shard, const controller::Topic& topic) {
  for (const Partition* const partition : shard.partitions.of_topic(topic.name))
    (void)remove_log(shard, partition->name());  // it has said what is wrong
}

ErrorCode Storage::remove_log(ShardState& shard, const model::TopicPartition& name) {
  std::int64_t delay_ms = shard.settings().topic_defaults.file_delete_delay_ms;
  const model::Uuid unique = model::random_uuid(shard.prng);
  model::Result<std::string> path = std::string();
  if (Partition* const partition = shard.partitions.find_by_name(name.topic, name.partition)) {
    const auto old = take_out(shard, *partition);
    if (old->has_log()) {
      delay_ms = old->log().settings().file_delete_delay_ms;
      const LogCheckpoint left = old->checkpoint();
      path = old->log().retire(unique);
      if (!path) closed_.add({.checkpoint = left, .clean = false, .has_folder = true});
    }
  }
  if (const ClosedLog* const found = closed_.find(name); found != nullptr && path) {
    const std::string& folder = state_->folders.at(found->checkpoint.data_folder).path;
    if (found->has_folder) path = retire_folder(files_.disk(), folder, name, unique);
    if (path) closed_.forget(name);
  }
  if (!path) {
    shard.say(Severity::error,
              fmt::format("cannot remove {}: {}", to_string(name), path.error().detail));
    return ErrorCode::kafka_storage_error;
  }
  if (!path->empty()) remove_later(shard, *path, delay_ms);
  for (const DataFolder& folder : state_->folders)
    if (const auto copy = folder.copies.find(name); copy != folder.copies.end())
      remove_later(shard, copy->second, 0);
  return ErrorCode::none;
}

}  // namespace gregor::broker
