// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DeleteTopics, on shard 0: by name, or from version 6 on by id.

#include <map>
#include <utility>
#include <vector>

#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "protocol/messages/delete_topics.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::DeleteTopicsRequest;
using protocol::DeleteTopicsResponse;
using DeletedTopic = DeleteTopicsResponse::DeletableTopicResult;
using TopicsDeleted = std::vector<model::Result<controller::TopicDeleted>>;

constexpr model::ApiVersion deletes_by_topic_id{6};
constexpr model::ApiVersion knows_deletion_disabled{3};

struct SortedOut {
  std::vector<controller::DeleteTopic> topics;
  std::vector<DeletedTopic> refused;
};

DeletedTopic refusal(const controller::DeleteTopic& topic, const char* why) {
  DeletedTopic answer;
  answer.name = topic.name;
  answer.topic_id = topic.id;
  answer.error_code = ErrorCode::invalid_request;
  answer.error_message = why;
  return answer;
}

std::vector<controller::DeleteTopic> named(const DeleteTopicsRequest& request,
                                           model::ApiVersion version) {
  std::vector<controller::DeleteTopic> topics;
  if (version >= deletes_by_topic_id) {
    for (const auto& topic : request.topics) topics.push_back({topic.name, topic.topic_id});
  } else {
    for (const std::string& name : request.topic_names) topics.push_back({name, {}});
  }
  return topics;
}

// What is named twice, or both ways, or not at all, is answered once, and stays.
SortedOut sort_out(const std::vector<controller::DeleteTopic>& named) {
  std::map<std::pair<std::optional<std::string>, model::TopicId>, int> times;
  for (const auto& topic : named) ++times[{topic.name, topic.id}];
  SortedOut wanted;
  for (const auto& topic : named) {
    const int count = std::exchange(times[{topic.name, topic.id}], 0);
    if (count == 0) continue;
    if (topic.name && !topic.id.is_zero())
      wanted.refused.push_back(refusal(topic, "You may not specify both topic name and topic id."));
    else if (!topic.name && topic.id.is_zero())
      wanted.refused.push_back(refusal(topic, "Neither topic name nor id were specified."));
    else if (count > 1)
      wanted.refused.push_back(
          refusal(topic, topic.name ? "Duplicate topic name." : "Duplicate topic id."));
    else
      wanted.topics.push_back(topic);
  }
  return wanted;
}

DeletedTopic answer_for(const controller::DeleteTopic& topic,
                        const model::Result<controller::TopicDeleted>& deleted,
                        model::ApiVersion version) {
  DeletedTopic answer;
  answer.name = topic.name;
  answer.topic_id = topic.id;
  if (deleted) {
    answer.name = deleted->name;
    answer.topic_id = deleted->id;
    return answer;
  }
  answer.error_code = deleted.error().code;
  if (answer.error_code == ErrorCode::topic_deletion_disabled && version < knows_deletion_disabled)
    answer.error_code = ErrorCode::invalid_request;
  // That deletion is disabled says all there is to say.
  if (!deleted.error().detail.empty() && deleted.error().code != ErrorCode::topic_deletion_disabled)
    answer.error_message = deleted.error().detail;
  return answer;
}

}  // namespace

void on_delete_topics(ShardState& shard, const Request& request) {
  const auto body = take_body<DeleteTopicsRequest>(shard, request);
  if (!body) return;
  SortedOut wanted = sort_out(named(*body, request.head.version));
  controller::DeleteTopics command{wanted.topics};
  shard.controller->submit(
      shard, std::move(command),
      [head = request.head, wanted = std::move(wanted)](ShardState& later,
                                                        ControllerHost::Results results) {
        const auto& deleted = std::get<TopicsDeleted>(results);
        DeleteTopicsResponse response;
        response.responses = wanted.refused;
        for (std::size_t i = 0; i < wanted.topics.size(); ++i)
          response.responses.push_back(answer_for(wanted.topics[i], deleted.at(i), head.version));
        later.reply(head, response);
      });
}

}  // namespace gregor::broker
