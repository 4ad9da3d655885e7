// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Opening, updating and removing logs; what happens to open ones is in storage_upkeep.cc.

#include "broker/storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "broker/partition_folder.h"
#include "broker/partition_tasks.h"
#include "broker/shard_state.h"
#include "broker/topic_configs.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

constexpr std::int64_t open_again_ms = 5000;

replication::LeaderAndIsr news_of(const controller::Partition& state) {
  return {.leader = state.leader,
          .leader_epoch = state.leader_epoch,
          .partition_epoch = state.partition_epoch,
          .isr = {state.isr.begin(), state.isr.end()},
          .replicas = {state.replicas.begin(), state.replicas.end()}};
}

}  // namespace

log::SettingsPtr Storage::settings_of(const ShardState& shard, const ClusterImage& image,
                                      const std::string& topic) {
  if (defaults_version_ != image.version) {
    defaults_ = topic_defaults(shard, image);
    defaults_version_ = image.version;
  }
  const auto& overrides = image.metadata.configs_of(controller::TopicName{topic});
  return std::make_shared<const model::TopicSettings>(
      model::topic_settings_from(defaults_, overrides));
}

std::size_t Storage::folder_for(const ShardState& shard, const model::TopicPartition& name) const {
  const auto& folders = state_->folders;
  if (starting_) {
    for (std::size_t i = 0; i < folders.size(); ++i)
      if (folders[i].partitions.contains(name)) return i;
  }
  if (folders.size() == 1) return 0;
  std::vector<std::size_t> count(folders.size(), 0);
  for (const auto& [number, partition] : shard.partitions.all()) ++count[partition->data_folder()];
  return static_cast<std::size_t>(std::ranges::min_element(count) - count.begin());
}

log::OpenOptions Storage::open_options(const ShardState& shard, const DataFolder& folder,
                                       const model::TopicPartition& name) const {
  log::OpenOptions options{.clean_stop = starting_ && folder.clean_stop,
                           .producer_id_expiration_ms = shard.settings().producer_id_expiration_ms};
  if (!starting_) return options;
  const auto point = folder.recovery_points.find(name);
  if (point != folder.recovery_points.end()) options.recovery_point = point->second;
  const auto start = folder.log_starts.find(name);
  if (start != folder.log_starts.end()) options.log_start = start->second;
  const auto cleaned = folder.cleaned_to.find(name);
  if (cleaned != folder.cleaned_to.end()) options.cleaned_to = cleaned->second;
  return options;
}

ReplicaOptions Storage::replica_options(const ShardState& shard,
                                        const PartitionIdentity& identity) const {
  ReplicaOptions options{.self = shard.broker_id(),
                         .lag_ms_max = shard.settings().replica_lag_time_max_ms};
  const auto& known = state_->folders.at(identity.data_folder).high_watermarks;
  const auto found = known.find(identity.name);
  if (starting_ && found != known.end()) options.high_watermark = found->second;
  return options;
}

model::Result<std::unique_ptr<log::Log>> Storage::open_log(ShardState& shard,
                                                           const PartitionIdentity& identity,
                                                           const log::SettingsPtr& settings) {
  const DataFolder& folder = state_->folders.at(identity.data_folder);
  const std::string path = fmt::format("{}/{}", folder.path, to_string(identity.name));
  log::OpenOptions options = open_options(shard, folder, identity.name);
  auto owner = topic_of_folder(files_.disk(), path);
  if (!owner) return model::fail(owner.error());
  if (*owner && **owner != identity.topic_id) {
    const auto aside =
        set_folder_aside(files_.disk(), folder.path, identity.name, model::random_uuid(shard.prng));
    if (!aside) return model::fail(aside.error());
    shard.say(Severity::warning,
              fmt::format("{} belonged to another topic of this name ({}); it is now {}", path,
                          to_string(**owner), *aside));
    owner->reset();
    options.recovery_point = options.log_start = options.cleaned_to = model::Offset(0);
  }
  auto opened = log::Log::open({&files_, path, identity.name}, settings, options, shard.now);
  if (!opened) return model::fail(opened.error());
  if (!*owner)
    if (auto claimed = claim_folder(files_.disk(), path, identity.topic_id); !claimed)
      return model::fail(claimed.error());
  for (std::string& line : opened->report.lines) shard.say(Severity::info, std::move(line));
  return std::move(opened->log);
}

void Storage::open(ShardState& shard, const PartitionIdentity& identity,
                   const log::SettingsPtr& settings) {
  auto log = open_log(shard, identity, settings);
  if (log) {
    auto partition =
        std::make_unique<Partition>(identity, std::move(*log), replica_options(shard, identity));
    collect_removals(shard, shard.partitions.add(std::move(partition)));
    return;
  }
  const std::string& reason = log.error().detail;
  shard.say(Severity::error,
            fmt::format("partition {} stays offline: {}", to_string(identity.name), reason));
  shard.partitions.add(std::make_unique<Partition>(
      identity, reason.empty() ? std::string("its log cannot be opened") : reason,
      replica_options(shard, identity)));
  if (starting_) return;  // what is wrong with files that were there needs a person
  if (unopened_.empty()) shard.timers.set(shard.after(open_again_ms), Chore::open_again);
  unopened_.emplace(identity.number, settings);
}

void Storage::open_again(ShardState& shard) {
  for (auto at = unopened_.begin(); at != unopened_.end();) {
    Partition* const partition = shard.partitions.find(at->first);
    auto log = partition == nullptr ? model::Result<std::unique_ptr<log::Log>>(nullptr)
                                    : open_log(shard, partition->identity(), at->second);
    if (log && partition != nullptr) {
      partition->adopt_log(std::move(*log), shard.now);
      shard.groups.follow(shard, *partition);
      shard.say(Severity::info,
                fmt::format("partition {} is online", to_string(partition->name())));
    }
    at = log ? unopened_.erase(at) : std::next(at);
  }
  if (!unopened_.empty()) shard.timers.set(shard.after(open_again_ms), Chore::open_again);
}

void Storage::open_or_update(ShardState& shard, const ClusterImage& image,
                             const controller::Topic& topic) {
  log::SettingsPtr settings;
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const model::PartitionIndex index(static_cast<std::int32_t>(i));
    if (owner_of(topic.name, index, shard.context.shards) != shard.self()) continue;
    const controller::Partition& state = topic.partitions[i];
    const model::BrokerId self = shard.broker_id();
    if (std::ranges::find(state.replicas, self) == state.replicas.end()) continue;
    if (shard.partitions.find_by_name(topic.name, index) == nullptr) {
      if (!settings) settings = settings_of(shard, image, topic.name);
      const model::TopicPartition name{topic.name, index};
      open(shard, {name, topic.id, shard.partitions.next_number(), folder_for(shard, name)},
           settings);
    }
    Partition& partition = *shard.partitions.find_by_name(topic.name, index);
    // Below 0: no replica was ever there to lead, and nobody has decided anything.
    if (state.partition_epoch.value() >= 0 &&
        partition.follow(news_of(state), shard.now) == ErrorCode::none)
      shard.touched.push_back(partition.number());
    if (!partition.replica().state().followers.empty()) watch_in_sync(shard);
    shard.groups.follow(shard, partition);
  }
}

void Storage::open_all(ShardState& shard, StorageStatePtr state) {
  state_ = std::move(state);
  starting_ = true;
  for (const auto& [name, topic] : shard.image->metadata.topics)
    open_or_update(shard, *shard.image, *topic);
  starting_ = false;
}

void Storage::remove(ShardState& shard, const controller::Topic& topic) {
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    Partition* const partition = shard.partitions.find_by_name(
        topic.name, model::PartitionIndex(static_cast<std::int32_t>(i)));
    if (partition == nullptr) continue;
    fail_waiting(shard, *partition, ErrorCode::unknown_topic_or_partition);
    shard.groups.forget(shard, *partition);
    flush_scheduled_.erase(partition->number());
    const std::unique_ptr<Partition> removed = shard.partitions.remove(partition->number());
    if (!removed->has_log()) continue;
    const std::int64_t delay_ms = removed->log().settings().file_delete_delay_ms;
    const auto path = removed->log().retire(model::random_uuid(shard.prng));
    if (path)
      remove_later(shard, *path, delay_ms);
    else
      shard.say(Severity::error, fmt::format("cannot remove {}: {}", to_string(removed->name()),
                                             path.error().detail));
  }
}

void Storage::update_settings(ShardState& shard, const ClusterImage& image,
                              const std::string& topic) {
  const controller::TopicRef found = image.metadata.topic(topic);
  if (found == nullptr) return;
  log::SettingsPtr settings;
  for (std::size_t i = 0; i < found->partitions.size(); ++i) {
    Partition* const partition =
        shard.partitions.find_by_name(topic, model::PartitionIndex(static_cast<std::int32_t>(i)));
    if (partition == nullptr || !partition->has_log()) continue;
    if (!settings) settings = settings_of(shard, image, topic);
    partition->set_settings(settings, shard.now);
    shard.touched.push_back(partition->number());
  }
}

bool Storage::apply(ShardState& shard, const ClusterImage& before, const ClusterImage& after) {
  bool removed = false;
  std::vector<std::string> gone_topics;
  for (const controller::Change& change : controller::difference(before.metadata, after.metadata)) {
    if (const auto* topic = std::get_if<controller::TopicChanged>(&change)) {
      const bool gone = topic->before != nullptr &&
                        (topic->after == nullptr || topic->before->id != topic->after->id);
      if (gone) {
        remove(shard, *topic->before);
        gone_topics.push_back(topic->before->name);
      }
      removed = removed || gone;
      if (topic->after != nullptr) open_or_update(shard, after, *topic->after);
    } else if (const auto* configs = std::get_if<controller::ConfigsChanged>(&change)) {
      if (const auto* named = std::get_if<controller::TopicName>(&configs->resource)) {
        update_settings(shard, after, named->name);
      } else {
        for (const auto& [name, topic_of_all] : after.metadata.topics)
          update_settings(shard, after, name);
      }
    }
  }
  if (!gone_topics.empty()) shard.groups.topics_deleted(shard, gone_topics);
  return removed;
}

}  // namespace gregor::broker
