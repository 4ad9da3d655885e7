// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Traffic repeats from its seed, is what it says, and stays within its limits.
#include "fuzz/wire/traffic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "fuzz/wire/testing/test_broker.h"
#include "protocol/api_keys.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/metadata.h"

namespace gregor::fuzz::wire {
namespace {

namespace api_key = protocol::api_key;

constexpr std::uint64_t conversations = 400;

Limits safe_limits() {
  Limits limits{.apis = {}, .topic_prefix = "own-"};
  for (const std::string_view name : safe_apis()) limits.apis.insert(protocol::find_api(name)->key);
  return limits;
}

Traffic traffic_of(std::uint64_t seed, Limits limits = safe_limits()) {
  Vocabulary vocabulary{.names = common_names(), .topics = {"own-t", "own-u"}, .groups = {"own-g"}};
  return Traffic(seed, served_by_test_broker(), std::move(limits), std::move(vocabulary));
}

std::string all_bytes(const Conversation& conversation) {
  std::string bytes;
  for (const Request& request : conversation.requests) bytes += base::as_text(request.bytes);
  return bytes;
}

model::ApiKey key_of(const Request& request) {
  return model::ApiKey{base::load_big_endian<std::int16_t>(request.bytes.data() + 4)};
}

TEST(Traffic, ASeedAndANumberGiveTheSameConversation) {
  const Traffic one = traffic_of(7);
  const Traffic again = traffic_of(7);
  const Traffic other = traffic_of(8);
  std::size_t same = 0;
  for (std::uint64_t number = conversations; number-- > 0;) {
    EXPECT_EQ(all_bytes(one.conversation(number)), all_bytes(again.conversation(number)));
    if (all_bytes(one.conversation(number)) == all_bytes(other.conversation(number))) ++same;
  }
  EXPECT_EQ(same, 0U);
}

TEST(Traffic, EveryKindAndEverySafeApiIsSent) {
  const Traffic traffic = traffic_of(1);
  std::map<Kind, int> sent;
  std::set<model::ApiKey> apis;
  for (std::uint64_t number = 0; number < 2 * conversations; ++number)
    for (const Request& request : traffic.conversation(number).requests) {
      ++sent[request.kind];
      if (request.kind == Kind::plausible) apis.insert(key_of(request));
    }
  EXPECT_EQ(sent.size(), kinds);
  for (const model::ApiKey key : safe_limits().apis)
    EXPECT_EQ(apis.contains(key), served_by_test_broker().contains(key)) << key.value();
}

TEST(Traffic, SoundRequestsCanBeReadToTheirEndAndOthersAreWhatTheySay) {
  const Traffic traffic = traffic_of(2);
  const Served served = served_by_test_broker();
  for (std::uint64_t number = 0; number < conversations; ++number) {
    for (const Request& request : traffic.conversation(number).requests) {
      base::BytesView frame = base::BytesView(request.bytes);
      if (frame.size() < 12) continue;
      frame = frame.subspan(4);
      const auto version = model::ApiVersion{base::load_big_endian<std::int16_t>(&frame[2])};
      const bool is_served = served.of(key_of(request)).contains(version);
      if (request.kind == Kind::unserved_version || request.kind == Kind::unknown_api) {
        EXPECT_FALSE(is_served) << request.name;
      }
      if (request.kind != Kind::plausible && request.kind != Kind::extreme &&
          request.kind != Kind::changed)
        continue;
      EXPECT_TRUE(is_served) << request.name;
      ASSERT_TRUE(protocol::decode_request_header(frame)) << request.name;
      const protocol::Api& api = *protocol::find_api(key_of(request));
      EXPECT_TRUE(protocol::decode(*api.request, frame, version)) << request.name;
      EXPECT_TRUE(frame.empty()) << request.name;
    }
  }
}

TEST(Traffic, EndsWithAProbeUnlessItsEndCouldNotBeFound) {
  const Traffic traffic = traffic_of(3);
  for (std::uint64_t number = 0; number < conversations; ++number) {
    const auto requests = traffic.conversation(number).requests;
    for (std::size_t i = 0; i + 1 < requests.size(); ++i) {
      EXPECT_NE(requests[i].kind, Kind::wrong_size);
      EXPECT_NE(requests[i].kind, Kind::stranger);
    }
    const Kind last = requests.back().kind;
    EXPECT_TRUE(last == Kind::probe || last == Kind::wrong_size || last == Kind::stranger);
  }
}

TEST(Traffic, OnlyApisThatWereChosenAreSent) {
  Limits limits{.apis = {api_key::fetch, api_key::metadata}, .topic_prefix = "own-"};
  const Traffic traffic = traffic_of(4, limits);
  for (std::uint64_t number = 0; number < conversations; ++number)
    for (const Request& request : traffic.conversation(number).requests) {
      if (request.kind == Kind::probe || request.bytes.size() < 6) continue;
      EXPECT_TRUE(permitted(limits, served_by_test_broker(), request.bytes)) << request.name;
      if (request.kind == Kind::plausible) {
        EXPECT_TRUE(limits.apis.contains(key_of(request))) << request.name;
      }
    }
}

// A frame of this request, under a header of its own.
base::Bytes frame_of(protocol::MessageView request, std::int16_t version) {
  protocol::RequestHeader header;
  header.client_id = "test";
  return *protocol::encode_request_frame(header, request, model::ApiVersion{version});
}

TEST(Limits, NoTopicIsMadeWithoutThePrefixAndNoneOfManyPartitions) {
  const Limits limits = safe_limits();
  const Served served = served_by_test_broker();
  const auto creates = [&](const std::string& name, std::int32_t partitions) {
    protocol::CreateTopicsRequest request;
    request.topics.push_back({.name = name, .num_partitions = partitions, .replication_factor = 1});
    return permitted(limits, served, frame_of(request, 5));
  };
  EXPECT_TRUE(creates("own-t", 3));
  EXPECT_TRUE(creates("no topic can have this name", 3));
  EXPECT_FALSE(creates("t", 3));
  EXPECT_FALSE(creates("own-t", 1'000));

  const auto asks_for = [&](const std::string& name) {
    protocol::MetadataRequest request;
    request.topics.emplace().push_back({.name = name});
    return permitted(limits, served, frame_of(request, 9));
  };
  EXPECT_TRUE(asks_for("own-u")) << "which makes it, if topics are made by asking";
  EXPECT_FALSE(asks_for("u"));
}

TEST(Limits, WhatDestroysIsNotSentUnlessAnythingMayBe) {
  Limits limits = safe_limits();
  const Served served = served_by_test_broker();
  for (const char* const name :
       {"DeleteTopics", "DeleteRecords", "DeleteGroups", "AlterConfigs", "LeaderAndIsr",
        "IncrementalAlterConfigs", "DeleteAcls", "ElectLeaders", "ControlledShutdown"}) {
    base::Bytes frame(64);
    base::store_big_endian(frame.data(), std::int32_t{60});
    base::store_big_endian(frame.data() + 4,
                           protocol::find_api(std::string_view(name))->key.value());
    limits.anything = false;
    EXPECT_FALSE(permitted(limits, served, frame)) << name;
    limits.anything = true;
    EXPECT_TRUE(permitted(limits, served, frame)) << name;
  }
}

}  // namespace
}  // namespace gregor::fuzz::wire
