// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/frame.h"

#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "protocol/messages/controlled_shutdown.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/heartbeat.h"

namespace gregor::protocol {
namespace {

using base::bytes;
using model::ApiVersion;
using model::CorrelationId;
using model::ErrorCode;

TEST(Frame, ARequestIsSizeHeaderMessage) {
  const RequestHeader header{.correlation_id = 7, .client_id = "c"};
  const HeartbeatRequest request{.group_id = "g", .generation_id = 1, .member_id = "m"};
  EXPECT_EQ(encode_request_frame(header, request, ApiVersion{0}),
            bytes({0, 0, 0,   21, 0, 12, 0, 0, 0, 0,  0, 7, 0, 1, 'c',  //
                   0, 1, 'g', 0,  0, 0,  1, 0, 1, 'm'}));
  EXPECT_EQ(encode_request_frame(header, request, ApiVersion{4}),
            bytes({0, 0,   0, 22, 0, 12, 0, 4,   0, 0, 0, 7, 0, 1, 'c', 0,  //
                   2, 'g', 0, 0,  0, 1,  2, 'm', 0, 0}));
}

TEST(Frame, OnlyTheFirstControlledShutdownHasAHeaderWithoutClientId) {
  const ControlledShutdownRequest request{.broker_id = 5};
  EXPECT_EQ(encode_request_frame({.correlation_id = 7}, request, ApiVersion{0}),
            bytes({0, 0, 0, 12, 0, 7, 0, 0, 0, 0, 0, 7, 0, 0, 0, 5}));
  const base::Bytes frame = bytes({0, 7, 0, 0, 0, 0, 0, 7, 0, 0, 0, 5});
  base::BytesView rest = frame;
  ASSERT_TRUE(decode_request_header(rest));
  EXPECT_EQ(rest.size(), 4U);
}

TEST(Frame, AResponseRepeatsTheCorrelationId) {
  const HeartbeatResponse response{.error_code = ErrorCode::rebalance_in_progress};
  EXPECT_EQ(encode_response_frame(CorrelationId{9}, response, ApiVersion{4})->bytes,
            bytes({0, 0, 0, 12, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 27, 0}));
}

TEST(Frame, SizeCountsExternalRecords) {
  FetchResponse response;
  response.responses = {{.topic = "t", .partitions = {{.records = Records::external(1, 1000)}}}};
  const auto frame = encode_response_frame(CorrelationId{9}, response, ApiVersion{4});
  ASSERT_TRUE(frame);
  EXPECT_EQ(base::load_big_endian<std::int32_t>(frame->bytes.data()),
            static_cast<std::int32_t>(frame->bytes.size() - frame_size_bytes + 1000));
  ASSERT_EQ(frame->external.size(), 1U);
  EXPECT_EQ(frame->external[0].at, frame->bytes.size()) << "records come last";
}

TEST(Frame, AFrameOfMoreThanInt32BytesIsRefused) {
  FetchResponse response;
  response.responses.resize(1);
  response.responses[0].partitions.resize(2);
  for (auto& partition : response.responses[0].partitions)
    partition.records = Records::external(0, std::size_t{1} << 30);
  const auto frame = encode_response_frame(CorrelationId{9}, response, ApiVersion{4});
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, ErrorCode::invalid_request);
}

TEST(Frame, HeadersThatNobodyCanReadAreRefused) {
  for (const auto& [frame, code] :
       {std::pair{bytes({0, 3, 0}), ErrorCode::invalid_request},
        std::pair{bytes({0x03, 0xe8, 0, 0, 0, 0, 0, 1, 0xff, 0xff}),
                  ErrorCode::unsupported_version},
        std::pair{bytes({0xff, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff}),
                  ErrorCode::unsupported_version},
        std::pair{bytes({0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff}), ErrorCode::invalid_request}}) {
    base::BytesView rest = frame;
    const auto header = decode_request_header(rest);
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error().code, code) << header.error().detail;
  }
}

TEST(Frame, ANullClientIdIsLegal) {
  const base::Bytes frame = bytes({0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff});
  base::BytesView rest = frame;
  const auto header = decode_request_header(rest);
  ASSERT_TRUE(header) << header.error().detail;
  EXPECT_EQ(header->client_id, std::nullopt);
}

}  // namespace
}  // namespace gregor::protocol
