// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "protocol/messages/alter_client_quotas.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/produce.h"

namespace gregor::protocol {
namespace {

using model::ApiVersion;

std::string why(const model::Result<AnyMessage>& result) {
  return result ? std::string() : result.error().detail;
}

TEST(Json, HasTheFieldsOfTheVersionInTheOrderOfTheWire) {
  MetadataRequest request;
  request.topics = {{.name = "t"}};
  EXPECT_EQ(to_json(request, ApiVersion{1}), R"({"Topics":[{"Name":"t"}]})");
  EXPECT_EQ(to_json(request, ApiVersion{13}),
            R"({"Topics":[{"TopicId":"AAAAAAAAAAAAAAAAAAAAAA","Name":"t"}],)"
            R"("AllowAutoTopicCreation":true,"IncludeTopicAuthorizedOperations":false})");
  request.topics.reset();
  EXPECT_EQ(to_json(request, ApiVersion{1}), R"({"Topics":null})");
}

TEST(Json, WritesCodesByNameAndBytesInHex) {
  FetchResponse response;
  const base::Bytes batch{std::byte{0}, std::byte{0xfe}};
  response.responses = {{.topic = "t",
                         .partitions = {{.error_code = model::ErrorCode::offset_out_of_range,
                                         .high_watermark = -1,
                                         .records = Records(batch)},
                                        {.error_code = static_cast<model::ErrorCode>(999),
                                         .records = Records::external(7, 100)}}}};
  EXPECT_EQ(to_json(response, ApiVersion{0}),
            R"({"Responses":[{"Topic":"t","Partitions":[)"
            R"({"PartitionIndex":0,"ErrorCode":"OFFSET_OUT_OF_RANGE","HighWatermark":-1,)"
            R"("Records":"00fe"},)"
            R"({"PartitionIndex":0,"ErrorCode":"ERROR_999","HighWatermark":0,)"
            R"("Records":{"External":7,"Size":100}}]}]})");
}

TEST(Json, ReadsWhatIsGivenAndLeavesTheRestAtItsDefault) {
  const auto message =
      from_json(ProduceRequest::message_type,
                R"({"Acks":-1,"TopicData":[{"PartitionData":[{"Records":"AAff"}]}]})");
  ASSERT_TRUE(message) << why(message);
  const auto& request = message->as<ProduceRequest>();
  EXPECT_EQ(request.acks, -1);
  EXPECT_EQ(request.transactional_id, std::nullopt);
  const auto& records = request.topic_data.at(0).partition_data.at(0).records;
  const base::Bytes expected{std::byte{0xaa}, std::byte{0xff}};
  EXPECT_EQ(records, Records(expected));
}

TEST(Json, ReadsErrorCodesByNameAndByNumber) {
  for (const char* const text :
       {R"({"ErrorCode":"CORRUPT_MESSAGE"})", R"({"ErrorCode":2})", R"({"ErrorCode":"ERROR_2"})"}) {
    const auto message = from_json(FetchResponse::message_type, text);
    ASSERT_TRUE(message) << why(message);
    EXPECT_EQ(message->as<FetchResponse>().error_code, model::ErrorCode::corrupt_message);
  }
}

TEST(Json, TextThatIsNotUtf8IsStillPrinted) {
  const MetadataRequest request{.topics = {{{.name = "a\xff"}}}};
  EXPECT_EQ(to_json(request, ApiVersion{1}), "{\"Topics\":[{\"Name\":\"a\xef\xbf\xbd\"}]}");
}

TEST(Json, DoublesThatJsonLacksAreStrings) {
  AlterClientQuotasRequest request;
  request.entries.emplace_back().ops = {
      {.key = "k", .value = -std::numeric_limits<double>::infinity()}};
  const std::string text = to_json(request, ApiVersion{1});
  EXPECT_NE(text.find(R"("Value":"-Infinity")"), std::string::npos) << text;
  const auto back = from_json(AlterClientQuotasRequest::message_type, text);
  ASSERT_TRUE(back) << why(back);
  EXPECT_TRUE(equal(*back, request));
}

TEST(Json, MistakesAreNamed) {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {R"({"Acks":1)", "not valid JSON"},
      {R"([])", "ProduceRequest: ProduceRequest must be an object"},
      {R"({"Ack":1})", "ProduceRequest: Ack is not a field of ProduceRequest"},
      {R"({"Acks":32768})", "ProduceRequest: Acks must be an integer of its size"},
      {R"({"Acks":1.5})", "ProduceRequest: Acks must be an integer of its size"},
      {R"({"Acks":null})", "ProduceRequest: Acks must be an integer of its size"},
      {R"({"TransactionalId":1})", "ProduceRequest: TransactionalId must be a string"},
      {R"({"TopicData":{}})", "ProduceRequest: TopicData must be an array"},
      {R"({"TopicData":[{"TopicId":"x"}]})",
       "ProduceRequest: TopicId must be a uuid of 22 characters"},
      {R"({"TopicData":[{"PartitionData":[{"Records":"0"}]}]})",
       "ProduceRequest: Records must be hexadecimal digits"},
      {R"({"_unknown_tags":[{"Tag":-1,"Content":""}]})",
       "ProduceRequest: _unknown_tags has the wrong form"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(why(from_json(ProduceRequest::message_type, c.text)), c.error) << c.text;
  EXPECT_EQ(why(from_json(FetchResponse::message_type, R"({"ErrorCode":"OOPS"})")),
            "FetchResponse: ErrorCode is no error code: OOPS");
}

}  // namespace
}  // namespace gregor::protocol
