// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/administrator.h"

#include <fmt/format.h>

#include "protocol/messages/create_partitions.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_records.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/metadata.h"
#include "simulation/list_offsets.h"

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

namespace {

constexpr std::size_t own_topics = 4;
constexpr std::int32_t partitions_max = 8;

}  // namespace

bool is_trouble(ErrorCode code) {
  return code == ErrorCode::request_timed_out || code == ErrorCode::not_controller ||
         code == ErrorCode::kafka_storage_error || code == ErrorCode::leader_not_available ||
         code == ErrorCode::not_leader_or_follower || code == ErrorCode::not_enough_replicas ||
         code == ErrorCode::unknown_server_error || code == ErrorCode::broker_not_available ||
         code == ErrorCode::invalid_replication_factor || code == ErrorCode::network_exception;
}

void Administrator::operate() {
  if (!to_create_.empty()) return create_planned();
  if (!trimmed_.empty() && dice_.chance(1, 3)) return trim(dice_.pick(trimmed_));
  if (!altered_.empty() && dice_.chance(1, 4)) {
    const bool looks = !confirmed_.configs.empty() && dice_.chance(1, 3);
    return looks ? look_at_configs() : alter(dice_.pick(altered_));
  }
  if (!moved_.empty() && dice_.chance(1, 4)) return move(dice_.pick(moved_));
  while (topics_.size() < own_topics) abandon(topics_.emplace_back());
  Topic& topic = topics_[dice_.below(own_topics)];
  if (dice_.chance(1, 3)) return look(topic);
  if (topic.partitions == 0) return create_own(topic);
  if (topic.partitions < partitions_max && dice_.chance(1, 2)) return grow(topic);
  remove(topic);
}

void Administrator::abandon(Topic& topic) {
  topic = {fmt::format("{}-own{}", client_.name(), ++names_), 0};
}

Confirmed Administrator::confirmed() const {
  Confirmed confirmed = confirmed_;
  confirmed.topics = left_alone_;
  for (const Topic& topic : topics_) confirmed.topics.emplace(topic.name, topic.partitions);
  return confirmed;
}

// A topic is not as it was confirmed: where there are several brokers this one may not have heard
// yet, and what was confirmed must be so in the end.
void Administrator::contradicted(Topic& topic, const std::string& how) {
  if (told_at_once_) env_.violate("topics-are-as-told", topic.name + how);
  left_alone_.emplace(topic.name, topic.partitions);
  abandon(topic);
}

// --- topics ---

void Administrator::create(const TopicPlan& plan, Created then) {
  CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = plan.name;
  topic.num_partitions = plan.replicas.empty() ? plan.partitions : -1;
  topic.replication_factor = plan.replicas.empty() ? plan.replication : std::int16_t{-1};
  for (std::int32_t i = 0; !plan.replicas.empty() && i < plan.partitions; ++i)
    topic.assignments.push_back({i, plan.replicas, {}});
  for (const auto& [key, value] : plan.configs) topic.configs.push_back({key, value, {}});
  request.timeout_ms = 1500;
  client_.call_any<CreateTopicsResponse>(
      request, client_.some_version(CreateTopicsRequest::api_key, 2),
      [then = std::move(then)](ClusterClient::Answer<CreateTopicsResponse> answer) mutable {
        then(answer ? (*answer)->topics.at(0).error_code : ErrorCode::request_timed_out);
      });
}

void Administrator::create_planned() {
  create(to_create_.front(), [this](ErrorCode code) {
    if (code == ErrorCode::none || code == ErrorCode::topic_already_exists)
      to_create_.pop_front();
    else if (!is_trouble(code))
      return refuse("CreateTopics", code);
    operation_done(code == ErrorCode::none);
  });
}

void Administrator::create_own(Topic& topic) {
  const auto partitions = static_cast<std::int32_t>(dice_.between(1, 4));
  const auto replicas =
      replication_.value_or(static_cast<std::int16_t>(dice_.between(1, brokers_)));
  create({.name = topic.name, .partitions = partitions, .replication = replicas, .configs = {}},
         [this, &topic, partitions](ErrorCode code) {
           if (code == ErrorCode::none)
             topic.partitions = partitions;
           else if (code == ErrorCode::topic_already_exists)
             contradicted(topic, " exists though it was deleted or never made");
           else if (is_trouble(code))
             abandon(topic);
           else
             return refuse("CreateTopics", code);
           operation_done(code == ErrorCode::none);
         });
}

void Administrator::grow(Topic& topic) {
  CreatePartitionsRequest request;
  auto& asked = request.topics.emplace_back();
  asked.name = topic.name;
  asked.count = topic.partitions + 1;
  asked.assignments = std::nullopt;
  request.timeout_ms = 1500;
  client_.call_any<CreatePartitionsResponse>(
      request, client_.some_version(CreatePartitionsRequest::api_key, 0),
      [this, &topic](ClusterClient::Answer<CreatePartitionsResponse> answer) {
        const ErrorCode code =
            answer ? (*answer)->results.at(0).error_code : ErrorCode::request_timed_out;
        if (code == ErrorCode::none)
          ++topic.partitions;
        else if (code == ErrorCode::unknown_topic_or_partition)
          contradicted(topic, " is gone though nobody deleted it");
        else if (is_trouble(code))
          abandon(topic);
        else
          return refuse("CreatePartitions", code);
        operation_done(code == ErrorCode::none);
      });
}

void Administrator::remove(Topic& topic) {
  DeleteTopicsRequest request;
  const std::int16_t version = client_.some_version(DeleteTopicsRequest::api_key, 1);
  if (version >= 6)
    request.topics.emplace_back().name = topic.name;
  else
    request.topic_names.push_back(topic.name);
  request.timeout_ms = 1500;
  client_.call_any<DeleteTopicsResponse>(
      request, version, [this, &topic](ClusterClient::Answer<DeleteTopicsResponse> answer) {
        const ErrorCode code =
            answer ? (*answer)->responses.at(0).error_code : ErrorCode::request_timed_out;
        if (code == ErrorCode::none)
          topic.partitions = 0;
        else if (code == ErrorCode::unknown_topic_or_partition)
          contradicted(topic, " is gone though nobody deleted it");
        else if (is_trouble(code))
          abandon(topic);
        else
          return refuse("DeleteTopics", code);
        operation_done(code == ErrorCode::none);
      });
}

void Administrator::look(const Topic& topic) {
  MetadataRequest request;
  request.topics.emplace().emplace_back().name = topic.name;
  request.allow_auto_topic_creation = false;
  client_.call_any<MetadataResponse>(
      request, client_.some_version(MetadataRequest::api_key, 4),
      [this, &topic](ClusterClient::Answer<MetadataResponse> answer) {
        if (!answer) return operation_done(false);
        const auto& told = (*answer)->topics.at(0);
        const auto count = static_cast<std::int32_t>(told.partitions.size());
        if (count != topic.partitions && !told_at_once_) return operation_done(false);
        if (count != topic.partitions)
          env_.violate("metadata-is-as-told",
                       fmt::format("{} has {} partitions; metadata: {}, {}", topic.name,
                                   topic.partitions, model::name_of(told.error_code), count));
        operation_done(true);
      });
}

// --- records ---

void Administrator::trim(const TopicPartition& partition) {
  client_.with_leader(partition, [this, partition](std::optional<ClusterClient::Leader> leader) {
    if (!leader) return operation_done(false);
    client_.call<ListOffsetsResponse>(
        leader->address, list_offsets(partition, LogEnd::latest), 5,
        [this, partition, leader = *leader](ClusterClient::Answer<ListOffsetsResponse> answer) {
          client_.forget_leader(partition);
          if (!answer) return operation_done(false);
          const auto& told = (*answer)->topics.at(0).partitions.at(0);
          if (told.error_code != ErrorCode::none) return operation_done(false);
          trim_before(partition, leader, told.offset);
        });
  });
}

void Administrator::trim_before(const TopicPartition& partition,
                                const ClusterClient::Leader& leader, std::int64_t end) {
  const bool all = dice_.chance(1, 6);
  const std::int64_t before = all ? -1 : dice_.between(end / 2, end);
  ledger_.trimming(partition, all ? Ledger::everything : before);
  DeleteRecordsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = partition.topic;
  topic.partitions.push_back({partition.partition.value(), before, {}});
  request.timeout_ms = 1500;
  client_.call<DeleteRecordsResponse>(
      leader.address, request, client_.some_version(DeleteRecordsRequest::api_key, 0),
      [this, partition, before,
       deaths = ledger_.unclean_deaths()](ClusterClient::Answer<DeleteRecordsResponse> answer) {
        if (!answer) return operation_done(false);
        const auto& told = (*answer)->topics.at(0).partitions.at(0);
        if (told.error_code == ErrorCode::none && told.low_watermark < before)
          env_.violate("deleted-as-told",
                       fmt::format("records before {} were to go; the log starts at {}", before,
                                   told.low_watermark));
        if (told.error_code == ErrorCode::none && !ledger_.topic(partition.topic).has_followers() &&
            deaths == ledger_.unclean_deaths())
          ledger_.trimmed(partition, told.low_watermark);
        // Offsets behind the end: a power cut has made the log shorter.
        if (told.error_code != ErrorCode::none && !is_trouble(told.error_code) &&
            told.error_code != ErrorCode::offset_out_of_range &&
            told.error_code != ErrorCode::unknown_topic_or_partition)
          return refuse("DeleteRecords", told.error_code);
        operation_done(told.error_code == ErrorCode::none);
      });
}

}  // namespace gregor::simulation
