// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Frames of real clients and brokers, in both directions, are read and written byte for byte.

#include <algorithm>
#include <set>
#include <tuple>

#include "protocol/api_keys.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/test_support.h"

namespace gregor::protocol {
namespace {

// franz-go asks for ApiVersions 5, which no broker has; the answer is of version 0.
bool is_beyond_versions(const GoldenFrame& frame) {
  return !frame.api->versions.contains(frame.version);
}

// What encode makes of the decoded frame; `rest` is what decode left.
base::Bytes read_and_write(const GoldenFrame& frame, base::BytesView& rest) {
  rest = frame.bytes;
  if (frame.is_request) {
    const auto header = decode_request_header(rest);
    EXPECT_TRUE(header) << header.error().detail;
    if (!header) return {};
    EXPECT_EQ(header->request_api_key, frame.api->key.value());
    EXPECT_EQ(header->request_api_version, frame.version.value());
    const auto request = decode(*frame.api->request, rest, frame.version);
    EXPECT_TRUE(request) << request.error().detail;
    if (!request) return {};
    auto written = encode_request_frame(*header, *request, frame.version);
    EXPECT_TRUE(written) << written.error().detail;
    return written.value_or(base::Bytes());
  }
  const auto header = decode_response_header(*frame.api, frame.version, rest);
  EXPECT_TRUE(header) << header.error().detail;
  if (!header) return {};
  const auto response = decode(*frame.api->response, rest, frame.version);
  EXPECT_TRUE(response) << response.error().detail;
  if (!response) return {};
  auto written =
      encode_response_frame(model::CorrelationId{header->correlation_id}, *response, frame.version);
  EXPECT_TRUE(written) << written.error().detail;
  return written ? written->bytes : base::Bytes();
}

TEST(GoldenFrames, LeaveAsTheyCame) {
  std::set<std::tuple<model::ApiKey, model::ApiVersion, bool>> seen;
  for (const GoldenFrame& frame : read_golden_frames()) {
    ASSERT_NE(frame.api, nullptr) << frame.name;
    if (is_beyond_versions(frame)) continue;
    SCOPED_TRACE(frame.name + (frame.is_request ? " request" : " response"));
    base::BytesView rest;
    const base::Bytes written = read_and_write(frame, rest);
    EXPECT_EQ(rest.size(), frame.surplus);
    ASSERT_EQ(written.size(), frame_size_bytes + frame.bytes.size() - frame.surplus);
    EXPECT_EQ(base::load_big_endian<std::int32_t>(written.data()),
              static_cast<std::int32_t>(written.size() - frame_size_bytes));
    EXPECT_TRUE(std::equal(written.begin() + frame_size_bytes, written.end(), frame.bytes.begin()));
    seen.emplace(frame.api->key, frame.version, frame.is_request);
  }
  EXPECT_GT(seen.size(), 590U) << "the frames should cover 300 pairs of API and version";
}

TEST(GoldenFrames, AnApiVersionsRequestOfTheFutureHasAReadableHeaderAndAnAnswerOfVersion0) {
  std::size_t requests = 0;
  std::size_t responses = 0;
  for (const GoldenFrame& frame : read_golden_frames()) {
    if (!is_beyond_versions(frame)) continue;
    SCOPED_TRACE(frame.name);
    ASSERT_EQ(frame.api->key, api_key::api_versions);
    base::BytesView rest = frame.bytes;
    if (frame.is_request) {
      ++requests;
      ASSERT_TRUE(decode_request_header(rest));
      const auto request = decode<ApiVersionsRequest>(rest, frame.version);
      ASSERT_FALSE(request);
      EXPECT_EQ(request.error().code, model::ErrorCode::unsupported_version);
      continue;
    }
    ++responses;
    ASSERT_TRUE(decode_response_header(*frame.api, frame.version, rest));
    const auto response = decode<ApiVersionsResponse>(rest, model::ApiVersion{0});
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->error_code, model::ErrorCode::unsupported_version);
    ASSERT_EQ(response->api_keys.size(), 1U);
    EXPECT_EQ(response->api_keys[0].api_key, api_key::api_versions.value());
  }
  EXPECT_GT(requests, 0U);
  EXPECT_GT(responses, 0U);
}

}  // namespace
}  // namespace gregor::protocol
