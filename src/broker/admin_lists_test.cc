// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeProducers and ListConfigResources at a whole node.

#include <gtest/gtest.h>

#include <set>

#include "broker/testing/requests.h"
#include "protocol/messages/describe_producers.h"
#include "protocol/messages/list_config_resources.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

class AdminLists : public testing::TestWithParam<std::uint32_t> {
 protected:
  TestNode node_{{.shards = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Shards, AdminLists, testing::Values(1U, 3U));

TEST_P(AdminLists, ProducersAreToldByTheLeaderOfTheirPartition) {
  create_topic(node_, "t", 2);
  const base::Bytes batch = batch_of({"a", "b"}, {.producer_id = model::ProducerId(7),
                                                  .producer_epoch = model::ProducerEpoch(0),
                                                  .base_sequence = model::SequenceNumber(0)});
  ASSERT_EQ(produce(node_, "t", 1, batch).error_code, ErrorCode::none);
  DescribeProducersRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  topic.partition_indexes = {0, 1, 2};
  const auto told = node_.call<DescribeProducersResponse>(request, 0).topics.at(0).partitions;
  EXPECT_TRUE(told.at(0).active_producers.empty());
  ASSERT_EQ(told.at(1).active_producers.size(), 1U);
  const auto& producer = told.at(1).active_producers.at(0);
  EXPECT_EQ(producer.producer_id, 7);
  EXPECT_EQ(producer.last_sequence, 1);
  EXPECT_EQ(producer.current_txn_start_offset, -1);
  EXPECT_EQ(told.at(2).error_code, ErrorCode::unknown_topic_or_partition);
}

TEST_P(AdminLists, WhatHasSettingsIsListedByType) {
  create_topic(node_, "t");
  const auto names = [&](std::vector<std::int8_t> types, std::int16_t version) {
    ListConfigResourcesRequest request;
    request.resource_types = std::move(types);
    std::set<std::string> out;
    for (const auto& one :
         node_.call<ListConfigResourcesResponse>(request, version).config_resources)
      out.insert(std::to_string(one.resource_type) + " " + one.resource_name);
    return out;
  };
  EXPECT_EQ(names({}, 1), (std::set<std::string>{"2 t", "4 1", "8 1"}));
  EXPECT_EQ(names({2}, 1), std::set<std::string>{"2 t"});
  EXPECT_TRUE(names({}, 0).empty());
  ListConfigResourcesRequest unknown;
  unknown.resource_types = {3};
  EXPECT_EQ(node_.call<ListConfigResourcesResponse>(unknown, 1).error_code,
            ErrorCode::unsupported_version);
}

}  // namespace
}  // namespace gregor::broker
