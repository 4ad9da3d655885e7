// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Topics that come and go, through the controller and onto the disks of all shards.

#include <gtest/gtest.h>

#include <algorithm>

#include "broker/testing/requests.h"
#include "protocol/messages/delete_topics.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

class Topics : public testing::TestWithParam<std::uint32_t> {
 protected:
  Topics() : node_({.shards = GetParam()}) {}

  CreateTopicsResponse::CreatableTopicResult create(const CreateTopicsRequest& request,
                                                    int version = 7) {
    return node_.call<CreateTopicsResponse>(request, version).topics.at(0);
  }
  void remove(const std::string& name) {
    DeleteTopicsRequest request;
    request.topic_names = {name};
    request.timeout_ms = 1000;
    const auto response = node_.call<DeleteTopicsResponse>(request, 5);
    ASSERT_EQ(response.responses.at(0).error_code, ErrorCode::none);
  }
  std::size_t folders_like(const std::string& part) {
    const auto entries = node_.disk().list("/data");
    return static_cast<std::size_t>(std::ranges::count_if(*entries, [&](const auto& entry) {
      return entry.is_folder && entry.name.find(part) != std::string::npos;
    }));
  }

  TestNode node_;
};

INSTANTIATE_TEST_SUITE_P(Shards, Topics, testing::Values(1U, 3U));

TEST_P(Topics, CreationTellsWhatWasMadeInEveryVersion) {
  for (int version = 2; version <= 7; ++version) {
    const auto made =
        create(create_topic_request("t" + std::to_string(version), 2, {{"retention.ms", "1000"}}),
               version);
    EXPECT_EQ(made.error_code, ErrorCode::none) << version;
    EXPECT_EQ(made.error_message, std::nullopt);
    if (version < 5) continue;
    EXPECT_EQ(made.num_partitions, 2);
    EXPECT_EQ(made.replication_factor, 1);
    const auto& configs = *made.configs;
    const auto retention = std::ranges::find_if(
        configs, [](const auto& config) { return config.name == "retention.ms"; });
    ASSERT_NE(retention, configs.end());
    EXPECT_EQ(retention->value, "1000");
    EXPECT_EQ(retention->config_source, 1);
  }
}

TEST_P(Topics, WhatCannotBeMadeIsRefusedWithItsReason) {
  create_topic(node_, "t", 1);
  const auto exists = create(create_topic_request("t"));
  EXPECT_EQ(exists.error_code, ErrorCode::topic_already_exists);
  EXPECT_EQ(exists.error_message, "Topic 't' already exists.");
  EXPECT_EQ(exists.num_partitions, -1);
  EXPECT_EQ(create(create_topic_request("a/b")).error_code, ErrorCode::invalid_topic_exception);
  EXPECT_EQ(create(create_topic_request("u", 0)).error_code, ErrorCode::invalid_partitions);
  EXPECT_EQ(create(create_topic_request("u", 1, {{"retention.ms", "soon"}})).error_code,
            ErrorCode::invalid_config);
  EXPECT_EQ(create(create_topic_request("u", 1, {{"no.such.key", "1"}})).error_code,
            ErrorCode::invalid_config);
  CreateTopicsRequest replicated = create_topic_request("u");
  replicated.topics[0].replication_factor = 2;
  EXPECT_EQ(create(replicated).error_code, ErrorCode::invalid_replication_factor);
  CreateTopicsRequest twice = create_topic_request("u");
  twice.topics.push_back(twice.topics[0]);
  EXPECT_EQ(create(twice).error_code, ErrorCode::invalid_request);
  EXPECT_EQ(folders_like("-0"), 1U);
}

TEST_P(Topics, OfASettingThatIsGivenTwiceTheLastValueCounts) {
  const auto made = create(create_topic_request(
      "t", 1, {{"flush.ms", "1"}, {"flush.messages", "5"}, {"flush.ms", "2"}}));
  ASSERT_EQ(made.error_code, ErrorCode::none);
  const auto value_of = [&](const std::string& key) {
    return std::ranges::find(*made.configs, key, &CreateTopicsResponse::CreatableTopicConfigs::name)
        ->value;
  };
  EXPECT_EQ(value_of("flush.ms"), "2");
  EXPECT_EQ(value_of("flush.messages"), "5");
}

TEST_P(Topics, ValidationAloneMakesNothing) {
  CreateTopicsRequest request = create_topic_request("t", 2);
  request.validate_only = true;
  EXPECT_EQ(create(request).error_code, ErrorCode::none);
  EXPECT_EQ(folders_like("t-"), 0U);
  EXPECT_EQ(produce(node_, "t", 0, batch_of({"a"})).error_code,
            ErrorCode::unknown_topic_or_partition);
}

TEST_P(Topics, DefaultsComeFromTheBroker) {
  TestNode node({.shards = GetParam(), .settings = {{"num.partitions", "5"}}});
  CreateTopicsRequest request = create_topic_request("t", -1);
  request.topics[0].replication_factor = -1;
  const auto response = node.call<CreateTopicsResponse>(request, 7);
  EXPECT_EQ(response.topics.at(0).num_partitions, 5);
}

TEST_P(Topics, DeletedTopicIsGoneForEveryoneAndItsFilesAfterAWhile) {
  create_topic(node_, "t", 3);
  for (int partition = 0; partition < 3; ++partition) produce(node_, "t", partition, {"a"});
  const ConnectionId reader = node_.connect();
  node_.send(reader, fetch_request("t", {{.offset = 1}, {.partition = 1, .offset = 1}}, 60'000),
             12);
  remove("t");
  const auto woken = node_.receive<FetchResponse>(reader, 12);
  EXPECT_EQ(woken.responses.at(0).partitions.at(0).error_code,
            ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(produce(node_, "t", 0, batch_of({"a"})).error_code,
            ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(folders_like("-delete"), 3U);
  node_.advance(60'000);
  EXPECT_EQ(folders_like("-delete"), 0U);
}

TEST_P(Topics, TopicMadeAnewNeverInheritsFromTheOldOneHoweverTheNodeEnds) {
  const std::vector<std::pair<std::string, std::string>> synced = {{"flush.messages", "1"}};
  create_topic(node_, "t", 3, synced);
  for (int i = 0; i < 5; ++i) produce(node_, "t", 1, {"old"});
  node_.advance(60'000);  // the checkpoint files know recovery points now
  remove("t");
  create_topic(node_, "t", 3, synced);
  EXPECT_EQ(produce(node_, "t", 1, {"new"}), 0);
  TestWorld world = std::move(node_).take_world();
  base::Prng prng(1);
  world.disk = world.disk->after_power_loss(prng, log::Unsynced::all_lost);
  TestNode next({.shards = GetParam(), .seed = 9}, std::move(world));
  ASSERT_TRUE(next.is_ready());
  EXPECT_EQ(values_in(fetch(next, "t", 1, 0)), std::vector<std::string>{"new"});
}

TEST_P(Topics, PartitionsMadeOnAFullDiskComeOnlineWhenThereIsSpace) {
  node_.disk().faults().capacity = node_.disk().faults().used;
  create_topic(node_, "t", 1);
  EXPECT_EQ(produce(node_, "t", 0, batch_of({"a"})).error_code, ErrorCode::kafka_storage_error);
  node_.disk().faults().capacity = ~std::uint64_t{0};
  node_.advance(10'000);
  EXPECT_EQ(produce(node_, "t", 0, {"a"}), 0);
}

TEST_P(Topics, InternalTopicsAreMadeWithTheirOwnSettings) {
  TestNode node({.shards = GetParam(),
                 .settings = {{"offsets.topic.num.partitions", "3"},
                              {"offsets.topic.replication.factor", "1"}}});
  const auto made = node.call<MetadataResponse>(metadata_request({"__consumer_offsets"}, true), 12);
  EXPECT_TRUE(made.topics.at(0).is_internal);
  EXPECT_EQ(made.topics.at(0).partitions.size(), 3U);
}

TEST_P(Topics, MetadataByIdAndOfAllTopics) {
  const model::TopicId id = create_topic(node_, "b", 1);
  create_topic(node_, "a", 1);
  MetadataRequest by_id;
  by_id.topics.emplace();
  by_id.topics->push_back({id, std::nullopt, {}});
  by_id.topics->push_back({model::Uuid{{1}}, std::nullopt, {}});
  const auto found = node_.call<MetadataResponse>(by_id, 12);
  EXPECT_EQ(found.topics.at(0).name, "b");
  EXPECT_EQ(found.topics.at(1).error_code, ErrorCode::unknown_topic_id);
  EXPECT_EQ(found.topics.at(1).name, std::nullopt);
  const auto too_early = node_.call<MetadataResponse>(by_id, 11);
  EXPECT_EQ(too_early.topics.at(0).error_code, ErrorCode::invalid_request);
  EXPECT_EQ(too_early.topics.at(0).topic_id, id) << "so that the client can tell them apart";
  MetadataRequest all;
  all.topics.reset();
  const auto everything = node_.call<MetadataResponse>(all, 12);
  ASSERT_EQ(everything.topics.size(), 2U);
  EXPECT_EQ(everything.topics[0].name, "a");
  all.topics.emplace();
  EXPECT_EQ(node_.call<MetadataResponse>(all, 0).topics.size(), 2U);
  EXPECT_EQ(node_.call<MetadataResponse>(all, 1).topics.size(), 0U);
}

}  // namespace
}  // namespace gregor::broker
