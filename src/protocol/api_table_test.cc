// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/api_table.h"

#include <algorithm>

#include "protocol/api_keys.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/fetch.h"
#include "protocol/test_support.h"

namespace gregor::protocol {
namespace {

using model::ApiKey;
using model::ApiVersion;

TEST(ApiTable, HasEveryApiOnceInTheOrderOfKeys) {
  EXPECT_EQ(all_apis().size(), 93U);
  const auto not_ascending = [](const Api& a, const Api& b) { return a.key >= b.key; };
  EXPECT_EQ(std::ranges::adjacent_find(all_apis(), not_ascending), all_apis().end());
  for (const Api& api : all_apis()) {
    EXPECT_EQ(find_api(api.key), &api);
    EXPECT_EQ(find_api(api.name), &api);
    EXPECT_EQ(api.request->name, std::string(api.name) + "Request");
    EXPECT_EQ(api.response->name, std::string(api.name) + "Response");
    EXPECT_EQ(api.request->versions, api.versions);
    EXPECT_EQ(api.response->flexible, api.flexible);
  }
  EXPECT_EQ(find_api(ApiKey{-1}), nullptr);
  EXPECT_EQ(find_api(ApiKey{1000}), nullptr);
  EXPECT_EQ(find_api("Fetsch"), nullptr);
  EXPECT_EQ(find_api(api_key::fetch)->request, &FetchRequest::message_type);
}

// The probe's ApiVersions response is what a real broker of Kafka 4.1 lists.
TEST(ApiTable, AdvertisesWhatKafka41DoesExceptTelemetry) {
  const auto frames = read_golden_frames();
  const auto frame = std::ranges::find_if(frames, [](const GoldenFrame& f) {
    return !f.is_request && f.name == "018_ApiVersions_v4_probe-on-4.1.0";
  });
  ASSERT_NE(frame, frames.end());
  base::BytesView rest = frame->bytes;
  ASSERT_TRUE(decode_response_header(*frame->api, frame->version, rest));
  const auto response = decode<ApiVersionsResponse>(rest, frame->version);
  ASSERT_TRUE(response);
  for (const Api& api : all_apis()) {
    SCOPED_TRACE(api.name);
    const auto listed = std::ranges::find(response->api_keys, api.key.value(),
                                          &ApiVersionsResponse::ApiVersion::api_key);
    Versions expected;
    if (listed != response->api_keys.end()) expected = {listed->min_version, listed->max_version};
    // Kafka lists these two only where something receives the metrics.
    const bool telemetry =
        api.key == api_key::get_telemetry_subscriptions || api.key == api_key::push_telemetry;
    if (telemetry) expected = {0, 0};
    const Versions ours = kafka41_advertised(api);
    EXPECT_EQ(ours.empty(), expected.empty());
    EXPECT_TRUE(ours.empty() || ours == expected) << ours.first << "-" << ours.last;
  }
}

TEST(ApiTable, HeaderVersionsFollowTheForm) {
  const Api& fetch = *find_api(api_key::fetch);
  EXPECT_EQ(request_header_version(fetch, ApiVersion{11}), ApiVersion{1});
  EXPECT_EQ(request_header_version(fetch, ApiVersion{12}), ApiVersion{2});
  EXPECT_EQ(response_header_version(fetch, ApiVersion{11}), ApiVersion{0});
  EXPECT_EQ(response_header_version(fetch, ApiVersion{12}), ApiVersion{1});
  const Api& versions = *find_api(api_key::api_versions);
  EXPECT_EQ(request_header_version(versions, ApiVersion{3}), ApiVersion{2});
  EXPECT_EQ(request_header_version(versions, ApiVersion{99}), ApiVersion{2});
  EXPECT_EQ(response_header_version(versions, ApiVersion{3}), ApiVersion{0});
  const Api& shutdown = *find_api(api_key::controlled_shutdown);
  EXPECT_EQ(request_header_version(shutdown, ApiVersion{0}), ApiVersion{0});
  EXPECT_EQ(request_header_version(shutdown, ApiVersion{1}), ApiVersion{1});
}

}  // namespace
}  // namespace gregor::protocol
