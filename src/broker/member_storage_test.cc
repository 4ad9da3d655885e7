// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The logs of a broker that is told by and by which replicas it has. The test plays the rest of the
// node: it makes the images, and writes the checkpoint files.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/prng.h"
#include "broker/checkpoint_files.h"
#include "broker/data_folders.h"
#include "broker/lifecycle.h"
#include "broker/partition_tasks.h"
#include "broker/shard_state.h"
#include "broker/testing/requests.h"
#include "log/file_names.h"
#include "log/sync_job.h"
#include "log/whole_file.h"
#include "model/settings.h"
#include "protocol/messages/fetch.h"
#include "record/batch.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using model::LeaderEpoch;

constexpr model::BrokerId self{1};
constexpr model::BrokerId other{2};
constexpr model::PartitionIndex first{0};

model::BrokerSettings member_settings() {
  auto loaded = model::broker_settings_from({{"broker.id", "1"},
                                             {"log.dirs", "/data"},
                                             {"listeners", "PLAINTEXT://127.0.0.1:9092"},
                                             {"advertised.listeners", "PLAINTEXT://broker:9092"},
                                             {"zookeeper.connect", "zookeeper:2181"}});
  return std::move(loaded->settings);
}

model::TopicId id_of(std::uint8_t number) {
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
};

controller::Image image_of(const std::vector<Told>& all) {
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
                                .leader_epoch = LeaderEpoch(told.epoch),
                                .isr = told.replicas,
                                .eligible = {},
                                .partition_epoch = model::PartitionEpoch(told.epoch)};
    controller::Topic topic{
        .name = told.topic, .id = told.id, .partitions = {state}, .incarnation = {}};
    image.put(std::make_shared<const controller::Topic>(std::move(topic)));
  }
  return image;
}

class MemberStorage : public testing::Test {
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
  void crash(log::Unsynced unsynced = log::Unsynced::all_kept) {
    shard_.reset();
    base::Prng prng(1);
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
    apply_image(*shard_, std::make_shared<const ClusterImage>(
                             ClusterImage{version, image_of(all), std::move(stopped)}));
    const auto applied = std::get<ImageApplied>(shard_->inbox.back().content);
    if (applied.removed) {
      EXPECT_TRUE(files_.write_now(*disk_, *folders_, applied.logs));
    }
    settle();
  }
  ErrorCode stop_replica(int epoch, bool remove) {
    const ErrorCode error =
        shard_->storage.stop_replica(*shard_, {"t", first}, LeaderEpoch(epoch), remove);
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

// --- logs that nobody has named ---

TEST_F(MemberStorage, LogsThatNobodyNamesStayAsTheyAreThroughAnyNumberOfStarts) {
  start_with_a_log();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(partition(), nullptr);
    EXPECT_TRUE(has_folder());
    checkpoint();
    EXPECT_EQ(recovery_point_in_file(), model::Offset(3));
    crash(log::Unsynced::all_lost);
    start();
  }
  tell({Told{}});
  ASSERT_NE(partition(), nullptr);
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(3));
  EXPECT_EQ(partition()->log().recovery_point(), model::Offset(3));
}

TEST_F(MemberStorage, AFollowerKeepsItsHighWatermarkThroughAStartThatDidNotNameIt) {
  start_with_a_log();
  checkpoint();
  crash();
  start();
  tell({{.leader = other, .epoch = 1, .replicas = {other, self}}});
  EXPECT_EQ(partition()->log().high_watermark(), model::Offset(3));
}

TEST_F(MemberStorage, AnUnnamedLogThatWasNotRecoveredMakesNoCleanStop) {
  start_with_a_log();
  EXPECT_FALSE(stop());
  start();
  tell({Told{}});
  EXPECT_TRUE(stop());
  start();
  EXPECT_TRUE(stop()) << "nothing has touched it since";
}

// --- logs of another topic ---

TEST_F(MemberStorage, ALogOfAnotherTopicIsSetAsideAndTheFilesForgetItFirst) {
  start_with_a_log();
  tell({{.id = id_of(2)}});
  EXPECT_EQ(folders_like("t-0.", "-stray"), 1);
  EXPECT_FALSE(has_folder()) << "the files still tell of the old log";
  EXPECT_EQ(partition()->check_leader(LeaderEpoch(-1)), ErrorCode::kafka_storage_error);
  EXPECT_TRUE(checkpoint_wanted_);
  checkpoint();
  ASSERT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
  EXPECT_TRUE(partition()->leads());
}

TEST_F(MemberStorage, ACrashWhileALogIsSetAsideDoesNoHarm) {
  start_with_a_log();
  tell({{.id = id_of(2)}});
  crash();
  start();
  tell({{.id = id_of(2)}});
  EXPECT_FALSE(partition()->has_log());
  checkpoint();
  EXPECT_EQ(partition()->offline_reason(), "");
}

TEST_F(MemberStorage, ATopicThatIsReplacedWithoutAWordGivesUpItsName) {
  start_with_a_log();
  tell({Told{}});
  tell({{.id = id_of(2)}});
  EXPECT_EQ(folders_like("t-0.", "-stray"), 1);
  checkpoint();
  EXPECT_EQ(partition()->topic_id(), id_of(2));
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
}

// --- replicas that stop ---

TEST_F(MemberStorage, ATopicThatIsGoneKeepsItsFilesUntilTheReplicaIsStopped) {
  start_with_a_log();
  tell({Told{}});
  tell({});
  EXPECT_FALSE(partition()->leads());
  EXPECT_TRUE(has_folder());
  checkpoint();
  EXPECT_EQ(recovery_point_in_file(), model::Offset(3));
  EXPECT_EQ(stop_replica(-2, true), ErrorCode::none);
  EXPECT_EQ(partition(), nullptr);
  EXPECT_FALSE(has_folder());
  EXPECT_EQ(folders_like("t-0.", "-delete"), 1);
  checkpoint();
  EXPECT_EQ(recovery_point_in_file(), model::no_offset);
}

TEST_F(MemberStorage, ALogThatNobodyHasNamedIsRemovedToo) {
  start_with_a_log();
  EXPECT_EQ(stop_replica(5, false), ErrorCode::none);
  EXPECT_TRUE(has_folder());
  EXPECT_EQ(stop_replica(5, true), ErrorCode::none);
  EXPECT_FALSE(has_folder());
  EXPECT_EQ(folders_like("t-0.", "-delete"), 1);
  EXPECT_EQ(stop_replica(5, true), ErrorCode::none) << "repeated";
}

TEST_F(MemberStorage, AReplicaThatWasReassignedStopsAndKeepsItsFiles) {
  start_with_a_log();
  tell({{.epoch = 1}});
  tell({{.leader = other, .epoch = 2, .replicas = {other}}});
  EXPECT_EQ(partition()->check_leader(LeaderEpoch(-1)), ErrorCode::not_leader_or_follower);
  EXPECT_TRUE(has_folder());
  tell({{.leader = other, .epoch = 3, .replicas = {other, self}}});
  EXPECT_EQ(partition()->leader_epoch(), LeaderEpoch(3)) << "and comes back";
  EXPECT_EQ(effects_.peer_requests.size(), 1U);
}

TEST_F(MemberStorage, AStoppedFollowerAsksNobodyUntilANewerEpochNamesIt) {
  start_with_a_log();
  const std::vector<model::BrokerId> both = {other, self};
  tell({{.leader = other, .epoch = 4, .replicas = both}});
  ASSERT_EQ(effects_.peer_requests.size(), 1U);
  EXPECT_EQ(stop_replica(5, false), ErrorCode::none);
  tell({{.leader = other, .epoch = 5, .replicas = both}});
  EXPECT_EQ(partition()->replica().state().role, replication::Role::idle);
  EXPECT_TRUE(partition()->has_log());
  tell({{.leader = other, .epoch = 6, .replicas = both}});
  EXPECT_EQ(partition()->replica().state().role, replication::Role::follower);
}

TEST_F(MemberStorage, ARemovedReplicaDoesNotComeBackWithTheImageThatStillNamesIt) {
  start_with_a_log();
  tell({{.epoch = 4}});
  EXPECT_EQ(stop_replica(5, true), ErrorCode::none);
  tell({{.epoch = 5}});
  EXPECT_EQ(partition(), nullptr);
  EXPECT_FALSE(has_folder());
  tell({{.epoch = 6}});
  EXPECT_FALSE(partition()->has_log()) << "the files still tell of the old log";
  checkpoint();
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
}

// The log of a topic that was deleted and made anew while this broker was away.
TEST_F(MemberStorage, ADeletedTopicMakesRoomForTheNextOfItsName) {
  start_with_a_log();
  tell({{.id = id_of(2)}}, {{.topic = "t",
                             .topic_id = id_of(1),
                             .incarnation = {},
                             .partition = first,
                             .leader_epoch = LeaderEpoch(4),
                             .remove = true,
                             .topic_deleted = true}});
  EXPECT_EQ(folders_like("t-0.", "-delete"), 1);
  checkpoint();
  ASSERT_NE(partition(), nullptr);
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_TRUE(partition()->leads());
}

TEST_F(MemberStorage, AStopOfAnEarlierLeaderEpochIsFenced) {
  start_with_a_log();
  tell({{.epoch = 4}});
  EXPECT_EQ(stop_replica(3, true), ErrorCode::fenced_leader_epoch);
  EXPECT_TRUE(partition()->leads());
  EXPECT_TRUE(has_folder());
  EXPECT_EQ(stop_replica(4, false), ErrorCode::none);
  EXPECT_FALSE(partition()->leads());
}

TEST_F(MemberStorage, TheOrderToStopComesWithAnImageAndTheNextOneFindsTheNameFree) {
  start_with_a_log();
  tell({Told{}});
  tell({}, {{.topic = "t",
             .topic_id = id_of(1),
             .incarnation = {},
             .partition = first,
             .leader_epoch = LeaderEpoch(0),
             .remove = true,
             .topic_deleted = true}});
  EXPECT_FALSE(has_folder());
  EXPECT_EQ(recovery_point_in_file(), model::no_offset);
  tell({{.id = id_of(2)}});
  EXPECT_EQ(partition()->offline_reason(), "");
  EXPECT_FALSE(checkpoint_wanted_);
}

TEST_F(MemberStorage, AReplicaThatIsGivenBackInOneBreathIsMadeAnewWhenTheFilesHaveForgottenIt) {
  start_with_a_log();
  tell({{.epoch = 4}});
  tell({{.epoch = 6}}, {{.topic = "t",
                         .topic_id = id_of(1),
                         .incarnation = {},
                         .partition = first,
                         .leader_epoch = LeaderEpoch(5),
                         .remove = true,
                         .topic_deleted = false}});
  EXPECT_FALSE(partition()->has_log());
  EXPECT_TRUE(checkpoint_wanted_);
  checkpoint();
  EXPECT_EQ(partition()->log().log_end(), model::Offset(0));
}

// --- what the image says ---

TEST_F(MemberStorage, AFollowerAsksItsLeaderOnTheListenerOfBrokersInItsOwnLife) {
  start();
  tell({{.leader = other, .epoch = 4, .replicas = {other, self}}});
  ASSERT_EQ(effects_.peer_requests.size(), 1U);
  const PeerRequest& asked = effects_.peer_requests[0];
  EXPECT_EQ(asked.to, (PeerAddress{"other", 9092}));
  base::BytesView rest = base::BytesView(asked.frame).subspan(protocol::frame_size_bytes);
  const auto header = protocol::decode_request_header(rest);
  const auto request = protocol::decode<protocol::FetchRequest>(
      rest, model::ApiVersion(header->request_api_version));
  EXPECT_EQ(request->replica_state.replica_id, self.value());
  EXPECT_EQ(request->replica_state.replica_epoch, 11);
  EXPECT_EQ(request->topics.at(0).partitions.at(0).current_leader_epoch, 4);
}

TEST_F(MemberStorage, PartitionsOfOthersAreNotOpened) {
  start();
  tell({{.leader = other, .epoch = 4, .replicas = {other}}});
  EXPECT_EQ(partition(), nullptr);
  EXPECT_FALSE(has_folder());
}

}  // namespace
}  // namespace gregor::broker
