// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The structured trace: what a node has done, line by line, in the words of the specs.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"

namespace gregor::broker {
namespace {

using namespace protocol;

constexpr int version = 12;

// A partition that this node leads, and broker 2, which the test plays, follows.
class Traced : public testing::Test {
 protected:
  Traced() {
    create_topic_with_other_broker(node_, "t", {1, 2});
    const auto told = node_.call<MetadataResponse>(metadata_request({"t"}), version);
    partition_ = R"("topic":"t","topic_id":")" + to_string(told.topics.at(0).topic_id) +
                 R"(","partition":0,)";
    follower_ = node_.connect();
    producer_ = node_.connect();
  }

  void follow(std::int64_t offset) {
    FetchRequest request = fetch_request("t", {{.offset = offset}}, 0);
    request.replica_id = 2;
    auto& partition = request.topics[0].partitions[0];
    partition.current_leader_epoch = 0;
    partition.last_fetched_epoch = offset == 0 ? -1 : 0;
    partition.log_start_offset = 0;
    node_.call<FetchResponse>(request, version, follower_);
  }

  // What has been added, from the name of the spec on: without times.
  std::vector<std::string> news() {
    std::vector<std::string> out;
    for (; seen_ < node_.trace().size(); ++seen_) {
      const std::string& line = node_.trace()[seen_];
      EXPECT_TRUE(line.starts_with(R"({"node":1,"incarnation":1,"shard":0,"step":)")) << line;
      out.push_back(line.substr(line.find(R"("spec")")));
    }
    return out;
  }

  TestNode node_{{.traced = true}};
  std::size_t seen_ = 0;
  std::string partition_;
  ConnectionId follower_{}, producer_{};
};

TEST_F(Traced, ALineTellsTheNameAndTheVariablesRightAfterIt) {
  const std::string leads =
      R"("role":"leader","leader":1,"epoch":0,"partition_epoch":0,"isr":[1,2],"pending_isr":[],)"
      R"("maximal_isr":[1,2],"start_offset":0,"log_start":0,)";
  std::vector<std::string> begin = news();
  ASSERT_FALSE(begin.empty());
  EXPECT_EQ(begin.back(), R"("spec":"Replication","transition":"BecomeLeader",)" + partition_ +
                              R"("offset":0,)" + leads + R"("log_end":0,"high_watermark":0})");

  node_.send(producer_, produce_request("t", 0, batch_of({"a"}), -1), version);
  follow(0);
  follow(1);
  const std::vector<std::string> expected = {
      R"("spec":"Replication","transition":"LeaderAppend",)" + partition_ + R"("offset":1,)" +
          leads + R"("log_end":1,"high_watermark":0})",
      R"("spec":"Replication","transition":"HandleFetch",)" + partition_ +
          R"("offset":0,"peer":2,)" + leads + R"("log_end":1,"high_watermark":0})",
      R"("spec":"Replication","transition":"HandleFetch",)" + partition_ +
          R"("offset":1,"peer":2,)" + leads + R"("log_end":1,"high_watermark":0})",
      R"("spec":"Replication","transition":"AdvanceHighWatermark",)" + partition_ +
          R"("offset":1,)" + leads + R"("log_end":1,"high_watermark":1})"};
  EXPECT_EQ(news(), expected);
}

TEST_F(Traced, AProposalIsInTheMaximalIsrFromItsLineOn) {
  news();
  node_.send(producer_, produce_request("t", 0, batch_of({"a"}), 1), version);
  node_.advance(60'000);  // replica.lag.time.max.ms is half of it
  std::vector<std::string> made = news();
  ASSERT_GE(made.size(), 4U);
  EXPECT_TRUE(made[0].starts_with(R"("spec":"Replication","transition":"LeaderAppend")"));
  EXPECT_TRUE(made[1].starts_with(R"("spec":"Replication","transition":"ShrinkIsr")"));
  EXPECT_NE(made[1].find(R"("isr":[1,2],"pending_isr":[1],"maximal_isr":[1,2])"), std::string::npos)
      << made[1];
  // The controller, which is the same node, agrees; then the leader knows.
  EXPECT_TRUE(made[2].starts_with(R"("spec":"ControllerElection","transition":"CommitIsr")"));
  EXPECT_NE(made[2].find(R"("leader":1,"leader_epoch":0,"partition_epoch":1,"isr":[1])"),
            std::string::npos)
      << made[2];
  EXPECT_TRUE(made[3].starts_with(R"("spec":"Replication","transition":"CommitIsr")"));
  EXPECT_NE(made[3].find(R"("isr":[1],"pending_isr":[],"maximal_isr":[1])"), std::string::npos)
      << made[3];
}

TEST_F(Traced, AnElectionIsToldFromRegistrationOn) {
  std::vector<std::string> names;
  for (const std::string& line : node_.trace()) {
    const std::size_t at = line.find(R"("transition":")") + 14;
    names.push_back(line.substr(at, line.find('"', at) - at));
  }
  const std::vector<std::string> expected = {"LearnRegistration", "ReadController", "TakeOffice",
                                             "Load",
                                             // broker 2 comes, then a topic
                                             "WelcomeBroker", "CreateTopic", "BecomeLeader"};
  EXPECT_EQ(names, expected);
  EXPECT_NE(node_.trace()[2].find(R"("phase":"loading","broker_epoch":)"), std::string::npos);
  EXPECT_NE(node_.trace()[4].find(R"("broker":2,"alive":[1,2])"), std::string::npos);
}

TEST(Trace, ANodeThatIsNotTracedSaysNothing) {
  TestNode node;
  create_topic(node, "t", 1);
  produce(node, "t", 0, {"a"});
  EXPECT_TRUE(node.trace().empty());
}

}  // namespace
}  // namespace gregor::broker
