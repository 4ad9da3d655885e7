// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// AlterReplicaLogDirs: replicas of this broker are to lie in other data folders. The answer says
// whether that has begun; DescribeLogDirs tells how far it is. A replica that is not here gets an
// error, and yet its log will lie where this says if it is made later: so whoever reassigns a
// partition says first in which folder of its new broker it shall lie.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/answer_gather.h"
#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "log/file_names.h"
#include "protocol/messages/alter_replica_log_dirs.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::AlterReplicaLogDirsRequest;
using protocol::AlterReplicaLogDirsResponse;

constexpr std::int64_t timeout_ms = 30'000;

// Of a partition that is named several times the last mention counts.
using WantedPaths = std::map<std::string, std::map<std::int32_t, std::string>>;

class MoveLogsGather final
    : public AnswerGather<AlterReplicaLogDirsResponse,
                          AlterReplicaLogDirsResponse::AlterReplicaLogDirPartitionResult,
                          MoveLogResult> {
 public:
  MoveLogsGather(const RequestHead& head, const WantedPaths& wanted) : AnswerGather(head) {
    auto& topics = response().results;
    topics.resize(wanted.size());
    auto topic = topics.begin();
    for (const auto& [name, partitions] : wanted) {
      topic->topic_name = name;
      topic->partitions.resize(partitions.size());
      auto slot = topic->partitions.begin();
      for (const auto& [index, path] : partitions) {
        slot->partition_index = index;
        add_slot(*slot++);
      }
      ++topic;
    }
  }

 private:
  void put(MoveLogResult from, Slot& to) override {
    const bool is_elsewhere = from.error == ErrorCode::not_leader_or_follower;
    to.error_code = is_elsewhere ? ErrorCode::replica_not_available : from.error;
  }
};

WantedPaths wanted_by(const AlterReplicaLogDirsRequest& request) {
  WantedPaths out;
  for (const auto& folder : request.dirs)
    for (const auto& topic : folder.topics)
      for (const std::int32_t index : topic.partitions) out[topic.name][index] = folder.path;
  return out;
}

// The folder of the copy would have a name that no file system takes.
bool is_name_too_long(const model::TopicPartition& name) {
  return name.topic.size() > log::movable_topic_length_max(name.partition);
}

}  // namespace

void on_alter_replica_log_dirs(ShardState& shard, const Request& request) {
  const auto body = take_body<AlterReplicaLogDirsRequest>(shard, request);
  if (!body) return;
  const WantedPaths wanted = wanted_by(*body);
  const auto& folders = shard.settings().log_dirs;
  Dispatch dispatch(shard, std::make_unique<MoveLogsGather>(request.head, wanted));
  std::map<ShardId, PlaceLogs> places;
  std::uint32_t slot = 0;
  for (const auto& [topic, partitions] : wanted)
    for (const auto& [index, path] : partitions) {
      const model::TopicPartition name{topic, model::PartitionIndex(index)};
      const auto folder = std::ranges::find(folders, path);
      const MoveLogTask task{static_cast<std::size_t>(folder - folders.begin())};
      if (is_name_too_long(name)) {
        dispatch.refuse(slot++, task, ErrorCode::invalid_topic_exception);
      } else if (folder == folders.end()) {
        dispatch.refuse(slot++, task, ErrorCode::log_dir_not_found);
      } else {
        const ShardId owner = owner_of(topic, name.partition, shard.context.shards);
        places[owner].folders.emplace(name, task.data_folder);
        dispatch.add(slot++, topic, name.partition, task);
      }
    }
  for (auto& [owner, logs] : places) shard.send(owner, std::move(logs));
  std::move(dispatch).finish(shard.after(timeout_ms));
}

}  // namespace gregor::broker
