// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeLogDirs: what lies in each data folder, and how much room there is.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/dispatch.h"
#include "broker/handlers.h"
#include "protocol/messages/describe_log_dirs.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::DescribeLogDirsRequest;
using protocol::DescribeLogDirsResponse;
using Folder = DescribeLogDirsResponse::DescribeLogDirsResult;

constexpr std::int64_t describing_max_ms = 30'000;

class LogDirsGather final : public Gather {
 public:
  LogDirsGather(const RequestHead& head, std::vector<model::TopicPartition> asked)
      : Gather(head), asked_(std::move(asked)), results_(asked_.size()) {}

  void fill(std::uint32_t slot, TaskResult result) override {
    results_[slot] = std::get<DescribeLogResult>(result);
  }

  bool complete(ShardState& shard, RequestId) override {
    DescribeLogDirsResponse response;
    const auto& folders = shard.settings().log_dirs;
    for (std::size_t i = 0; i < folders.size(); ++i)
      response.results.push_back(describe(shard, folders[i], i));
    shard.reply(head(), response);
    return true;
  }
  void expire(ShardState& shard, RequestId self) override { complete(shard, self); }

 private:
  // Partitions that are not here, or cannot be read, are left out, as in Kafka.
  [[nodiscard]] Folder describe(const ShardState& shard, const std::string& path,
                                std::size_t index) const {
    Folder folder;
    folder.log_dir = path;
    const auto space = shard.context.disk->space(path);
    if (!space) {
      folder.error_code = ErrorCode::kafka_storage_error;
      return folder;
    }
    folder.total_bytes = static_cast<std::int64_t>(space->total);
    folder.usable_bytes = static_cast<std::int64_t>(space->usable);
    for (std::size_t slot = 0; slot < asked_.size(); ++slot) {
      const auto& result = results_[slot];
      if (!result || result->error != ErrorCode::none) continue;
      if (result->data_folder == index)
        add(folder, asked_[slot]).partition_size = static_cast<std::int64_t>(result->size_bytes);
      if (!result->copy || result->copy->data_folder != index) continue;
      auto& copy = add(folder, asked_[slot]);
      copy.partition_size = static_cast<std::int64_t>(result->copy->size_bytes);
      copy.offset_lag = result->copy->lag;
      copy.is_future_key = true;
    }
    return folder;
  }

  static DescribeLogDirsResponse::DescribeLogDirsPartition& add(Folder& folder,
                                                                const model::TopicPartition& name) {
    if (folder.topics.empty() || folder.topics.back().name != name.topic)
      folder.topics.emplace_back().name = name.topic;
    auto& partition = folder.topics.back().partitions.emplace_back();
    partition.partition_index = name.partition.value();
    return partition;
  }

  std::vector<model::TopicPartition> asked_;  // the partitions of a topic in a row
  std::vector<std::optional<DescribeLogResult>> results_;
};

std::vector<model::TopicPartition> wanted(const ShardState& shard,
                                          const DescribeLogDirsRequest& request) {
  std::vector<model::TopicPartition> partitions;
  if (request.topics) {
    for (const auto& topic : *request.topics)
      for (const std::int32_t index : topic.partitions)
        partitions.push_back({topic.topic, model::PartitionIndex(index)});
    return partitions;
  }
  for (const auto& [name, topic] : shard.image->metadata.topics)
    for (std::size_t i = 0; i < topic->partitions.size(); ++i)
      partitions.push_back({name, model::PartitionIndex(static_cast<std::int32_t>(i))});
  return partitions;
}

}  // namespace

void on_describe_log_dirs(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeLogDirsRequest>(shard, request);
  if (!body) return;
  const auto partitions = wanted(shard, *body);
  Dispatch dispatch(shard, std::make_unique<LogDirsGather>(request.head, partitions));
  for (std::uint32_t slot = 0; slot < partitions.size(); ++slot)
    dispatch.add(slot, partitions[slot].topic, partitions[slot].partition, DescribeLogTask{});
  std::move(dispatch).finish(shard.after(describing_max_ms));
}

}  // namespace gregor::broker
