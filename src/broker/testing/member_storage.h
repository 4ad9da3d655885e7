// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests of the logs of a broker that is told by and by which replicas it has. The test plays
// the rest of the node: it makes the images, and writes the checkpoint files.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "broker/checkpoint_files.h"
#include "broker/data_folders.h"
#include "broker/lifecycle.h"
#include "broker/partition_tasks.h"
#include "broker/shard_state.h"
#include "broker/testing/requests.h"
#include "log/file_names.h"
#include "log/simulated_disk.h"
#include "log/sync_job.h"
#include "log/whole_file.h"
#include "model/settings.h"
#include "record/batch.h"

namespace gregor::broker {

inline constexpr model::BrokerId self{1};
inline constexpr model::BrokerId other{2};
inline constexpr model::PartitionIndex first{0};

inline model::BrokerSettings member_settings() {
  auto loaded = model::broker_settings_from({{"broker.id", "1"},
                                             {"log.dirs", "/data"},
                                             {"listeners", "PLAINTEXT://127.0.0.1:9092"},
                                             {"advertised.listeners", "PLAINTEXT://broker:9092"},
                                             {"zookeeper.connect", "zookeeper:2181"}});
  return std::move(loaded->settings);
}

inline model::TopicId id_of(std::uint8_t number) {
  model::TopicId id;
  id.bytes[0] = number;
  return id;
}

// One partition of a topic, as an image tells of it.
struct Told {
  std::string topic = "t";
  model::TopicId id = id_of(1);
  model::BrokerId leader = self;
  int epoch = 0;
  std::vector<model::BrokerId> replicas = {self};
  bool inherited = false;  // older than this process
  bool in_sync = true;     // all of the replicas; otherwise the leader
};

inline controller::Image image_of(const std::vector<Told>& all) {
  controller::Image image;
  for (const auto& [id, host] : {std::pair{self, "broker"}, std::pair{other, "other"}})
    image.brokers[id] = {
        .id = id,
        .epoch = model::BrokerEpoch(id.value() * 11),
        .endpoints = {{"PLAINTEXT", "PLAINTEXT", host, 9092}, {"OUTSIDE", "PLAINTEXT", "nat", 1}},
        .rack = std::nullopt};
  for (const Told& told : all) {
    controller::Partition state{.replicas = told.replicas,
                                .adding = {},
                                .removing = {},
                                .leader = told.leader,
                                .leader_epoch = model::LeaderEpoch(told.epoch),
                                .isr = told.in_sync ? told.replicas : std::vector{told.leader},
                                .eligible = {},
                                .partition_epoch = model::PartitionEpoch(told.epoch)};
    controller::Topic topic{
        .name = told.topic, .id = told.id, .partitions = {state}, .incarnation = {}};
    image.put(std::make_shared<const controller::Topic>(std::move(topic)));
  }
  return image;
}

class MemberStorage : public ::testing::Test {
 protected:
  // --- lives of the broker; it is told of partitions later ---
  void start() {
    shard_ = std::make_unique<ShardState>(ShardContext{
        .id = controller_shard, .shards = 1, .settings = &settings_, .disk = disk_.get()});
    effects_ = {};
    shard_->effects = &effects_;
    files_ = {};
    auto found = read_data_folders(*disk_, settings_.log_dirs, "boot");
    ASSERT_TRUE(found.has_value());
    folders_ = std::make_shared<const StorageState>(std::move(found->state));
    auto image = std::make_shared<const ClusterImage>(ClusterImage{ImageVersion(0), image_of({})});
    open_logs(*shard_, {self, std::move(image), folders_});
    settle();
  }
  void crash(log::Unsynced unsynced = log::Unsynced::all_kept, std::uint64_t chance = 1) {
    shard_.reset();
    base::Prng prng(chance);
    disk_ = disk_->after_power_loss(prng, unsynced);
  }
  bool stop() {
    close_logs(*shard_);
    const auto closed = std::get<LogsClosed>(shard_->inbox.back().content);
    shard_->inbox.clear();
    EXPECT_TRUE(files_.write_now(*disk_, *folders_, closed.logs));
    if (closed.clean) {
      EXPECT_TRUE(mark_clean_stop(*disk_, *folders_));
    }
    shard_.reset();
    return closed.clean;
  }

  // --- what it is told ---
  void tell(const std::vector<Told>& all, std::vector<controller::StoppedReplica> stopped = {}) {
    const ImageVersion version(shard_->image->version.value() + 1);
    auto inherited = std::make_shared<Replicas>();
    for (const Told& told : all)
      if (told.inherited) inherited->insert({told.topic, first});
    apply_image(*shard_, std::make_shared<const ClusterImage>(ClusterImage{
                             version, image_of(all), std::move(stopped), std::move(inherited)}));
    const auto applied = std::get<ImageApplied>(shard_->inbox.back().content);
    if (applied.removed) {
      EXPECT_TRUE(files_.write_now(*disk_, *folders_, applied.logs));
    }
    settle();
  }
  model::ErrorCode stop_replica(int epoch, bool remove) {
    const model::ErrorCode error =
        shard_->storage.stop_replica(*shard_, {"t", first}, model::LeaderEpoch(epoch), remove);
    settle();
    return error;
  }
  void checkpoint() {
    checkpoint_wanted_ = false;
    const auto logs = shard_->storage.checkpoints(*shard_);
    ASSERT_TRUE(files_.write_now(*disk_, *folders_, logs));
    shard_->storage.on_durable_checkpoint(*shard_, logs);
    settle();
  }

  // --- what it does ---
  void settle() {
    while (!shard_->touched.empty() || !effects_.syncs.empty()) {
      for (const PartitionNumber number : std::exchange(shard_->touched, {}))
        if (Partition* const found = shard_->partitions.find(number))
          settle_partition(*shard_, *found);
      for (const SyncJob& job : std::exchange(effects_.syncs, {}))
        shard_->storage.on_synced(*shard_, job.id, log::run(*disk_, job.job));
    }
    shard_->fetchers.send(*shard_);
    for (const Message& message : std::exchange(shard_->inbox, {}))
      checkpoint_wanted_ |= std::holds_alternative<CheckpointWanted>(message.content);
  }
  Partition* partition() { return shard_->partitions.find_by_name("t", first); }
  // Appended, synced and committed.
  void write(const std::vector<std::string>& values) {
    const base::Bytes bytes = batch_of(values);
    const auto batch = record::ValidBatch::parse(bytes);
    ASSERT_TRUE(partition()->append(*batch, std::nullopt, shard_->now));
    partition()->request_sync();
    shard_->touched.push_back(partition()->number());
    settle();
  }
  model::Offset recovery_point_in_file() {
    const auto bytes =
        log::read_whole_file(*disk_, "/data/" + std::string(log::recovery_points_name));
    const auto points = log::decode_partition_offsets(**bytes);
    const auto found = points->find({"t", first});
    return found == points->end() ? model::no_offset : found->second;
  }
  std::ptrdiff_t folders_like(std::string_view begin, std::string_view end) {
    return std::ranges::count_if(disk_->list("/data").value(), [&](const log::FolderEntry& entry) {
      return entry.is_folder && entry.name.starts_with(begin) && entry.name.ends_with(end);
    });
  }
  bool has_mark() {
    const auto entries = disk_->list("/data/t-0");
    return std::ranges::any_of(entries.value(), [](const log::FolderEntry& entry) {
      return entry.name == "gregor.incomplete";
    });
  }
  std::vector<model::TopicPartition> offline() { return shard_->storage.offline(*shard_); }
  // Its leader has nothing more.
  void catch_up(int epoch) {
    ASSERT_TRUE(partition()->take_response({.current_epoch = model::LeaderEpoch(epoch),
                                            .offset = partition()->log().log_end(),
                                            .diverging = std::nullopt,
                                            .high_watermark = model::Offset(0),
                                            .log_start = model::Offset(0)},
                                           {}, shard_->now));
    shard_->touched.push_back(partition()->number());
    settle();
  }
  bool has_folder() { return folders_like("t-0", "t-0") == 1; }

  // Three records of t-0, of which the checkpoint files tell; then a power cut and a start.
  void start_with_a_log() {
    start();
    tell({Told{}});
    write({"a", "b", "c"});
    checkpoint();
    crash();
    start();
  }

  const model::BrokerSettings settings_ = member_settings();
  std::unique_ptr<log::SimulatedDisk> disk_ = std::make_unique<log::SimulatedDisk>();
  Effects effects_;
  std::unique_ptr<ShardState> shard_;
  StorageStatePtr folders_;
  CheckpointFiles files_;
  bool checkpoint_wanted_ = false;
};

}  // namespace gregor::broker
