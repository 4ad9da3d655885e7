// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeTopicPartitions: pages of partitions, and the cursor between them.

#include "protocol/messages/describe_topic_partitions.h"

#include <gtest/gtest.h>

#include "broker/testing/requests.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using Ask = protocol::DescribeTopicPartitionsRequest;
using Told = protocol::DescribeTopicPartitionsResponse;

class DescribeTopicPartitions : public testing::Test {
 protected:
  DescribeTopicPartitions() {
    create_topic(node_, "a", 3);
    create_topic(node_, "b", 2);
  }
  static Ask ask(const std::vector<std::string>& topics, std::int32_t limit = 2000) {
    Ask request;
    for (const std::string& name : topics) request.topics.emplace_back().name = name;
    request.response_partition_limit = limit;
    return request;
  }
  static void set_cursor(Ask& request, const std::string& topic, std::int32_t partition) {
    request.cursor.emplace();
    request.cursor->topic_name = topic;
    request.cursor->partition_index = partition;
  }
  Told tell(const Ask& request) { return node_.call<Told>(request, 0); }

  TestNode node_;
};

TEST_F(DescribeTopicPartitions, PagesLeadThroughAllPartitionsOnce) {
  Ask request = ask({}, 2);
  std::vector<std::string> seen;
  for (int page = 0; page < 10; ++page) {
    const Told told = tell(request);
    for (const auto& topic : told.topics)
      for (const auto& partition : topic.partitions)
        seen.push_back(*topic.name + std::to_string(partition.partition_index));
    if (!told.next_cursor) break;
    set_cursor(request, told.next_cursor->topic_name, told.next_cursor->partition_index);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a0", "a1", "a2", "b0", "b1"}));
}

// While it alone is in sync, which is too few, it commits nothing.
TEST_F(DescribeTopicPartitions, WhoLeftAnIsrThatIsTooSmallIsEligible) {
  create_topic_with_other_broker(node_, "t", {1, 2}, {{"min.insync.replicas", "2"}});
  const auto session = node_.tree().open_session(node_.now().wall).transaction->session;
  node_.change_tree(session, coordination::Multi{{coordination::Remove{"/brokers/ids/2"}}});
  const Told told = tell(ask({"t"}));
  const auto& partition = told.topics.at(0).partitions.at(0);
  EXPECT_EQ(partition.leader_id, 1);
  EXPECT_EQ(partition.isr_nodes, std::vector<std::int32_t>{1});
  EXPECT_EQ(partition.eligible_leader_replicas, std::vector<std::int32_t>{2});
  EXPECT_EQ(partition.last_known_elr, std::vector<std::int32_t>{});
}

TEST_F(DescribeTopicPartitions, CursorMustStandInATopicThatIsAskedFor) {
  Ask request = ask({"a", "nothing"});
  set_cursor(request, "b", 1);
  const Told told = tell(request);
  ASSERT_EQ(told.topics.size(), 2U);
  for (const auto& topic : told.topics) EXPECT_EQ(topic.error_code, ErrorCode::invalid_request);
  set_cursor(request, "a", 1);
  EXPECT_EQ(tell(request).topics.at(0).partitions.size(), 2U);
  set_cursor(request, "a", -1);
  EXPECT_EQ(tell(request).topics.at(0).error_code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace gregor::broker
