// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// CreatePartitions, on shard 0: more partitions for topics that exist.

#include <map>
#include <utility>
#include <vector>

#include "base/ranges.h"
#include "broker/broker_ids.h"
#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "protocol/messages/create_partitions.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::CreatePartitionsRequest;
using protocol::CreatePartitionsResponse;
using GrownTopic = CreatePartitionsResponse::CreatePartitionsTopicResult;
using PartitionsCreated = std::vector<model::Result<>>;

controller::MorePartitions more(const CreatePartitionsRequest::CreatePartitionsTopic& topic) {
  controller::MorePartitions wanted{topic.name, topic.count, std::nullopt};
  if (!topic.assignments) return wanted;
  wanted.assignments.emplace();
  for (const auto& assignment : *topic.assignments)
    wanted.assignments->push_back(broker_ids(assignment.broker_ids));
  return wanted;
}

GrownTopic answer_for(const std::string& name, const model::Result<>& result) {
  GrownTopic answer;
  answer.name = name;
  if (result) return answer;
  answer.error_code = result.error().code;
  if (!result.error().detail.empty() &&
      result.error().code != ErrorCode::unknown_topic_or_partition)
    answer.error_message = result.error().detail;
  return answer;
}

}  // namespace

void on_create_partitions(ShardState& shard, const Request& request) {
  const auto body = take_body<CreatePartitionsRequest>(shard, request);
  if (!body) return;
  std::map<std::string, int> times;
  for (const auto& topic : body->topics) ++times[topic.name];
  controller::CreatePartitions command{.topics = {}, .validate_only = body->validate_only};
  CreatePartitionsResponse refused;
  for (const auto& topic : body->topics) {
    const int count = std::exchange(times[topic.name], 0);
    if (count == 1)
      command.topics.push_back(more(topic));
    else if (count > 1)
      refused.results.push_back(
          answer_for(topic.name, model::fail(ErrorCode::invalid_request, "Duplicate topic name.")));
  }
  auto names = base::mapped(command.topics, [](const auto& topic) { return topic.topic; });
  shard.controller->submit(
      shard, std::move(command),
      [head = request.head, names = std::move(names), response = std::move(refused)](
          ShardState& later, ControllerHost::Results results) mutable {
        const auto& created = std::get<PartitionsCreated>(results);
        for (std::size_t i = 0; i < names.size(); ++i)
          response.results.push_back(answer_for(names[i], created.at(i)));
        later.reply(head, response);
      });
}

}  // namespace gregor::broker
