// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/group_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <limits>

#include "base/assert.h"
#include "broker/partition_tasks.h"
#include "broker/shard_state.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

group::ConsumerSettings consumer_settings(const model::BrokerSettings& settings) {
  const std::string& policy = settings.group_consumer_migration_policy;
  return {.session_timeout_ms = settings.group_consumer_session_timeout_ms,
          .heartbeat_interval_ms = settings.group_consumer_heartbeat_interval_ms,
          .group_size_max = settings.group_consumer_max_size,
          .assignors = settings.group_consumer_assignors,
          .upgrade = policy == "bidirectional" || policy == "upgrade",
          .downgrade = policy == "bidirectional" || policy == "downgrade"};
}

group::ClusterChanged cluster_of(const ShardState& shard) {
  return {std::shared_ptr<const controller::Image>(shard.image, &shard.image->metadata)};
}

group::Settings settings_for(const ShardState& shard, const log::Log& log) {
  const model::BrokerSettings& settings = shard.settings();
  const std::int32_t codec = settings.offsets_topic_compression_codec;
  // Small enough for any segment; and no smaller than what a single record may need.
  constexpr std::int64_t batch_bytes_least = 1 << 20;
  const std::int64_t wanted =
      std::max<std::int64_t>(log.settings().max_message_bytes, batch_bytes_least);
  return {.session_timeout_ms_min = settings.group_min_session_timeout_ms,
          .session_timeout_ms_max = settings.group_max_session_timeout_ms,
          .initial_rebalance_delay_ms = settings.group_initial_rebalance_delay_ms,
          .group_size_max = settings.group_max_size,
          .offset_metadata_length_max = settings.offset_metadata_max_bytes,
          .offsets_retention_ms = std::int64_t{settings.offsets_retention_minutes} * 60'000,
          .offsets_retention_check_interval_ms = settings.offsets_retention_check_interval_ms,
          .codec = codec > 0 && codec < record::codecs ? static_cast<record::Codec>(codec)
                                                       : record::Codec::none,
          .batch_bytes_max = static_cast<std::size_t>(
              std::min<std::int64_t>(wanted, log.settings().segment_bytes)),
          .consumer = consumer_settings(settings)};
}

// The units of UTF-16, of which Java makes its hash.
std::uint32_t java_hash_of_utf8(std::string_view text) {
  std::uint32_t hash = 0;
  const auto add = [&](std::uint32_t unit) { hash = hash * 31 + unit; };
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at++]);
    const int more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    std::uint32_t point = more == 0 ? first : first & (0x3fu >> more);
    for (int left = more; left > 0 && at < text.size(); --left)
      point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3fu);
    if (point < 0x10000) {
      add(point);
    } else {
      add(0xd800 + ((point - 0x10000) >> 10));
      add(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return hash;
}

}  // namespace

model::PartitionIndex partition_of_group(std::string_view group, std::size_t partitions) {
  const auto hash = static_cast<std::int32_t>(java_hash_of_utf8(group));
  const std::int64_t positive = hash == std::numeric_limits<std::int32_t>::min()
                                    ? 0
                                    : std::abs(static_cast<std::int64_t>(hash));
  return model::PartitionIndex(
      static_cast<std::int32_t>(positive % static_cast<std::int64_t>(partitions)));
}

void GroupHost::follow(ShardState& shard, Partition& partition) {
  if (partition.name().topic != offsets_topic) return;
  if (!partition.leads() || !partition.offline_reason().empty()) {
    forget(shard, partition);
    return;
  }
  const auto known = hosted_.find(partition.number());
  if (known != hosted_.end() && known->second->epoch == partition.leader_epoch()) return;
  if (known != hosted_.end()) forget(shard, partition);
  auto hosted = std::make_unique<Hosted>(settings_for(shard, partition.log()));
  hosted->epoch = partition.leader_epoch();
  Hosted& fresh = *hosted_.emplace(partition.number(), std::move(hosted)).first->second;
  step(shard, partition, fresh, cluster_of(shard));
  load(shard, partition, fresh);
  set_timer(shard);
}

void GroupHost::forget(ShardState& shard, const Partition& partition) {
  const auto found = hosted_.find(partition.number());
  if (found == hosted_.end()) return;
  group::Effects effects;
  found->second->coordinator.step(shard.now, group::Resigned{}, effects);
  deliver(shard, *found->second, std::move(effects.answers));
  hosted_.erase(found);
  set_timer(shard);
}

void GroupHost::load(ShardState& shard, Partition& partition, Hosted& hosted) {
  if (!read_on(shard, partition, hosted)) return;
  step(shard, partition, hosted, group::Loaded{});
  auto deleted = std::exchange(hosted.deleted_topics, {});
  if (!deleted.empty()) step(shard, partition, hosted, group::TopicsDeleted{std::move(deleted)});
}

bool GroupHost::read_on(ShardState& shard, Partition& partition, Hosted& hosted) {
  if (!partition.offline_reason().empty()) {
    hosted.stuck = true;
    hosted.replay.reset();
    return false;
  }
  if (!hosted.replay) hosted.replay.emplace(partition.log().log_start());
  const auto done = hosted.replay->advance(shard, partition, hosted.coordinator);
  if (!done) {
    // Groups without their past would be a lie: they stay away until the partition is online anew.
    hosted.stuck = true;
    shard.say(Severity::error, fmt::format("the groups of {} cannot be loaded: {}",
                                           to_string(partition.name()), done.error().detail));
  }
  if (!done || *done) hosted.replay.reset();
  return done && *done;
}

std::optional<TaskResult> GroupHost::ask(ShardState& shard, Partition& partition,
                                         const GroupTask& task, const Address& address) {
  const auto found = hosted_.find(partition.number());
  if (found == hosted_.end() || found->second->stuck) {
    return GroupResult{group::refused(task.body, ErrorCode::not_coordinator)};
  }
  Hosted& hosted = *found->second;
  const group::Token token(++hosted.last_token);
  hosted.asked.emplace(token, address);
  Answers answers;
  step(shard, partition, hosted,
       group::Request{token, task.version, task.client_id, task.client_host,
                      model::random_uuid(shard.prng), task.body},
       answers);
  std::optional<TaskResult> ours;
  const auto is_ours = [&](const group::Answer& answer) { return answer.token == token; };
  if (const auto mine = std::ranges::find_if(answers, is_ours); mine != answers.end()) {
    ours = GroupResult{std::move(mine->response)};
    hosted.asked.erase(token);
    answers.erase(mine);
  }
  deliver(shard, hosted, std::move(answers));
  set_timer(shard);
  return ours;
}

void GroupHost::settle(ShardState& shard, Partition& partition) {
  const auto found = hosted_.find(partition.number());
  if (found == hosted_.end()) return;
  Hosted& hosted = *found->second;
  while (!hosted.unconfirmed.empty()) {
    const Unconfirmed first = hosted.unconfirmed.front();
    const std::string reason = partition.offline_reason();
    if (reason.empty() && !partition.is_acknowledged(first.needs)) return;
    hosted.unconfirmed.pop_front();
    group::Appended appended{first.id, {}};
    if (!reason.empty()) appended.result = model::fail(ErrorCode::kafka_storage_error, reason);
    step(shard, partition, hosted, std::move(appended));
  }
  set_timer(shard);
}

void GroupHost::reach_time(ShardState& shard) {
  timer_at_.reset();
  bool has_read = false;  // one slice of one log a step
  for (const auto& [number, hosted] : hosted_) {
    const auto deadline = hosted->coordinator.deadline();
    Partition* const partition = shard.partitions.find(number);
    ASSERT(partition != nullptr);
    if (hosted->replay) {
      if (!std::exchange(has_read, true)) load(shard, *partition, *hosted);
    } else if (deadline && *deadline <= shard.now.monotonic)
      step(shard, *partition, *hosted, group::TimeReached{});
  }
  set_timer(shard);
}

void GroupHost::stop(ShardState& shard) {
  hosted_.clear();
  set_timer(shard);
}

void GroupHost::topics_deleted(ShardState& shard, const std::vector<std::string>& names) {
  for (const auto& [number, hosted] : hosted_) {
    Partition* const partition = shard.partitions.find(number);
    ASSERT(partition != nullptr);
    if (hosted->replay)
      std::ranges::copy(names, std::back_inserter(hosted->deleted_topics));
    else
      step(shard, *partition, *hosted, group::TopicsDeleted{names});
  }
  set_timer(shard);
}

void GroupHost::cluster_changed(ShardState& shard) {
  for (const auto& [number, hosted] : hosted_) {
    Partition* const partition = shard.partitions.find(number);
    ASSERT(partition != nullptr);
    step(shard, *partition, *hosted, cluster_of(shard));
  }
  set_timer(shard);
}

void GroupHost::step(ShardState& shard, Partition& partition, Hosted& hosted, group::Event event) {
  Answers answers;
  step(shard, partition, hosted, std::move(event), answers);
  deliver(shard, hosted, std::move(answers));
}

void GroupHost::step(ShardState& shard, Partition& partition, Hosted& hosted, group::Event event,
                     Answers& answers) {
  std::deque<group::Event> events;
  events.push_back(std::move(event));
  while (!events.empty()) {
    group::Effects effects;
    hosted.coordinator.step(shard.now, events.front(), effects);
    events.pop_front();
    std::ranges::move(effects.answers, std::back_inserter(answers));
    for (const std::string& note : effects.notes)
      shard.say(Severity::warning, to_string(partition.name()) + ": " + note);
    perform(shard, partition, hosted, effects.appends, events);
    if (!effects.reload) continue;
    hosted.unconfirmed.clear();
    events.clear();
    if (!partition.offline_reason().empty()) {
      hosted.stuck = true;
      continue;
    }
    hosted.replay.reset();
    if (read_on(shard, partition, hosted)) events.emplace_back(group::Loaded{});
  }
}

void GroupHost::perform(ShardState& shard, Partition& partition, Hosted& hosted,
                        const std::vector<group::Append>& appends,
                        std::deque<group::Event>& follow_up) {
  for (const group::Append& append : appends) {
    shard.touched.push_back(partition.number());
    if (!append.batch.empty()) {
      const auto batch = record::ValidBatch::parse(append.batch);
      ASSERT(batch.has_value());
      const auto appended = partition.append(*batch, std::nullopt, shard.now);
      if (!appended) {
        shard.storage.report_failure(shard, partition, appended.error().detail);
        follow_up.emplace_back(group::Appended{append.id, model::fail(appended.error())});
        return;  // those behind it would tell of what is not there
      }
    }
    const model::Offset needs = partition.log().log_end();
    if (hosted.unconfirmed.empty() && partition.is_acknowledged(needs))
      follow_up.emplace_back(group::Appended{append.id, {}});
    else
      hosted.unconfirmed.push_back({append.id, needs});
  }
}

void GroupHost::deliver(ShardState& shard, Hosted& hosted, Answers answers) {
  for (group::Answer& answer : answers) {
    const auto found = hosted.asked.find(answer.token);
    ASSERT(found != hosted.asked.end());
    const Address to = found->second;
    hosted.asked.erase(found);
    // By message also to ourselves: the request may be one that is just being dispatched.
    TaskResults results{to.request, {}};
    results.results.emplace_back(to.slot, GroupResult{std::move(answer.response)});
    shard.send(to.shard, std::move(results));
  }
}

void GroupHost::set_timer(ShardState& shard) {
  std::optional<model::Instant> next;
  for (const auto& [number, hosted] : hosted_) {
    const auto deadline = hosted->replay ? shard.now.monotonic : hosted->coordinator.deadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  if (next == timer_at_) return;
  shard.timers.cancel(timer_);
  timer_at_ = next;
  if (next) timer_ = shard.timers.set(*next, Chore::groups);
}

std::optional<TaskResult> run(ShardState& shard, Partition& partition, const GroupTask& task,
                              const Address& address) {
  if (partition.name().topic != offsets_topic)
    return GroupResult{group::refused(task.body, ErrorCode::not_coordinator)};
  return shard.groups.ask(shard, partition, task, address);
}

}  // namespace gregor::broker
