// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The rules of the codec, one by one, on messages small enough to write out.

#include "protocol/codec.h"

#include <gtest/gtest.h>

#include "base/test_bytes.h"
#include "protocol/json.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/cluster_records.h"
#include "protocol/messages/describe_topic_partitions.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/group_records.h"
#include "protocol/messages/header.h"
#include "protocol/messages/join_group.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/offset_fetch.h"
#include "protocol/messages/produce.h"

namespace gregor::protocol {
namespace {

using base::bytes;
using model::ApiVersion;
using model::ErrorCode;

template <Message M>
model::Result<M> read(const base::Bytes& from, std::int16_t version) {
  base::BytesView rest = from;
  return decode<M>(rest, ApiVersion{version});
}

// What the error says; empty if there was none.
template <class T>
std::string why(const model::Result<T>& result) {
  return result ? std::string() : result.error().detail;
}

TEST(Codec, PlainAndCompactFormsAsWritten) {
  MetadataRequest request;
  request.topics = {{.name = "ab"}};
  EXPECT_EQ(encode(request, ApiVersion{0}), bytes({0, 0, 0, 1, 0, 2, 'a', 'b'}));
  EXPECT_EQ(encode(request, ApiVersion{9}), bytes({2, 3, 'a', 'b', 0, 1, 0, 0, 0}));
  request.topics.reset();
  EXPECT_EQ(encode(request, ApiVersion{1}), bytes({0xff, 0xff, 0xff, 0xff}));
  EXPECT_EQ(encode(request, ApiVersion{9}), bytes({0, 1, 0, 0, 0}));
}

TEST(Codec, ClientIdKeepsItsPlainLengthInAFlexibleHeader) {
  const RequestHeader header{
      .request_api_key = 3, .request_api_version = 9, .correlation_id = 7, .client_id = "c"};
  EXPECT_EQ(encode(header, ApiVersion{2}), bytes({0, 3, 0, 9, 0, 0, 0, 7, 0, 1, 'c', 0}));
}

TEST(Codec, NullsAreRefusedWhereTheVersionLacksThem) {
  MetadataRequest all_topics;
  all_topics.topics.reset();
  EXPECT_EQ(why(encode(all_topics, ApiVersion{0})), "MetadataRequest v0: Topics is null");
  EXPECT_EQ(why(read<MetadataRequest>(bytes({0xff, 0xff, 0xff, 0xff}), 0)),
            "MetadataRequest v0: Topics: null is not allowed at byte 4");
  EXPECT_EQ(why(read<MetadataRequest>(bytes({0, 0, 0, 1, 0xff, 0xff}), 0)),
            "MetadataRequest v0: Topics[0].Name: null is not allowed at byte 6");
}

TEST(Codec, AFieldThatTheVersionLacksMustBeUnsetUnlessItIsIgnorable) {
  ProduceRequest request;
  request.transactional_id = "t";
  const auto refused = encode(request, ApiVersion{2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported_version);
  EXPECT_EQ(refused.error().detail,
            "ProduceRequest v2: TransactionalId is set, but this version lacks it");

  ProduceResponse response;
  response.throttle_time_ms = 5;  // ignorable
  EXPECT_EQ(encode(response, ApiVersion{0}), bytes({0, 0, 0, 0}));

  FetchResponse fetched;
  fetched.node_endpoints.emplace_back();  // tagged, from version 16
  EXPECT_TRUE(encode(fetched, ApiVersion{16}));
  EXPECT_FALSE(encode(fetched, ApiVersion{15}));
}

TEST(Codec, UnknownTagsNeedAVersionWithTags) {
  MetadataRequest request;
  request.unknown_tags = {{.number = 5, .content = {}}};
  EXPECT_EQ(encode(request, ApiVersion{9}), bytes({1, 1, 0, 0, 1, 5, 0}));
  EXPECT_EQ(why(encode(request, ApiVersion{8})),
            "MetadataRequest v8: unknown tag is set, but this version has no tags");
}

// It was read in a version that did not know it yet: as a field it could be there twice.
TEST(Codec, AnUnknownTagDoesNotTakeTheNumberOfAField) {
  ApiVersionsResponse response;
  response.unknown_tags = {{.number = 1, .content = bytes({0, 0, 0, 0, 0, 0, 0, 5})}};
  EXPECT_EQ(why(encode(response, ApiVersion{3})),
            "ApiVersionsResponse v3: FinalizedFeaturesEpoch came as an unknown tag of another "
            "version");
}

TEST(Codec, FieldsOutsideTheirVersionsReadAsDefaults) {
  const auto response =
      read<ProduceResponse>(bytes({0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1, 0, 0, 0, 2, 0, 3,  //
                                   0, 0, 0, 0, 0, 0, 0,   4}),
                            0);
  ASSERT_TRUE(response) << why(response);
  const auto& partition = response->responses.at(0).partition_responses.at(0);
  EXPECT_EQ(partition.index, 2);
  EXPECT_EQ(partition.error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(partition.base_offset, 4);
  EXPECT_EQ(partition.log_append_time_ms, -1);
  EXPECT_EQ(partition.current_leader.leader_id, -1);
}

TEST(Codec, TagsComeInOrderAndOnlyWhenSet) {
  ApiVersionsResponse response;
  response.finalized_features = {{.name = "f", .max_version_level = 1}};  // tag 2
  response.finalized_features_epoch = 5;                                  // tag 1
  response.unknown_tags = {{.number = 9, .content = bytes({0xaa})}};
  const base::Bytes written = bytes({0, 0, 1,   0, 0,   0, 0,           // no error, keys, delay
                                     3,                                 // three tags
                                     1, 8, 0,   0, 0,   0, 0, 0, 0, 5,  //
                                     2, 8, 2,   2, 'f', 0, 1, 0, 0, 0,  //
                                     9, 1, 0xaa});
  EXPECT_EQ(encode(response, ApiVersion{3}), written);
  const auto back = read<ApiVersionsResponse>(written, 3);
  ASSERT_TRUE(back) << why(back);
  EXPECT_EQ(*back, response);
}

TEST(Codec, UnknownTagsAreKeptAndGoOutBetweenTheKnownOnes) {
  PartitionChangeRecord record;
  record.leader = 3;             // tag 1
  record.directories.emplace();  // tag 8; version 1 does not know 6 and 7
  record.unknown_tags = {{.number = 6, .content = bytes({0xbb})}};
  const auto written = encode(record, ApiVersion{1});
  ASSERT_TRUE(written) << why(written);
  EXPECT_EQ(base::Bytes(written->begin() + 20, written->end()),
            bytes({3, 1, 4, 0, 0, 0, 3, 6, 1, 0xbb, 8, 1, 1}));
  const auto back = read<PartitionChangeRecord>(*written, 1);
  ASSERT_TRUE(back) << why(back);
  EXPECT_TRUE(equal(*back, record));
  record.unknown_tags[0].content[0] = std::byte{0};
  EXPECT_FALSE(equal(*back, record));
}

TEST(Codec, TagsAreReadInAnyOrderAndWithDefaultsButNotTwice) {
  const auto swapped = read<ApiVersionsResponse>(
      bytes({0, 0, 1, 0, 0, 0, 0, 2, 2, 1, 1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 5}), 3);
  ASSERT_TRUE(swapped) << why(swapped);
  EXPECT_EQ(swapped->finalized_features_epoch, 5);
  EXPECT_TRUE(swapped->finalized_features.empty());
  EXPECT_EQ(why(read<ApiVersionsResponse>(bytes({0, 0, 1, 0, 0, 0, 0, 2, 3, 1, 1, 3, 1, 1}), 3)),
            "ApiVersionsResponse v3: tag 3 occurs twice at byte 13");
  EXPECT_EQ(
      why(read<ApiVersionsResponse>(bytes({0, 0, 1, 0, 0, 0, 0, 1, 3, 2, 1, 1}), 3)),
      "ApiVersionsResponse v3: ZkMigrationReady: 1 bytes of the tag are left over at byte 11");
}

TEST(Codec, ANullableStructIsMarkedByAByteInlineAndByAVarintInATag) {
  DescribeTopicPartitionsRequest request;
  const base::Bytes none = bytes({1, 0, 0, 7, 0xd0, 0xff, 0});
  EXPECT_EQ(encode(request, ApiVersion{0}), none);
  request.cursor = {.topic_name = "t", .partition_index = 1};
  const base::Bytes some = bytes({1, 0, 0, 7, 0xd0, 1, 2, 't', 0, 0, 0, 1, 0, 0});
  EXPECT_EQ(encode(request, ApiVersion{0}), some);
  EXPECT_EQ(read<DescribeTopicPartitionsRequest>(none, 0)->cursor, std::nullopt);
  EXPECT_EQ(*read<DescribeTopicPartitionsRequest>(some, 0), request);

  const auto tags_of = [](const ConsumerGroupMemberMetadataValue& value) {
    const auto written = encode(value, ApiVersion{0});
    EXPECT_TRUE(written) << why(written);
    EXPECT_EQ(*read<ConsumerGroupMemberMetadataValue>(*written, 0), value);
    return base::Bytes(written->begin() + 11, written->end());  // behind the empty fields
  };
  ConsumerGroupMemberMetadataValue value;  // its default is the empty struct, not null
  EXPECT_EQ(tags_of(value), bytes({0}));
  value.classic_member_metadata.reset();
  EXPECT_EQ(tags_of(value), bytes({1, 0, 1, 0}));
  value.classic_member_metadata.emplace().session_timeout_ms = 9;
  EXPECT_EQ(tags_of(value), bytes({1, 0, 7, 1, 0, 0, 0, 9, 1, 0}));
}

TEST(Codec, SurplusIsLeftToTheCaller) {
  const base::Bytes frame = bytes({0xff, 0xff, 0xff, 0xff, 0x55, 0x66});
  base::BytesView rest = frame;
  ASSERT_TRUE(decode<MetadataRequest>(rest, ApiVersion{1}));
  EXPECT_EQ(rest.size(), 2U);
}

TEST(Codec, RecordsAreNotCopiedWhenRead) {
  ProduceRequest request;
  const base::Bytes batch = bytes({1, 2, 3, 4, 5});
  request.topic_data = {{.name = "t", .partition_data = {{.index = 0, .records = Records(batch)}}}};
  const auto frame = encode(request, ApiVersion{9});
  ASSERT_TRUE(frame) << why(frame);
  const auto back = read<ProduceRequest>(*frame, 9);
  ASSERT_TRUE(back) << why(back);
  const auto& records = back->topic_data.at(0).partition_data.at(0).records;
  EXPECT_EQ(records, Records(batch));
  EXPECT_GE(records->bytes().data(), frame->data());
  EXPECT_LT(records->bytes().data(), frame->data() + frame->size());
}

// Put together, the pieces are the message that has the records inside.
TEST(Codec, ExternalRecordsLeaveGapsInTheirPlaces) {
  const base::Bytes batches[] = {base::Bytes(300, std::byte{1}), base::Bytes(5, std::byte{2})};
  FetchResponse inside;
  inside.responses = {
      {.topic = "t", .partitions = {{.partition_index = 0}, {.partition_index = 1}}}};
  FetchResponse outside = inside;
  for (std::size_t i = 0; i < 2; ++i) {
    inside.responses[0].partitions[i].records = Records(batches[i]);
    outside.responses[0].partitions[i].records = Records::external(i, batches[i].size());
  }
  for (const std::int16_t version : {std::int16_t{4}, std::int16_t{12}}) {
    const auto pieces = encode_in_pieces(outside, ApiVersion{version});
    ASSERT_TRUE(pieces) << why(pieces);
    ASSERT_EQ(pieces->external.size(), 2U);
    base::Bytes whole;
    std::size_t from = 0;
    for (const auto& gap : pieces->external) {
      base::append(whole, base::BytesView(pieces->bytes).subspan(from, gap.at - from));
      base::append(whole, batches[gap.id]);
      from = gap.at;
    }
    base::append(whole, base::BytesView(pieces->bytes).subspan(from));
    EXPECT_EQ(encode(inside, ApiVersion{version}), whole);
    EXPECT_EQ(pieces->total_size(), whole.size());
    EXPECT_FALSE(encode(outside, ApiVersion{version})) << "bytes alone would lack the records";
  }
}

TEST(Codec, VersionsOutOfRangeAreRefused) {
  EXPECT_EQ(encode(ProduceRequest{}, ApiVersion{14}).error().code, ErrorCode::unsupported_version);
  EXPECT_EQ(read<ProduceRequest>({}, -1).error().code, ErrorCode::unsupported_version);
}

TEST(Codec, StringsHaveKafkasLimit) {
  OffsetFetchRequest request{.group_id = std::string(string_bytes_max, 'g')};
  const auto longest = encode(request, ApiVersion{6});
  ASSERT_TRUE(longest) << why(longest);
  EXPECT_EQ(*read<OffsetFetchRequest>(*longest, 6), request);
  request.group_id += 'g';
  EXPECT_EQ(why(encode(request, ApiVersion{6})),
            "OffsetFetchRequest v6: GroupId is too long for a string");
  base::Bytes too_long = bytes({0x81, 0x80, 0x02});
  too_long.resize(40'000);
  EXPECT_EQ(why(read<OffsetFetchRequest>(too_long, 6)),
            "OffsetFetchRequest v6: GroupId: string of 32768 bytes is too long at byte 3");
}

TEST(Codec, LongerFormsThanNeededAreAccepted) {
  const auto request = read<MetadataRequest>(bytes({0x82, 0x80, 0, 3, 'a', 'b', 0, 7, 0, 0, 0}), 9);
  ASSERT_TRUE(request) << why(request);
  EXPECT_EQ(request->topics->at(0).name, "ab");
  EXPECT_TRUE(request->allow_auto_topic_creation);
}

TEST(Codec, ErrorsNameTheFieldAndThePlace) {
  EXPECT_EQ(
      why(read<ProduceRequest>(bytes({0, 0, 1, 0, 0, 0, 9, 2, 2, 't', 2, 0, 0, 0, 0, 99, 0}), 9)),
      "ProduceRequest v9: TopicData[0].PartitionData[0].Records: "
      "needs 98 bytes, 1 are left, at byte 16");
  EXPECT_EQ(why(read<MetadataRequest>(bytes({0, 0, 0}), 0)),
            "MetadataRequest v0: Topics: needs 4 bytes, 3 are left, at byte 0");
}

}  // namespace
}  // namespace gregor::protocol
