// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A partition that this node follows: the test plays the leader, which is broker 2.

#include <gtest/gtest.h>

#include "base/prng.h"
#include "broker/testing/requests.h"
#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/alter_replica_log_dirs.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

// As a leader has it in its log.
base::Bytes stored_batch(const std::vector<std::string>& values, std::int64_t offset,
                         std::int32_t epoch) {
  base::Bytes batch = batch_of(values);
  const auto put = [&](std::size_t at, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      batch[at + i] = static_cast<std::byte>(number >> (8 * (size - 1 - i)));
  };
  put(0, static_cast<std::uint64_t>(offset), 8);
  put(12, static_cast<std::uint32_t>(epoch), 4);
  return batch;
}

base::Bytes stored_batch(const std::string& value, std::int64_t offset, std::int32_t epoch) {
  return stored_batch(std::vector{value}, offset, epoch);
}

class Following : public testing::Test {
 protected:
  explicit Following(const std::vector<std::pair<std::string, std::string>>& configs = {},
                     const model::SettingMap& settings = {{"log.dirs", "/data,/other"}})
      : node_({.settings = settings}) {
    topic_id_ = create_topic_with_other_broker(node_, "t", {2, 1}, configs);
  }

  FetchRequest::FetchPartition asked() {
    request_ = node_.take_peer_request<FetchRequest>();
    EXPECT_EQ(request_.topics.at(0).topic_id, topic_id_);
    return request_.topics.at(0).partitions.at(0);
  }
  void answer(FetchResponse::PartitionData data) {
    FetchResponse response;
    auto& topic = response.responses.emplace_back();
    topic.topic_id = topic_id_;
    if (!data.records) data.records = Records(base::BytesView());
    topic.partitions.push_back(std::move(data));
    node_.answer_peer_request(response);
  }
  void answer_with(const base::Bytes& records, std::int64_t high_watermark = 0,
                   std::int64_t log_start = 0) {
    FetchResponse::PartitionData data;
    data.high_watermark = high_watermark;
    data.log_start_offset = log_start;
    data.records = Records(base::BytesView(records));
    answer(std::move(data));
  }
  void answer_diverging(std::int32_t epoch, std::int64_t end) {
    FetchResponse::PartitionData data;
    data.high_watermark = 0;
    data.log_start_offset = 0;
    data.diverging_epoch = {epoch, end, {}};
    answer(std::move(data));
  }

  void answer_that_the_log_starts_at(std::int64_t offset) {
    FetchResponse::PartitionData data;
    data.error_code = ErrorCode::offset_out_of_range;
    answer(std::move(data));
    const auto question = node_.take_peer_request<ListOffsetsRequest>();
    EXPECT_EQ(question.replica_id, 1);
    EXPECT_EQ(question.topics.at(0).partitions.at(0).timestamp, -2);
    ListOffsetsResponse response;
    auto& topic = response.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back().offset = offset;
    node_.answer_peer_request(response);
  }

  TestNode node_;
  model::TopicId topic_id_;
  FetchRequest request_;
};

TEST_F(Following, FetchesFromTheEndOfItsLogInTheEpochOfItsLeader) {
  const auto first = asked();
  EXPECT_EQ(request_.replica_state.replica_id, 1);
  EXPECT_GE(request_.replica_state.replica_epoch, 0);
  EXPECT_EQ(first.fetch_offset, 0);
  EXPECT_EQ(first.current_leader_epoch, 0);
  EXPECT_EQ(first.last_fetched_epoch, -1);
  EXPECT_EQ(node_.untaken_peer_requests(), 0U) << "one at a time";

  answer_with(stored_batch("a", 0, 0));
  const auto second = asked();
  EXPECT_EQ(second.fetch_offset, 1);
  EXPECT_EQ(second.last_fetched_epoch, 0);
}

TEST_F(Following, GoesBackToWhereTheLogsPart) {
  asked();
  answer_with(stored_batch("a", 0, 0));
  asked();
  answer_with(stored_batch("b", 1, 0));
  EXPECT_EQ(asked().fetch_offset, 2);
  answer_diverging(0, 1);
  EXPECT_EQ(asked().fetch_offset, 1);
}

// (log_moves.h) What the copy got before must not come with it.
TEST_F(Following, ALogThatIsCutWhileItMovesIsCopiedAnew) {
  asked();
  answer_with(stored_batch("a", 0, 0));
  asked();
  answer_with(stored_batch("b", 1, 0));
  asked();
  node_.hold_syncs();
  AlterReplicaLogDirsRequest move;
  move.dirs.push_back({"/other", {{"t", {0}, {}}}, {}});
  EXPECT_EQ(node_.call<AlterReplicaLogDirsResponse>(move, 2).results[0].partitions[0].error_code,
            ErrorCode::none);
  node_.advance(10);
  answer_diverging(0, 1);
  while (node_.held_syncs() > 0 && node_.untaken_peer_requests() == 0) node_.finish_syncs();
  EXPECT_EQ(asked().fetch_offset, 1);
  answer_with(stored_batch("another", 1, 0));
  EXPECT_EQ(asked().fetch_offset, 2);
  node_.release_syncs();
  node_.advance(100);
  base::Bytes all = stored_batch("a", 0, 0);
  base::append(all, stored_batch("another", 1, 0));
  EXPECT_EQ(node_.disk().content("/other/t-0/00000000000000000000.log"), all);
  EXPECT_FALSE(node_.disk().exists("/data/t-0"));
}

TEST(FollowingAnew, AReplicaThatIsReassignedHereLiesWhereItWasAskedFor) {
  TestNode node({.settings = {{"log.dirs", "/data,/other"}}});
  create_topic_with_other_broker(node, "t", {2});
  AlterReplicaLogDirsRequest move;
  move.dirs.push_back({"/other", {{"t", {0}, {}}}, {}});
  EXPECT_EQ(node.call<AlterReplicaLogDirsResponse>(move, 2).results[0].partitions[0].error_code,
            ErrorCode::replica_not_available);
  AlterPartitionReassignmentsRequest reassign;
  auto& partition = reassign.topics.emplace_back().partitions.emplace_back();
  reassign.topics[0].name = "t";
  partition.replicas = {2, 1};
  EXPECT_EQ(node.call<AlterPartitionReassignmentsResponse>(reassign, 0).error_code,
            ErrorCode::none);
  node.advance(100);
  EXPECT_TRUE(node.disk().exists("/other/t-0"));
  EXPECT_FALSE(node.disk().exists("/data/t-0"));
}

TEST_F(Following, WaitsAfterAFailure) {
  asked();
  node_.fail_peer_request();
  EXPECT_EQ(node_.untaken_peer_requests(), 0U);
  node_.advance(1000);
  EXPECT_EQ(asked().fetch_offset, 0);
}

TEST_F(Following, DamagedRecordsAreNotTaken) {
  asked();
  base::Bytes damaged = stored_batch("a", 0, 0);
  damaged.back() ^= std::byte{1};
  answer_with(damaged);
  EXPECT_EQ(node_.untaken_peer_requests(), 0U) << "not again at once";
  node_.advance(1000);
  EXPECT_EQ(asked().fetch_offset, 0);
}

TEST_F(Following, StartsAnewWhereTheLeaderDoes) {
  asked();
  answer_that_the_log_starts_at(40);
  const auto next = asked();
  EXPECT_EQ(next.fetch_offset, 40);
  EXPECT_EQ(next.log_start_offset, 40);
}

// KAFKA-6975.
TEST_F(Following, ALogThatStartsWithinABatchBeginsWithTheWholeOfIt) {
  asked();
  answer_that_the_log_starts_at(40);
  EXPECT_EQ(asked().fetch_offset, 40);
  answer_with(stored_batch({"a", "b", "c"}, 39, 0), 42);
  const auto next = asked();
  EXPECT_EQ(next.fetch_offset, 42);
  EXPECT_EQ(next.last_fetched_epoch, 0);
  EXPECT_EQ(next.log_start_offset, 40);
  EXPECT_EQ(values_in(fetch(node_, "t", 0, 40)), (std::vector<std::string>{"a", "b", "c"}))
      << "batches come whole";
  EXPECT_EQ(fetch(node_, "t", 0, 39).error_code, ErrorCode::offset_out_of_range);
}

// The leader's epochs begin with its log: they do not tell that the logs part before.
TEST_F(Following, ALogOfWhichTheLeaderHasDeletedAllBeginsWithTheBatchThatTheLeadersStartsWithin) {
  const base::Bytes batch = stored_batch({"a", "b", "c"}, 0, 0);
  asked();
  answer_with(stored_batch("of another epoch, and never committed", 0, 0));
  EXPECT_EQ(asked().fetch_offset, 1);
  answer_with(batch, 3, 1);
  const auto anew = asked();
  EXPECT_EQ(anew.fetch_offset, 1);
  EXPECT_EQ(anew.last_fetched_epoch, -1);
  answer_with(batch, 3, 1);
  const auto next = asked();
  EXPECT_EQ(next.fetch_offset, 3);
  EXPECT_EQ(next.log_start_offset, 1);
  EXPECT_EQ(values_in(fetch(node_, "t", 0, 1)), (std::vector<std::string>{"a", "b", "c"}));
}

// --- a quota (KIP-73) ---

struct FollowingThrottled : Following {
  FollowingThrottled()
      : Following({{"follower.replication.throttled.replicas", "0:1"}},
                  {{"follower.replication.throttled.rate", "50"}}) {}  // less than a batch
};

TEST_F(FollowingThrottled, WhoeverIsBehindFetchesNoMoreThanItMay) {
  asked();
  answer_with(stored_batch("a", 0, 0), 5);
  EXPECT_EQ(node_.untaken_peer_requests(), 0U);
  node_.advance(11'000);
  EXPECT_EQ(asked().fetch_offset, 1);
}

TEST_F(FollowingThrottled, WhoeverHasAllThatIsCommittedGoesOn) {
  asked();
  answer_with(stored_batch("a", 0, 0), 1);
  EXPECT_EQ(asked().fetch_offset, 1);
}

// --- consumers that read here (KIP-392) ---

TEST_F(Following, ConsumersReadWhatIsKnownToBeCommitted) {
  asked();
  answer_with(stored_batch("a", 0, 0), 0);
  EXPECT_TRUE(values_in(fetch(node_, "t", 0, 0)).empty());
  asked();
  answer_with(stored_batch("b", 1, 0), 1);
  const auto read = fetch(node_, "t", 0, 0);
  EXPECT_EQ(values_in(read), std::vector<std::string>{"a"});
  EXPECT_EQ(read.high_watermark, 1);
  EXPECT_EQ(read.preferred_read_replica, -1);

  // What the leader may know to be committed already is not an error here, only not there yet.
  for (const std::int64_t ahead : {1, 2}) {
    const auto none = fetch(node_, "t", 0, ahead);
    EXPECT_EQ(none.error_code, ErrorCode::none) << ahead;
    EXPECT_TRUE(values_in(none).empty()) << ahead;
  }
}

// Whoever takes this broker for the leader that it was, with a longer log than it has now, is not
// to begin anew: only who knows whom it asks is told that its offset is beyond the end.
TEST_F(Following, ConsumersWithoutAnEpochGoToTheLeaderWithAnOffsetBeyondTheLog) {
  asked();
  answer_with(stored_batch({"a", "b", "c"}, 0, 0), 3);
  EXPECT_EQ(fetch(node_, "t", 0, 3).error_code, ErrorCode::none);
  EXPECT_EQ(fetch(node_, "t", 0, 4).error_code, ErrorCode::not_leader_or_follower);

  FetchRequest knowing = fetch_request("t", {{.partition = 0, .offset = 4}});
  knowing.topics.at(0).partitions.at(0).current_leader_epoch = 0;
  const ConnectionId consumer = node_.connect();
  node_.send(consumer, knowing, 12);
  const auto answer = node_.receive<FetchResponse>(consumer, 12);
  EXPECT_EQ(answer.responses.at(0).partitions.at(0).error_code, ErrorCode::offset_out_of_range);
}

TEST_F(Following, ConsumersThatWaitWakeWhenMoreIsKnownToBeCommitted) {
  const ConnectionId consumer = node_.connect();
  node_.send(consumer, fetch_request("t", {{}}, 60'000), 12);
  asked();
  answer_with(stored_batch("a", 0, 0), 0);
  EXPECT_TRUE(node_.is_busy(consumer));
  asked();
  answer_with({}, 1);
  ASSERT_FALSE(node_.is_busy(consumer));
  const auto woken = node_.receive<FetchResponse>(consumer, 12);
  EXPECT_EQ(values_in(woken.responses.at(0).partitions.at(0)), std::vector<std::string>{"a"});
}

TEST_F(Following, ConsumersAreFencedByTheirLeaderEpoch) {
  FetchRequest request = fetch_request("t", {{}});
  auto& epoch = request.topics[0].partitions[0].current_leader_epoch;
  epoch = 1;
  const auto response = node_.call<FetchResponse>(request, 12);
  EXPECT_EQ(response.responses.at(0).partitions.at(0).error_code, ErrorCode::unknown_leader_epoch);
  epoch = 0;
  const auto known = node_.call<FetchResponse>(request, 12);
  EXPECT_EQ(known.responses.at(0).partitions.at(0).error_code, ErrorCode::none);
}

TEST_F(Following, OnlyALeaderAnswersOlderConsumersAndTellsOffsets) {
  const auto old = node_.call<FetchResponse>(fetch_request("t", {{}}), 10);
  EXPECT_EQ(old.responses.at(0).partitions.at(0).error_code, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(list_offset(node_, "t", 0, -1).error_code, ErrorCode::not_leader_or_follower);
}

struct FollowingWithFlush : Following {
  FollowingWithFlush() : Following({{"flush.messages", "1"}}) {}
};

TEST_F(FollowingWithFlush, SaysWhatItHasWhenItIsOnTheDisk) {
  node_.hold_syncs();
  asked();
  answer_with(stored_batch("a", 0, 0));
  EXPECT_EQ(node_.untaken_peer_requests(), 0U);
  node_.finish_syncs();
  EXPECT_EQ(asked().fetch_offset, 1);
}

// Records below the recovery point are cut when the checkpoint files no longer name them.
TEST_F(FollowingWithFlush, CutsWhatWasSyncedOnceTheCheckpointAllowsIt) {
  asked();
  answer_with(stored_batch("a", 0, 0));
  asked();
  answer_with(stored_batch("b", 1, 0));
  EXPECT_EQ(asked().fetch_offset, 2);
  node_.hold_syncs();
  answer_diverging(0, 1);
  EXPECT_EQ(node_.untaken_peer_requests(), 0U) << "the files say that two records were synced";
  node_.release_syncs();
  EXPECT_EQ(asked().fetch_offset, 1);
}

TEST_F(FollowingWithFlush, ACutThatTheCheckpointCannotAllowYetWaitsUntilTheDiskHasRoom) {
  asked();
  answer_with(stored_batch("a", 0, 0));
  asked();
  answer_with(stored_batch("b", 1, 0));
  asked();
  answer_diverging(0, 1);  // the files tell of it
  EXPECT_EQ(asked().fetch_offset, 1);
  answer_with(stored_batch("c", 1, 0));
  EXPECT_EQ(asked().fetch_offset, 2);
  node_.disk().faults().capacity = node_.disk().faults().used;
  answer_diverging(0, 1);
  node_.advance(120'000);
  EXPECT_EQ(node_.untaken_peer_requests(), 0U);
  node_.disk().faults().capacity = ~std::uint64_t{0};
  node_.advance(60'000);
  EXPECT_EQ(asked().fetch_offset, 1);
}

// A log that is cut where compaction has left nothing ends with its last batch, before the offset
// that was asked for; and no file may say that it was synced up to there.
TEST_F(FollowingWithFlush, APowerCutAfterACutInsideAHoleLeavesAWorkingLog) {
  asked();
  answer_with(stored_batch("a", 0, 0));
  asked();
  answer_with(stored_batch("far", 514, 0));
  EXPECT_EQ(asked().fetch_offset, 515);
  answer_diverging(0, 26);
  EXPECT_EQ(asked().fetch_offset, 1);

  TestWorld world = std::move(node_).take_world();
  base::Prng prng(1);
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_kept);
  TestNode next({}, std::move(world));
  const auto request = next.take_peer_request<FetchRequest>();
  EXPECT_EQ(request.topics.at(0).partitions.at(0).fetch_offset, 1);
}

}  // namespace
}  // namespace gregor::broker
