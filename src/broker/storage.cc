// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Opening and updating logs; what happens to open ones is in storage_upkeep.cc, how they go in
// storage_removal.cc.

#include "broker/storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/ranges.h"
#include "broker/partition_folder.h"
#include "broker/partition_tasks.h"
#include "broker/shard_state.h"
#include "broker/topic_configs.h"
#include "log/file_names.h"

namespace gregor::broker {

using model::ErrorCode;

namespace {

constexpr std::int64_t open_again_ms = 5000;

replication::LeaderAndIsr news_of(const controller::Partition& state) {
  return {.leader = state.leader,
          .leader_epoch = state.leader_epoch,
          .partition_epoch = state.partition_epoch,
          .isr = {state.isr.begin(), state.isr.end()},
          .eligible = {state.eligible.begin(), state.eligible.end()},
          .replicas = {state.replicas.begin(), state.replicas.end()},
          .unclean = state.recovering};
}

bool has_replica(const controller::Partition& state, model::BrokerId broker) {
  return base::contains(state.replicas, broker);
}

bool is_counted_on(const controller::Partition& state, model::BrokerId broker) {
  return base::contains(state.isr, broker) || base::contains(state.eligible, broker);
}

// To a broker that is alone its image is the whole truth.
bool is_alone(const ShardState& shard) { return !shard.may_have_peers(); }

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

void Storage::place(const ShardState& shard, const model::TopicPartition& name,
                    std::size_t data_folder) {
  if (shard.partitions.find_by_name(name.topic, name.partition) != nullptr) return;
  if (places_.contains(name) || places_.size() < places_max) places_[name] = data_folder;
}

std::size_t Storage::take_folder_for(const ShardState& shard, const model::TopicPartition& name) {
  const auto& folders = state_->folders;
  const auto wanted = places_.extract(name);
  if (const ClosedLog* const found = closed_.find(name)) return found->checkpoint.data_folder;
  if (!wanted.empty()) return wanted.mapped();
  if (folders.size() == 1) return 0;
  std::vector<std::size_t> count(folders.size(), 0);
  for (const auto& [number, partition] : shard.partitions.all()) ++count[partition->data_folder()];
  return static_cast<std::size_t>(std::ranges::min_element(count) - count.begin());
}

log::OpenOptions Storage::open_options(const ShardState& shard,
                                       const model::TopicPartition& name) const {
  log::OpenOptions options{.producer_id_expiration_ms = shard.settings().producer_id_expiration_ms};
  if (const ClosedLog* const found = closed_.find(name)) {
    options.recovery_point = found->checkpoint.recovery_point;
    options.log_start = found->checkpoint.log_start;
    options.cleaned_to = found->checkpoint.cleaned_to;
    options.clean_stop = found->clean;
  }
  return options;
}

ReplicaOptions Storage::replica_options(const ShardState& shard,
                                        const model::TopicPartition& name) const {
  ReplicaOptions options{.self = shard.broker_id(),
                         .lag_ms_max = shard.settings().replica_lag_time_max_ms,
                         .trace = shard.trace.get()};
  if (const ClosedLog* const found = closed_.find(name))
    options.high_watermark = found->checkpoint.high_watermark;
  return options;
}

// A replica that may have been on another disk than this.
bool Storage::is_inherited(const ShardState& shard, const model::TopicPartition& name) const {
  const auto& inherited = shard.image->inherited;
  return inherited != nullptr && inherited->contains(name);
}

// (The mark of an incomplete log may have been about to be written.)
bool Storage::has_files(const model::TopicPartition& name, const std::string& path) {
  const ClosedLog* const found = closed_.find(name);
  if (found == nullptr || !found->has_folder) return false;
  const auto files = files_.disk().list(path);
  const auto counts = [](const log::FolderEntry& file) {
    return !file.name.ends_with(log::temporary_suffix);
  };
  return !files || std::ranges::any_of(*files, counts);
}

namespace {

// Whether others count on this broker's replica: it may be the next leader. Not where there are no
// others, or where it does not matter (unclean elections).
bool must_have_it_all(const ShardState& shard, const model::TopicPartition& name,
                      const model::TopicSettings& settings) {
  const controller::TopicRef topic = shard.image->metadata.topic(name.topic);
  const auto at = static_cast<std::size_t>(name.partition.value());
  if (topic == nullptr || topic->partitions.at(at).replicas.size() < 2) return false;
  return !settings.unclean_leader_election_enable &&
         is_counted_on(topic->partitions.at(at), shard.broker_id());
}

}  // namespace

model::Result<Storage::OpenedLog> Storage::open_log(ShardState& shard,
                                                    const PartitionIdentity& identity,
                                                    const log::SettingsPtr& settings) {
  const DataFolder& folder = state_->folders.at(identity.data_folder);
  const std::string path = fmt::format("{}/{}", folder.path, to_string(identity.name));
  auto owner = topic_of_folder(files_.disk(), path);
  if (!owner) return model::fail(owner.error());
  if (*owner && **owner != identity.topic_id) {
    const auto aside =
        set_folder_aside(files_.disk(), folder.path, identity.name, model::random_uuid(shard.prng));
    if (!aside) return model::fail(aside.error());
    shard.say(Severity::warning,
              fmt::format("{} belonged to another topic of this name ({}); it is now {}", path,
                          to_string(**owner), *aside));
    closed_.forget(identity.name);
    gone_.insert(identity.name);
  }
  if (gone_.contains(identity.name)) {
    shard.send(controller_shard, CheckpointWanted{});
    return model::fail(ErrorCode::kafka_storage_error,
                       "the checkpoint files may still tell of an earlier log of this name");
  }
  const bool inherited = is_inherited(shard, identity.name);
  if (inherited && !has_files(identity.name, path) &&
      must_have_it_all(shard, identity.name, *settings)) {
    if (auto marked = mark_incomplete(files_.disk(), folder.path, path); !marked)
      return model::fail(marked.error());
    shard.say(Severity::warning,
              fmt::format("{} was on another disk: it does not lead until it has caught up",
                          to_string(identity.name)));
  }
  const auto incomplete = is_incomplete(files_.disk(), path);
  if (!incomplete) return model::fail(incomplete.error());
  auto opened = log::Log::open({&files_, path, identity.name}, settings,
                               open_options(shard, identity.name), shard.now);
  if (!opened) return model::fail(opened.error());
  if (!*owner) {
    // That an inherited log is not there must go on to mean that it is on another disk.
    const auto claimed =
        inherited ? claim_for_certain(files_.disk(), folder.path, path, identity.topic_id)
                  : claim_folder(files_.disk(), path, identity.topic_id);
    if (!claimed) return model::fail(claimed.error());
  }
  for (std::string& line : opened->report.lines) shard.say(Severity::info, std::move(line));
  return OpenedLog{std::move(opened->log), *incomplete && !is_alone(shard)};
}

void Storage::note_complete(ShardState& shard, const Partition& partition) {
  if (const auto marked = mark_complete(files_.disk(), partition.log().folder()); !marked)
    return report_failure(shard, partition, marked.error().detail);
  shard.say(Severity::info, fmt::format("{} may lead again", to_string(partition.name())));
}

void Storage::open(ShardState& shard, const PartitionIdentity& identity,
                   const log::SettingsPtr& settings) {
  auto opened = open_log(shard, identity, settings);
  ReplicaOptions options = replica_options(shard, identity.name);
  if (opened) {
    closed_.forget(identity.name);
    options.incomplete = opened->incomplete;
    auto partition = std::make_unique<Partition>(identity, std::move(opened->log), options);
    Partition& added = shard.partitions.add(std::move(partition));
    collect_removals(shard, added);
    shard.moves.resume(shard, added);
    return;
  }
  const std::string& reason = opened.error().detail;
  const bool waits = gone_.contains(identity.name);
  // What is wrong with files that were there needs a person; but a disk that was full has room
  // again.
  const bool stays = closed_.find(identity.name) != nullptr &&
                     opened.error().code != ErrorCode::kafka_storage_error;
  shard.say(waits ? Severity::info : Severity::error,
            fmt::format("partition {} {}: {}", to_string(identity.name),
                        waits   ? "waits"
                        : stays ? "stays offline"
                                : "is offline, and is tried again",
                        reason));
  shard.partitions.add(std::make_unique<Partition>(
      identity, reason.empty() ? std::string("its log cannot be opened") : reason, options));
  if (stays) return;
  if (unopened_.empty())
    open_again_timer_ = shard.timers.set(shard.after(open_again_ms), Chore::open_again);
  unopened_.emplace(identity.number, settings);
}

void Storage::open_again(ShardState& shard) {
  for (auto at = unopened_.begin(); at != unopened_.end();) {
    Partition* const partition = shard.partitions.find(at->first);
    auto opened = partition == nullptr ? model::Result<OpenedLog>()
                                       : open_log(shard, partition->identity(), at->second);
    if (opened && partition != nullptr) {
      closed_.forget(partition->name());
      partition->adopt_log(std::move(opened->log), opened->incomplete, shard.now);
      collect_removals(shard, *partition);
      if (!partition->replica().state().followers.empty()) watch_in_sync(shard);
      shard.groups.follow(shard, *partition);
      shard.moves.resume(shard, *partition);
      shard.touched.push_back(partition->number());
      shard.say(Severity::info,
                fmt::format("partition {} is online", to_string(partition->name())));
    }
    at = opened ? unopened_.erase(at) : std::next(at);
  }
  shard.timers.cancel(open_again_timer_);
  if (!unopened_.empty())
    open_again_timer_ = shard.timers.set(shard.after(open_again_ms), Chore::open_again);
}

void Storage::open_or_update(ShardState& shard, const ClusterImage& image,
                             const controller::Topic& topic) {
  close_others(shard, topic);
  log::SettingsPtr settings;
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const model::TopicPartition name{topic.name,
                                     model::PartitionIndex(static_cast<std::int32_t>(i))};
    if (owner_of(name.topic, name.partition, shard.context.shards) != shard.self()) continue;
    const controller::Partition& state = topic.partitions[i];
    Partition* partition = shard.partitions.find_by_name(name.topic, name.partition);
    if (!has_replica(state, shard.broker_id())) {
      stopped_.erase(name);
      if (partition != nullptr) let_go(shard, *partition);
      continue;
    }
    if (is_stopped(name, topic.id, state.leader_epoch)) continue;
    if (partition == nullptr) {
      if (!settings) settings = settings_of(shard, image, topic.name);
      open(shard, {name, topic.id, shard.partitions.next_number(), take_folder_for(shard, name)},
           settings);
      partition = shard.partitions.find_by_name(name.topic, name.partition);
    }
    follow(shard, *partition, state);
  }
}

void Storage::follow(ShardState& shard, Partition& partition, const controller::Partition& state) {
  // Below 0: no replica was ever there to lead, and nobody has decided anything.
  if (state.partition_epoch.value() >= 0 &&
      partition.follow(news_of(state), shard.now) == ErrorCode::none)
    shard.touched.push_back(partition.number());
  if (!partition.replica().state().followers.empty()) watch_in_sync(shard);
  shard.groups.follow(shard, partition);
}

void Storage::open_all(ShardState& shard, StorageStatePtr state) {
  state_ = std::move(state);
  closed_.take_all(*state_, shard.self(), shard.context.shards);
  for (const auto& [name, topic] : shard.image->metadata.topics)
    open_or_update(shard, *shard.image, *topic);
  // Of those that were removed, and the checkpoint files not written since.
  for (const model::TopicPartition& name : closed_.without_folder()) {
    if (shard.partitions.find_by_name(name.topic, name.partition) != nullptr) continue;
    closed_.forget(name);
    gone_.insert(name);
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

std::vector<model::TopicPartition> Storage::offline(const ShardState& shard) const {
  std::vector<model::TopicPartition> out;
  for (const auto& [number, partition] : shard.partitions.all())
    if ((!partition->offline_reason().empty() && !gone_.contains(partition->name())) ||
        partition->refuses_to_lead())
      out.push_back(partition->name());
  return out;
}

bool Storage::apply(ShardState& shard, const ClusterImage& before, const ClusterImage& after) {
  for (const model::TopicPartition& name : std::exchange(forgotten_, {})) gone_.erase(name);
  bool removed = !after.stopped.empty();
  stop_replicas(shard, after.stopped);
  std::vector<std::string> gone_topics;
  for (const controller::Change& change : controller::difference(before.metadata, after.metadata)) {
    if (const auto* topic = std::get_if<controller::TopicChanged>(&change)) {
      const bool gone = topic->before != nullptr &&
                        (topic->after == nullptr || topic->before->id != topic->after->id);
      if (gone) {
        if (is_alone(shard))
          remove(shard, *topic->before);
        else
          let_go(shard, *topic->before);
        gone_topics.push_back(topic->before->name);
      }
      removed = removed || (gone && is_alone(shard));
      if (topic->after != nullptr) open_or_update(shard, after, *topic->after);
    } else if (const auto* configs = std::get_if<controller::ConfigsChanged>(&change)) {
      if (const auto* named = std::get_if<controller::TopicName>(&configs->resource)) {
        update_settings(shard, after, named->name);
      } else if (!std::holds_alternative<controller::QuotaEntity>(configs->resource)) {
        shard.quotas.update(shard);
        for (const auto& [name, topic_of_all] : after.metadata.topics)
          update_settings(shard, after, name);
      }
    }
  }
  if (!gone_topics.empty()) shard.groups.topics_deleted(shard, gone_topics);
  if (removed) forgotten_ = gone_;
  return removed;
}

}  // namespace gregor::broker
