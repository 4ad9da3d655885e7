// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/lifecycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/controller_host.h"
#include "broker/data_folders.h"
#include "broker/elected.h"
#include "broker/member.h"
#include "broker/security_protocols.h"
#include "broker/shard_state.h"

namespace gregor::broker {

namespace {

// In the place of the rounds that are wanted: the disk refuses the files, and who is in a hurry
// waits for the next regular round. (Whoever wants a cut asks again as soon as it was not made.)
constexpr int none_before_the_next = -1;

}  // namespace

// --- every shard ---

void open_logs(ShardState& shard, OpenLogs message) {
  if (shard.phase != Phase::starting) return;  // it is to stop already
  shard.broker = message.broker;
  shard.image = std::move(message.image);
  shard.quotas.update(shard);
  shard.storage.open_all(shard, std::move(message.storage));
  shard.phase = Phase::serving;
  shard.effects->ready = true;
  shard.timers.set(shard.after(shard.settings().producer_id_expiration_check_interval_ms),
                   Chore::expire_producers);
  shard.cleaner.start(shard);
  shard.send(controller_shard, ImageApplied{.version = shard.image->version,
                                            .removed = false,
                                            .logs = {},
                                            .offline = shard.storage.offline(shard)});
}

void apply_image(ShardState& shard, const ClusterImagePtr& image) {
  const ClusterImagePtr before = std::exchange(shard.image, image);
  ImageApplied applied{.version = image->version, .removed = false, .logs = {}, .offline = {}};
  if (shard.phase != Phase::stopped) applied.removed = shard.storage.apply(shard, *before, *image);
  shard.groups.cluster_changed(shard);
  if (applied.removed) applied.logs = shard.storage.checkpoints(shard);
  applied.offline = shard.storage.offline(shard);
  shard.send(controller_shard, std::move(applied));
}

void begin_draining(ShardState& shard) {
  if (shard.phase == Phase::draining || shard.phase == Phase::stopped) return;
  shard.phase = Phase::draining;
  shard.gathers.cut_short(shard);
}

void drained_if_idle(ShardState& shard) {
  if (shard.phase != Phase::draining || shard.drained) return;
  if (shard.connections.busy() > 0 || shard.gathers.size() > 0) return;
  shard.drained = true;
  shard.send(controller_shard, Drained{});
}

void close_logs(ShardState& shard) {
  shard.groups.stop(shard);
  shard.cleaner.stop();
  LogsClosed closed;
  closed.opened = shard.storage.is_open();
  closed.clean = shard.storage.close_all(shard);
  closed.logs = shard.storage.checkpoints(shard);
  shard.phase = Phase::stopped;
  shard.send(controller_shard, std::move(closed));
  if (shard.self() != controller_shard) shard.effects->stopped = true;
}

// --- shard 0 ---

namespace {

controller::Settings controller_settings(const ShardState& shard, bool unclean_shutdown) {
  const model::BrokerSettings& settings = shard.settings();
  controller::Settings out{
      .broker = {.id = shard.broker_id(), .endpoints = {}, .rack = settings.broker_rack},
      .default_partitions = settings.num_partitions,
      .default_replication = static_cast<std::int16_t>(settings.default_replication_factor),
      .delete_topic_enable = settings.delete_topic_enable,
      .unclean_leader_election_enable = settings.topic_defaults.unclean_leader_election_enable,
      .min_insync_replicas = settings.topic_defaults.min_insync_replicas,
      .unclean_shutdown = unclean_shutdown,
      .auto_leader_rebalance_enable = settings.auto_leader_rebalance_enable,
      .leader_imbalance_per_broker_percentage = settings.leader_imbalance_per_broker_percentage,
      .leader_imbalance_check_interval_ms =
          settings.leader_imbalance_check_interval_seconds * 1'000,
      // The session of this broker before it was restarted has ended by then.
      .registration_wait_ms = std::int64_t{2} * settings.zookeeper_session_timeout_ms,
      .first_request = coordination::RequestId(16)};  // those below are ours
  for (const model::Listener& listener : settings.advertised_listeners)
    out.broker.endpoints.push_back({.listener = listener.name,
                                    .security_protocol = std::string(name_of(listener.protocol)),
                                    .host = listener.host,
                                    .port = listener.port});
  return out;
}

}  // namespace

void Lifecycle::fail_start(ShardState& shard, std::string reason) {
  shard.phase = Phase::stopped;
  shard.effects->fatal = std::move(reason);
}

void Lifecycle::start(ShardState& shard) {
  auto found =
      read_data_folders(*shard.context.disk, shard.settings().log_dirs, shard.context.boot);
  if (!found) {
    fail_start(shard, found.error().detail);
    return;
  }
  for (std::string& line : found->lines) shard.say(Severity::warning, std::move(line));
  unclean_shutdown_ = found->unclean_shutdown;
  if (const auto since = disks_in_use_since(*found)) shard.member->disks_in_use_since(*since);
  properties_ = std::move(found->properties);
  storage_ = std::make_shared<const StorageState>(std::move(found->state));
  const auto broker = settle_broker_id(shard.settings());
  if (!broker) {
    fail_start(shard, broker.error().detail);
    return;
  }
  shard.broker = *broker;
}

model::Result<model::BrokerId> Lifecycle::settle_broker_id(
    const model::BrokerSettings& settings) const {
  model::BrokerId id = settings.broker_id;
  for (std::size_t i = 0; i < properties_.size(); ++i) {
    if (!properties_[i] || !properties_[i]->node) continue;
    const model::BrokerId stored = *properties_[i]->node;
    if (id != model::no_broker && id != stored)
      return model::fail(
          model::ErrorCode::invalid_config,
          fmt::format("{}/{} belongs to broker {}, but broker.id is {}", settings.log_dirs[i],
                      log::meta_properties_name, stored.value(), id.value()));
    id = stored;
  }
  return id;
}

void Lifecycle::connected(ShardState& shard, coordination::SessionId session) {
  if (shard.phase == Phase::stopped) return;
  session_ = session;
  if (shard.controller) {
    shard.member->connected(shard);
    shard.controller->connected(shard, session);
  } else if (shard.broker != model::no_broker) {
    begin_controller(shard);
  } else {
    ask_for_broker_id(shard);
  }
}

void Lifecycle::begin_controller(ShardState& shard) {
  shard.controller =
      std::make_unique<ControllerHost>(controller_settings(shard, unclean_shutdown_));
  shard.member->connected(shard);
  shard.controller->connected(shard, session_);
}

void Lifecycle::unclean_shutdown_settled(ShardState& shard) {
  unclean_shutdown_ = false;
  const auto noted = note_boot(*shard.context.disk, *storage_, shard.context.boot);
  if (!noted) shard.say(Severity::error, noted.error().detail);
}

void Lifecycle::begin_if_known(ShardState& shard) {
  if (begun_ || shard.phase != Phase::starting) return;
  if (!shard.controller->knows_cluster() || !shard.member->can_begin()) return;
  begun_ = true;
  if (!settle_properties(shard)) return;
  shard.send_to_all(OpenLogs{shard.broker_id(), shard.member->begin(shard), storage_});
  shard.timers.set(shard.after(shard.settings().log_flush_offset_checkpoint_interval_ms),
                   Chore::checkpoint);
}

// False if a data folder belongs to another cluster, or cannot be written.
bool Lifecycle::settle_properties(ShardState& shard) {
  const std::string& cluster = shard.controller->newest().cluster_id;
  for (std::size_t i = 0; i < properties_.size(); ++i) {
    const std::string& folder = storage_->folders[i].path;
    log::MetaProperties wanted{.node = shard.broker_id(),
                               .cluster_id = cluster,
                               .directory_id = std::nullopt,
                               .version = 0,
                               .first_epoch = shard.member->first_epoch()};
    if (properties_[i]) {
      if (!properties_[i]->cluster_id.empty() && properties_[i]->cluster_id != cluster) {
        fail_start(shard, fmt::format("{} belongs to cluster {}, but this is cluster {}", folder,
                                      properties_[i]->cluster_id, cluster));
        return false;
      }
      wanted.directory_id = properties_[i]->directory_id;
      wanted.version = properties_[i]->version;
      wanted.first_epoch = properties_[i]->first_epoch;
      if (wanted == *properties_[i]) continue;
    }
    if (const auto written = write_meta_properties(*shard.context.disk, folder, wanted); !written) {
      fail_start(shard, written.error().detail);
      return false;
    }
  }
  return true;
}

void Lifecycle::begin_checkpoint(ShardState& shard) {
  shard.timers.set(shard.after(shard.settings().log_flush_offset_checkpoint_interval_ms),
                   Chore::checkpoint);
  rounds_wanted_ = std::max(rounds_wanted_, 0);
  begin_round(shard);
}

void Lifecycle::want_checkpoint(ShardState& shard) {
  if (rounds_wanted_ == none_before_the_next) return;
  rounds_wanted_ = 2;
  begin_round(shard);
}

void Lifecycle::begin_round(ShardState& shard) {
  if (!asked_.empty() || is_syncing_ != Syncing::nothing || shard.phase != Phase::serving) return;
  if (rounds_wanted_ > 0) --rounds_wanted_;
  told_.clear();
  for (std::uint32_t id = 0; id < shard.context.shards; ++id) asked_.insert(ShardId(id));
  shard.send_to_all(CheckpointAsked{durable_});
}

void Lifecycle::end_round(ShardState& shard) {
  if (rounds_wanted_ > 0) begin_round(shard);
}

void Lifecycle::on_checkpoint(ShardState& shard, ShardId from, CheckpointTold told) {
  told_.insert(told_.end(), told.logs.begin(), told.logs.end());
  asked_.erase(from);
  if (!asked_.empty()) return;
  write_checkpoints(shard);
  if (is_syncing_ == Syncing::nothing) end_round(shard);
}

// What was told. The files stay as they are until the new ones are synced.
void Lifecycle::write_checkpoints(ShardState& shard) {
  auto job = checkpoint_files_.prepare(*shard.context.disk, *storage_, told_);
  if (!job) {
    shard.say(Severity::error, "checkpoint: " + job.error().detail);
    rounds_wanted_ = none_before_the_next;
  } else if (*job) {
    syncing_ = std::make_shared<const std::vector<LogCheckpoint>>(told_);
    is_syncing_ = Syncing::content;
    shard.storage.sync_files(shard, std::move(**job));
  }
}

void Lifecycle::replace_checkpoints(ShardState& shard) {
  durable_.reset();
  auto job = checkpoint_files_.replace(*shard.context.disk);
  if (!job) {
    shard.say(Severity::error, "checkpoint: " + job.error().detail);
    rounds_wanted_ = none_before_the_next;
    checkpoint_files_.forget();
    syncing_.reset();
    return;
  }
  is_syncing_ = Syncing::names;
  shard.storage.sync_files(shard, std::move(*job));
}

void Lifecycle::checkpoint_synced(ShardState& shard, const model::Result<>& result) {
  const Syncing synced = std::exchange(is_syncing_, Syncing::nothing);
  if (!result) {
    rounds_wanted_ = none_before_the_next;
    checkpoint_files_.forget();
  } else if (syncing_ && synced == Syncing::content) {
    replace_checkpoints(shard);
  } else if (syncing_) {  // otherwise they have been replaced meanwhile
    checkpoint_files_.kept();
    durable_ = std::exchange(syncing_, nullptr);
  }
  if (is_syncing_ != Syncing::nothing) return;
  syncing_.reset();
  end_round(shard);
}

bool Lifecycle::write_checkpoints_now(ShardState& shard, const std::vector<LogCheckpoint>& logs) {
  syncing_.reset();
  durable_.reset();
  const auto written = checkpoint_files_.write_now(*shard.context.disk, *storage_, logs);
  if (written)
    durable_ = std::make_shared<const std::vector<LogCheckpoint>>(logs);
  else
    shard.say(Severity::error, "checkpoint: " + written.error().detail);
  return written.has_value();
}

// --- stop ---

void Lifecycle::stop(ShardState& shard) {
  if (std::exchange(stopping_, true)) return;
  const bool others_can_lead = shard.phase == Phase::serving && shard.may_have_peers();
  if (others_can_lead && shard.settings().controlled_shutdown_enable)
    hand_over(shard);
  else
    drain(shard);
}

// Whoever does not answer in time has not done it, whatever comes later.
void Lifecycle::hand_over(ShardState& shard) {
  if (hand_overs_++ == shard.settings().controlled_shutdown_max_retries) {
    shard.say(Severity::warning, "the controller has not let others lead; stopping all the same");
    return drain(shard);
  }
  shard.timers.set(shard.after(shard.settings().controlled_shutdown_retry_backoff_ms),
                   Chore::shut_down);
  shut_down_in_order(shard, [this](ShardState& later, const Remaining& remaining) {
    if (remaining && remaining->empty()) return drain(later);
    later.say(Severity::info,
              remaining
                  ? fmt::format("{} partitions are still to be led by others", remaining->size())
                  : "controlled shutdown: " + std::string(name_of(remaining.error().code)) + " " +
                        remaining.error().detail);
  });
}

void Lifecycle::hand_over_again(ShardState& shard) {
  if (!draining_) hand_over(shard);
}

void Lifecycle::drain(ShardState& shard) {
  if (std::exchange(draining_, true)) return;
  if (shard.phase == Phase::stopped) shard.effects->stopped = true;  // it never started
  shard.send_to_all(Drain{});
  if (shard.controller) shard.controller->give_up_all(shard);
}

void Lifecycle::on_drained(ShardState& shard, ShardId from) {
  drained_.insert(from);
  if (drained_.size() == shard.context.shards) shard.send_to_all(CloseLogs{});
}

void Lifecycle::on_closed(ShardState& shard, ShardId from, LogsClosed closed) {
  closed_.insert(from);
  clean_ = clean_ && closed.clean;
  all_opened_ = all_opened_ && closed.opened;
  final_.insert(final_.end(), closed.logs.begin(), closed.logs.end());
  if (closed_.size() < shard.context.shards) return;
  // A node that stops while it starts leaves the files as they are: it does not know all logs.
  const bool written = all_opened_ && write_checkpoints_now(shard, final_);
  if (written && clean_) {
    const auto marked = mark_clean_stop(*shard.context.disk, *storage_);
    if (!marked) shard.say(Severity::error, marked.error().detail);
  }
  shard.effects->stopped = true;
}

}  // namespace gregor::broker
