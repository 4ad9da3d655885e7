// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the administrator changes in the topics that the others work with: their settings, and which
// brokers have their replicas.
#include <fmt/format.h>

#include <array>

#include "base/ranges.h"
#include "broker/config_resource.h"
#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/incremental_alter_configs.h"
#include "simulation/administrator.h"

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

namespace {

constexpr std::int8_t set_operation = 0;
constexpr std::int8_t delete_operation = 1;

struct Choice {
  const char* setting;
  std::array<const char*, 3> values;
};
// Of those that change neither what a topic promises nor what its clients may send.
constexpr std::array choices = {
    Choice{"segment.ms", {"200", "2000", "20000"}},
    Choice{"segment.bytes", {"1048576", "2097152", "104857600"}},
    Choice{"flush.ms", {"100", "2000", "60000"}},
    Choice{"index.interval.bytes", {"0", "100", "4096"}},
    Choice{"max.message.bytes", {"1048588", "2097152", "4194304"}},
    Choice{"message.timestamp.type", {"CreateTime", "LogAppendTime", "CreateTime"}},
    Choice{"compression.type", {"producer", "lz4", "uncompressed"}},
    Choice{"file.delete.delay.ms", {"0", "1000", "60000"}},
};

}  // namespace

// --- settings ---

void Administrator::alter(const std::string& topic) {
  const Choice& choice = dice_.pick(choices);
  if (of_unknown_fate_.contains({topic, choice.setting})) return operation_done(false);
  std::optional<std::string> value;
  if (dice_.chance(3, 4)) value = dice_.pick(choice.values);
  IncrementalAlterConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = broker::topic_resource;
  resource.resource_name = topic;
  auto& config = resource.configs.emplace_back();
  config.name = choice.setting;
  config.config_operation = value ? set_operation : delete_operation;
  config.value = value;
  client_.call_any<IncrementalAlterConfigsResponse>(
      request, client_.some_version(IncrementalAlterConfigsRequest::api_key, 0),
      [this, topic, setting = std::string(choice.setting),
       value](ClusterClient::Answer<IncrementalAlterConfigsResponse> answer) {
        const ErrorCode code =
            answer ? (*answer)->responses.at(0).error_code : ErrorCode::request_timed_out;
        if (code == ErrorCode::none) {
          env_.mark("the settings of a topic are changed");
          confirmed_.configs[topic][setting] = value;
        } else if (code == ErrorCode::unknown_topic_or_partition && !told_at_once_) {
          // The broker has not heard of it yet.
        } else if (is_trouble(code)) {
          confirmed_.configs[topic].erase(setting);
          of_unknown_fate_.emplace(topic, setting);
        } else {
          return refuse("IncrementalAlterConfigs", code);
        }
        operation_done(code == ErrorCode::none);
      });
}

void Administrator::look_at_configs() {
  client_.call_any<DescribeConfigsResponse>(
      describe_configs(confirmed_.configs),
      client_.some_version(DescribeConfigsRequest::api_key, 1),
      [this](ClusterClient::Answer<DescribeConfigsResponse> answer) {
        if (!answer) return operation_done(false);
        const std::string what = difference(confirmed_.configs, **answer);
        if (!what.empty() && told_at_once_)
          env_.violate("configs-are-as-told", "a broker tells " + what);
        operation_done(what.empty());
      });
}

// --- replicas ---

std::vector<std::int32_t> Administrator::some_brokers(std::size_t count) {
  std::vector<std::int32_t> brokers;
  while (brokers.size() < count) {
    const auto one = static_cast<std::int32_t>(dice_.between(1, brokers_));
    if (!base::contains(brokers, one)) brokers.push_back(one);
  }
  return brokers;
}

// As many as before: what a topic promises depends on it.
void Administrator::move(const TopicPartition& partition) {
  if (lost_from_sight_.contains(partition)) return operation_done(false);
  std::optional<std::vector<std::int32_t>> replicas;
  const bool cancels = dice_.chance(1, 6);
  if (!cancels)
    replicas = some_brokers(static_cast<std::size_t>(ledger_.topic(partition.topic).replication));
  AlterPartitionReassignmentsRequest request;
  request.timeout_ms = 1500;
  auto& topic = request.topics.emplace_back();
  topic.name = partition.topic;
  topic.partitions.push_back({partition.partition.value(), replicas, {}});
  client_.call_any<AlterPartitionReassignmentsResponse>(
      request, client_.some_version(AlterPartitionReassignmentsRequest::api_key, 0),
      [this, partition,
       replicas](ClusterClient::Answer<AlterPartitionReassignmentsResponse> answer) {
        ErrorCode code = answer ? (*answer)->error_code : ErrorCode::request_timed_out;
        if (answer && code == ErrorCode::none)
          code = (*answer)->responses.at(0).partitions.at(0).error_code;
        moved(partition, replicas, code);
      });
}

void Administrator::moved(const TopicPartition& partition,
                          const std::optional<std::vector<std::int32_t>>& replicas,
                          ErrorCode code) {
  if (code == ErrorCode::none && replicas) {
    env_.mark("a partition is moved");
    confirmed_.replicas[partition] = *replicas;
  } else if (code == ErrorCode::none) {
    env_.mark("the move of a partition is called off");
    confirmed_.replicas.erase(partition);  // they are where they were before
  } else if (code == ErrorCode::invalid_replica_assignment ||
             code == ErrorCode::no_reassignment_in_progress ||
             code == ErrorCode::unknown_topic_or_partition) {
    // A broker is not there, or all has been moved, or who was asked has not heard of the topic.
  } else if (is_trouble(code)) {
    confirmed_.replicas.erase(partition);
    lost_from_sight_.insert(partition);
  } else {
    return refuse("AlterPartitionReassignments", code);
  }
  operation_done(code == ErrorCode::none);
}

}  // namespace gregor::simulation
