// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/fetch_gather.h"

#include <algorithm>
#include <map>
#include <utility>

#include "broker/dispatch.h"
#include "broker/leader_hint.h"
#include "broker/shard_state.h"
#include "protocol/messages/fetch.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::FetchResponse;

std::size_t bytes_of(const FetchResult& result) {
  return result.records ? result.records->length : 0;
}

FetchNews news_of(const FetchResult& result) {
  return {.high_watermark = result.high_watermark,
          .log_start = result.log_start,
          .has_records = result.records.has_value(),
          .diverges = result.diverging.epoch != model::no_leader_epoch,
          .failed = result.error != ErrorCode::none,
          .is_elsewhere = result.preferred_replica != model::no_broker};
}

FetchResponse::PartitionData partition_data(const FetchPart& part, const FetchResult& result) {
  FetchResponse::PartitionData data;
  data.partition_index = part.partition.value();
  data.error_code = result.error;
  data.high_watermark = result.high_watermark.value();
  data.last_stable_offset = result.last_stable.value();
  data.log_start_offset = result.log_start.value();
  data.diverging_epoch.epoch = result.diverging.epoch.value();
  data.diverging_epoch.end_offset = result.diverging.end.value();
  data.preferred_read_replica = result.preferred_replica.value();
  data.aborted_transactions.reset();
  if (result.aborted) {
    data.aborted_transactions.emplace();
    for (const AbortedTransaction& aborted : *result.aborted)
      data.aborted_transactions->push_back(
          {aborted.producer.value(), aborted.first_offset.value(), {}});
  }
  return data;
}

FetchResponse::FetchableTopicResponse topic_response(const TopicRef& topic) {
  FetchResponse::FetchableTopicResponse response;
  if (const auto* id = std::get_if<model::TopicId>(&topic))
    response.topic_id = *id;
  else
    response.topic = std::get<std::string>(topic);
  return response;
}

}  // namespace

FetchGather::FetchGather(const RequestHead& head, FetchPlan plan, const FetchLimits& limits)
    : Gather(head),
      plan_(std::move(plan)),
      limits_(limits),
      results_(plan_.parts.size()),
      watched_(plan_.parts.size(), false) {}

FetchTask FetchGather::task_for(std::uint32_t slot) const {
  const FetchPart& part = plan_.parts[slot];
  const std::size_t left = limits_.bytes_max > bytes_ ? limits_.bytes_max - bytes_ : 0;
  return {.offset = part.offset,
          .current_leader_epoch = part.current_leader_epoch,
          .last_fetched_epoch = part.last_fetched_epoch,
          .isolation = limits_.isolation,
          .bytes_max = std::min(static_cast<std::size_t>(std::max(part.bytes_max, 0)), left),
          .at_least_one_batch = bytes_ == 0,
          .replica = limits_.replica,
          .replica_epoch = limits_.replica_epoch,
          .replica_log_start = part.log_start,
          .any_replica = limits_.any_replica,
          .nearby = limits_.nearby};
}

void FetchGather::fill(std::uint32_t slot, TaskResult result) {
  watched_[slot] = false;
  bytes_ -= bytes_of(results_[slot]);
  results_[slot] = std::get<FetchResult>(std::move(result));
  bytes_ += bytes_of(results_[slot]);
}

bool FetchGather::is_satisfied() const {
  if (!limits_.may_wait || plan_.parts.empty() || bytes_ >= limits_.bytes_min) return true;
  return std::ranges::any_of(results_, [](const FetchResult& result) {
    return result.error != ErrorCode::none || result.is_news ||
           result.diverging.epoch != model::no_leader_epoch ||
           result.preferred_replica != model::no_broker;
  });
}

bool FetchGather::complete(ShardState& shard, RequestId self) {
  if (!is_satisfied()) {
    watch(shard, self);
    return false;
  }
  answer(shard);
  return true;
}

void FetchGather::watch(ShardState& shard, RequestId self) {
  std::map<ShardId, WatchPartitions> elsewhere;
  for (std::uint32_t slot = 0; slot < plan_.parts.size(); ++slot) {
    if (watched_[slot] || results_[slot].is_throttled) continue;  // no news would change that
    watched_[slot] = true;
    const FetchPart& part = plan_.parts[slot];
    FetchTask task = task_for(slot);
    // What others have read by then is not known: the answer is trimmed when it is made.
    task.bytes_max = static_cast<std::size_t>(std::max(part.bytes_max, 0));
    task.at_least_one_batch = true;
    if (const Partition* here = shard.partitions.find(*part.topic, part.partition)) {
      shard.watches.add(here->number(), {{shard.self(), self, slot}, task});
      watching_.insert(shard.self());
    } else if (const auto owner = route(shard, *part.topic, part.partition, limits_.any_replica)) {
      WatchPartitions& message = elsewhere[*owner];
      message.request = self;
      message.tasks.push_back(
          {{slot, *part.topic, part.partition, task}, results_[slot].high_watermark});
      watching_.insert(*owner);
    }
  }
  for (auto& [owner, message] : elsewhere) shard.send(owner, std::move(message));
}

void FetchGather::forget(ShardState& shard, RequestId self) {
  for (const ShardId owner : watching_) {
    if (owner == shard.self())
      shard.watches.cancel(owner, self);
    else
      shard.send(owner, CancelWatches{self});
  }
}

// Shards read side by side, each as if it had the whole answer to itself. What is too much goes
// again, from the end; the first part that has something always stays.
void FetchGather::trim() {
  std::size_t total = 0;
  for (FetchResult& result : results_) {
    const std::size_t bytes = bytes_of(result);
    if (total > 0 && total + bytes > limits_.bytes_max) {
      result.records.reset();
      if (result.aborted) result.aborted->clear();
    } else {
      total += bytes;
    }
  }
}

void FetchGather::answer(ShardState& shard) {
  trim();
  std::vector<FetchNews> news(results_.size());
  std::ranges::transform(results_, news.begin(), news_of);
  const FetchSessionAnswer session = shard.sessions.finish(plan_, news, shard.now.monotonic);

  FetchResponse response;
  response.error_code = session.error;
  response.session_id = session.id.value();
  std::vector<FileSlice> slices;
  const TopicRef* last_topic = nullptr;
  for (std::size_t slot = 0; slot < results_.size(); ++slot) {
    if (!session.told[slot]) continue;
    const FetchPart& part = plan_.parts[slot];
    FetchResult& result = results_[slot];
    if (last_topic == nullptr || *last_topic != *part.topic) {
      last_topic = part.topic.get();
      response.responses.push_back(topic_response(*part.topic));
    }
    auto& data = response.responses.back().partitions.emplace_back(partition_data(part, result));
    if (head().version >= model::ApiVersion(16) &&
        (result.error == ErrorCode::not_leader_or_follower ||
         result.error == ErrorCode::fenced_leader_epoch))
      add_leader_hint(shard, head().from.connection, *part.topic, data, data.partition_index,
                      response);
    data.records = protocol::Records(base::BytesView());
    if (!result.records) continue;
    data.records = protocol::Records::external(slices.size(), result.records->length);
    slices.push_back(std::move(*result.records));
  }
  shard.reply(head(), response, std::move(slices));
}

}  // namespace gregor::broker
