// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/replica_fetchers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/partition.h"
#include "broker/peer_address.h"
#include "broker/shard_state.h"
#include "protocol/messages/list_offsets.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

// Kafka 3.9's between brokers.
constexpr model::ApiVersion fetch_version{17};
constexpr model::ApiVersion list_offsets_version{9};

protocol::FetchRequest::FetchTopic& topic_in(protocol::FetchRequest& request,
                                             const model::TopicId& id) {
  for (auto& topic : request.topics)
    if (topic.topic_id == id) return topic;
  auto& added = request.topics.emplace_back();
  added.topic_id = id;
  return added;
}

protocol::FetchRequest empty_request(const ShardState& shard) {
  const model::BrokerSettings& settings = shard.settings();
  protocol::FetchRequest request;
  request.replica_state.replica_id = shard.broker_id().value();
  const auto self = shard.image->metadata.brokers.find(shard.broker_id());
  if (self != shard.image->metadata.brokers.end())
    request.replica_state.replica_epoch = self->second.epoch.value();
  request.max_wait_ms = settings.replica_fetch_wait_max_ms;
  request.min_bytes = settings.replica_fetch_min_bytes;
  request.max_bytes = settings.replica_fetch_response_max_bytes;
  return request;
}

using PartitionData = protocol::FetchResponse::PartitionData;

const PartitionData* find(const protocol::FetchResponse& response, const model::TopicId& topic,
                          model::PartitionIndex index) {
  for (const auto& one : response.responses) {
    if (one.topic_id != topic) continue;
    for (const PartitionData& data : one.partitions)
      if (data.partition_index == index.value()) return &data;
  }
  return nullptr;
}

replication::FetchResponse response_to(const replication::FetchPosition& asked,
                                       const PartitionData* data, ErrorCode error) {
  replication::FetchResponse out{.current_epoch = asked.epoch,
                                 .offset = asked.offset,
                                 .last_epoch = asked.last_epoch,
                                 .error = error,
                                 .diverging = std::nullopt};
  if (error != ErrorCode::none) return out;
  if (data == nullptr) {
    out.error = ErrorCode::unknown_server_error;  // it was asked for
    return out;
  }
  out.error = data->error_code;
  if (data->diverging_epoch.epoch >= 0)
    out.diverging = replication::EpochEnd{model::LeaderEpoch(data->diverging_epoch.epoch),
                                          model::Offset(data->diverging_epoch.end_offset)};
  out.has_records = data->records && !data->records->bytes().empty();
  out.high_watermark = model::Offset(data->high_watermark);
  out.log_start = model::Offset(data->log_start_offset);
  return out;
}

// Whoever has all that was committed goes on: that would throttle producers.
bool waits_for_quota(const ShardState& shard, const Partition& partition) {
  return partition.is_throttled_follower() && partition.lags() &&
         shard.quotas.followers.is_exceeded(shard.now.monotonic);
}

}  // namespace

void ReplicaFetchers::note(ShardState& shard, Partition& partition) {
  if (const auto question = partition.take_question()) ask_log_start(shard, partition, *question);
  const auto fetch = partition.take_fetch();
  if (!fetch || !partition.offline_reason().empty()) return;
  for (auto& [id, leader] : leaders_) {  // it may have followed another one
    leader.ready.erase(partition.number());
    leader.backing_off.erase(partition.number());
  }
  Leader& leader = leaders_[fetch->leader];
  if (!fetch->after_backoff && !waits_for_quota(shard, partition)) {
    leader.ready.insert_or_assign(partition.number(), *fetch);
    may_send_ = true;
    return;
  }
  hold_back(shard, leader, partition.number(), *fetch);
}

void ReplicaFetchers::hold_back(ShardState& shard, Leader& leader, PartitionNumber partition,
                                const replication::FetchPosition& position) {
  leader.backing_off.insert_or_assign(partition, position);
  if (std::exchange(timer_set_, true)) return;
  shard.timers.set(shard.after(shard.settings().replica_fetch_backoff_ms), Chore::fetch_replicas);
}

void ReplicaFetchers::reach_time(ShardState& shard) {
  timer_set_ = false;
  for (auto& [id, leader] : leaders_)
    for (const auto& [number, position] : std::exchange(leader.backing_off, {})) {
      const Partition* const partition = shard.partitions.find(number);
      if (partition != nullptr && waits_for_quota(shard, *partition))
        hold_back(shard, leader, number, position);
      else
        leader.ready.emplace(number, position);
    }
  may_send_ = true;
  send(shard);
}

void ReplicaFetchers::send(ShardState& shard) {
  if (!std::exchange(may_send_, false) || shard.phase != Phase::serving) return;
  for (auto& [id, leader] : leaders_)
    if (!leader.under_way && !leader.ready.empty()) send(shard, id, leader);
}

void ReplicaFetchers::send(ShardState& shard, model::BrokerId id, Leader& leader) {
  const auto address = peer_address(shard.image->metadata, id, shard.settings());
  protocol::FetchRequest request = empty_request(shard);
  std::vector<Asked> asked;
  for (const auto& [number, position] : std::exchange(leader.ready, {})) {
    const Partition* const partition = shard.partitions.find(number);
    if (partition == nullptr) continue;  // removed meanwhile
    asked.push_back({number, position});
    auto& one = topic_in(request, partition->topic_id()).partitions.emplace_back();
    one.partition = partition->name().partition.value();
    one.current_leader_epoch = position.epoch.value();
    one.fetch_offset = position.offset.value();
    one.last_fetched_epoch = position.last_epoch.value();
    one.log_start_offset = position.log_start.value();
    one.partition_max_bytes = shard.settings().replica_fetch_max_bytes;
  }
  if (asked.empty()) return;
  if (!address) {
    on_answer(shard, id, asked, model::fail(ErrorCode::network_exception, "it is not registered"));
    return;
  }
  leader.under_way = true;
  shard.peers.ask(shard, *address, PeerLane::fetch, request, fetch_version,
                  shard.settings().replica_socket_timeout_ms,
                  [this, id, asked](ShardState& later, model::Result<base::BytesView> answer) {
                    leaders_[id].under_way = false;
                    on_answer(later, id, asked, std::move(answer));
                  });
}

void ReplicaFetchers::on_answer(ShardState& shard, model::BrokerId id,
                                const std::vector<Asked>& asked,
                                model::Result<base::BytesView> answer) {
  const auto response = Peers::read<protocol::FetchResponse>(std::move(answer), fetch_version);
  if (!response)
    shard.say(Severity::warning,
              fmt::format("cannot fetch from broker {}: {}", id.value(), response.error().detail));
  const ErrorCode error = response ? response->error_code : ErrorCode::network_exception;
  for (const Asked& one : asked) {
    Partition* const partition = shard.partitions.find(one.partition);
    if (partition == nullptr) continue;
    const PartitionData* const data =
        response ? find(*response, partition->topic_id(), partition->name().partition) : nullptr;
    const auto news = response_to(one.position, data, error);
    const base::BytesView records = news.has_records ? data->records->bytes() : base::BytesView();
    if (partition->is_throttled_follower())
      shard.quotas.followers.record(shard.now.monotonic, records.size());
    if (const auto taken = partition->take_response(news, records, shard.now); !taken)
      shard.storage.report_failure(shard, *partition, taken.error().detail);
    shard.storage.collect_removals(shard, *partition);
    shard.touched.push_back(one.partition);
  }
  may_send_ = true;
}

void ReplicaFetchers::ask_log_start(ShardState& shard, Partition& partition,
                                    const replication::LogStartQuestion& question) {
  replication::LeaderLogStart told{.current_epoch = question.epoch,
                                   .error = ErrorCode::network_exception};
  const auto address = peer_address(shard.image->metadata, question.leader, shard.settings());
  if (!address) {
    partition.take_log_start(told, shard.now);
    shard.touched.push_back(partition.number());
    return;
  }
  protocol::ListOffsetsRequest request;
  request.replica_id = shard.broker_id().value();
  auto& topic = request.topics.emplace_back();
  topic.name = partition.name().topic;
  auto& one = topic.partitions.emplace_back();
  one.partition_index = partition.name().partition.value();
  one.current_leader_epoch = question.epoch.value();
  one.timestamp = earliest_timestamp;
  shard.peers.ask(shard, *address, PeerLane::fetch, request, list_offsets_version,
                  shard.settings().replica_socket_timeout_ms,
                  [number = partition.number(), told](
                      ShardState& later, model::Result<base::BytesView> answer) mutable {
                    Partition* const asker = later.partitions.find(number);
                    if (asker == nullptr || !asker->has_log()) return;
                    const auto response = Peers::read<protocol::ListOffsetsResponse>(
                        std::move(answer), list_offsets_version);
                    if (response && response->topics.size() == 1 &&
                        response->topics[0].partitions.size() == 1) {
                      told.error = response->topics[0].partitions[0].error_code;
                      told.start = model::Offset(response->topics[0].partitions[0].offset);
                    }
                    asker->take_log_start(told, later.now);
                    later.touched.push_back(number);
                  });
}

}  // namespace gregor::broker
