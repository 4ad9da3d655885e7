// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What does not get in, and how it is told.

#include "broker/gate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "broker/router.h"
#include "broker/testing/requests.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/random_message.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

base::Bytes header_bytes(std::int16_t key, std::int16_t version) {
  base::Bytes frame;
  base::append_big_endian(frame, key);
  base::append_big_endian(frame, version);
  base::append_big_endian(frame, std::int32_t{7});
  base::append_big_endian(frame, std::int16_t{-1});
  const Api* const api = find_api(model::ApiKey(key));
  if (api != nullptr && api->flexible.contains(version)) frame.push_back(std::byte{0});
  return frame;
}

std::string reason_for(TestNode& node, base::BytesView frame) {
  const ConnectionId connection = node.connect();
  node.send(connection, frame);
  return node.close_reason(connection).value_or("open");
}

TEST(Gate, WhatHasNoAnswerClosesTheConnectionWithAReason) {
  TestNode node;
  EXPECT_NE(reason_for(node, {}).find("request header"), std::string::npos);
  EXPECT_NE(reason_for(node, header_bytes(9999, 0)).find("9999"), std::string::npos);
  EXPECT_EQ(reason_for(node, header_bytes(24, 0)),
            "request of API 24 (AddPartitionsToTxn), which is not served");
  EXPECT_EQ(reason_for(node, header_bytes(3, 99)),
            "Metadata request of version 99, which is not served");
  EXPECT_EQ(reason_for(node, header_bytes(3, -1)),
            "Metadata request of version -1, which is not served");
  EXPECT_NE(reason_for(node, header_bytes(3, 5)).find("cannot be read"), std::string::npos);
}

TEST(Gate, ApiVersionsOfTheFutureIsAnsweredInVersionZero) {
  TestNode node;
  const ConnectionId connection = node.connect();
  node.send(connection, header_bytes(18, 77));
  const auto frame = node.take_response(connection);
  ASSERT_TRUE(frame.has_value());
  base::BytesView rest = base::BytesView(*frame).subspan(frame_size_bytes + 4);
  const auto response = decode<ApiVersionsResponse>(rest, model::ApiVersion(0));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->error_code, ErrorCode::unsupported_version);
  ASSERT_EQ(response->api_keys.size(), 1U);
  EXPECT_EQ(response->api_keys[0].api_key, 18);
  EXPECT_EQ(response->api_keys[0].max_version, 4);
}

TEST(Gate, NamelessClientSoftwareIsRefused) {
  TestNode node;
  ApiVersionsRequest request;
  for (const std::string name : {"", "-a", "a.", "a b", "\xc3\xa4"}) {
    request.client_software_name = name;
    request.client_software_version = "1";
    EXPECT_EQ(node.call<ApiVersionsResponse>(request, 3).error_code, ErrorCode::invalid_request)
        << name;
  }
  EXPECT_EQ(node.call<ApiVersionsResponse>(request, 2).error_code, ErrorCode::none);
}

TEST(Gate, SurplusBytesAreIgnored) {
  TestNode node;
  auto frame = encode_request_frame({.correlation_id = 1, .client_id = {}, .unknown_tags = {}},
                                    metadata_request({}), model::ApiVersion(13));
  frame->resize(frame->size() + 3);
  const ConnectionId connection = node.connect();
  node.send(connection, base::BytesView(*frame).subspan(frame_size_bytes));
  EXPECT_TRUE(node.take_response(connection).has_value());
}

// Everything that the protocol can say, and most of what it cannot, is answered or refused; the
// node lives and its invariants (checked after every step) hold.
RC_GTEST_PROP(Gate, HostileFramesDoNoHarm, (std::uint64_t seed)) {
  base::Prng prng(seed);
  TestNode node({.shards = static_cast<std::uint32_t>(prng.between(1, 3)), .seed = seed});
  create_topic(node, "t", 3);
  for (int i = 0; i < 60; ++i) {
    const ServedApi& api = all_served_apis()[prng.below(all_served_apis().size())];
    const Versions versions = served_versions(api);
    const model::ApiVersion version(
        static_cast<std::int16_t>(prng.between(versions.first, versions.last)));
    const AnyMessage message = random_message(*find_api(api.key)->request, prng, version);
    auto frame = encode_request_frame({.correlation_id = i, .client_id = {}, .unknown_tags = {}},
                                      message, version);
    if (!frame) continue;
    frame->erase(frame->begin(), frame->begin() + frame_size_bytes);
    for (std::uint64_t damage = prng.below(3); damage > 0 && !frame->empty(); --damage)
      (*frame)[prng.below(frame->size())] = static_cast<std::byte>(prng.next());
    if (prng.chance(1, 5)) frame->resize(prng.below(frame->size() + 1));
    const ConnectionId connection = node.connect();
    node.send(connection, *frame);
    node.advance(static_cast<std::int64_t>(prng.below(1000)));
  }
  RC_ASSERT(produce(node, "t", 0, batch_of({"still here"})).error_code == ErrorCode::none);
}

}  // namespace
}  // namespace gregor::broker
