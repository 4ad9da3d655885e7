// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Every fault that an answer can have is named, and nothing else is.
#include "fuzz/wire/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fuzz/wire/testing/test_broker.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/join_group.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/produce.h"

namespace gregor::fuzz::wire {
namespace {

using std::chrono::milliseconds;

base::Bytes request_of(protocol::MessageView message, std::int16_t version, std::int32_t id) {
  protocol::RequestHeader header;
  header.correlation_id = id;
  header.client_id = "test";
  return *protocol::encode_request_frame(header, message, model::ApiVersion{version});
}

base::Bytes answer_of(protocol::MessageView message, std::int16_t version, std::int32_t id) {
  return protocol::encode_response_frame(model::CorrelationId{id}, message,
                                         model::ApiVersion{version})
      ->bytes;
}

void resize(base::Bytes& frame, std::size_t size) {
  frame.resize(size);
  base::store_big_endian(frame.data(), static_cast<std::int32_t>(size - 4));
}

class JudgeTest : public testing::Test {
 protected:
  void send_list_offsets(std::int32_t id) {
    judge_.sent(request_of(protocol::ListOffsetsRequest{}, 5, id), false);
  }
  void send_produce(std::int32_t id, std::int16_t acks) {
    protocol::ProduceRequest request;
    request.acks = acks;
    judge_.sent(request_of(request, 9, id), false);
  }
  void send_probe(std::int32_t id) {
    judge_.sent(request_of(protocol::ApiVersionsRequest{}, 0, id), true);
  }
  std::optional<Verdict> receive_list_offsets(std::int32_t id) {
    return judge_.received(answer_of(protocol::ListOffsetsResponse{}, 5, id));
  }
  std::optional<Verdict> receive_probe(std::int32_t id) {
    return judge_.received(answer_of(protocol::ApiVersionsResponse{}, 0, id));
  }

  Served served_ = served_by_test_broker();
  Judge judge_{served_};
};

MATCHER_P(IsFault, fault, "is " + std::string(name_of(fault))) {
  if (!arg) {
    *result_listener << "nothing is wrong";
    return false;
  }
  *result_listener << name_of(arg->fault) << ": " << arg->detail;
  return arg->fault == fault;
}

TEST_F(JudgeTest, SoundAnswersInOrderAreFineHoweverTheyAreCut) {
  send_list_offsets(1);
  send_probe(2);
  EXPECT_FALSE(judge_.settled());
  base::Bytes answers = answer_of(protocol::ListOffsetsResponse{}, 5, 1);
  base::append(answers, answer_of(protocol::ApiVersionsResponse{}, 0, 2));
  for (const std::byte& byte : answers) EXPECT_FALSE(judge_.received({&byte, 1}));
  EXPECT_TRUE(judge_.settled());
  EXPECT_THAT(judge_.outcomes(), testing::Each(Outcome::answered));
}

TEST_F(JudgeTest, NamesAStrangeCorrelationId) {
  send_list_offsets(1);
  EXPECT_THAT(receive_list_offsets(77), IsFault(Fault::wrong_correlation_id));
}

TEST_F(JudgeTest, NamesAnAnswerThatEndsTooEarlyAndOneThatGoesOn) {
  send_list_offsets(1);
  base::Bytes cut = answer_of(protocol::ListOffsetsResponse{}, 5, 1);
  resize(cut, cut.size() - 1);
  EXPECT_THAT(judge_.received(cut), IsFault(Fault::malformed_answer));

  send_list_offsets(2);
  base::Bytes padded = answer_of(protocol::ListOffsetsResponse{}, 5, 2);
  resize(padded, padded.size() + 1);
  EXPECT_THAT(judge_.received(padded), IsFault(Fault::trailing_bytes));
}

TEST_F(JudgeTest, NamesAnswersOfImpossibleSizes) {
  send_list_offsets(1);
  const base::Bytes negative(4, std::byte{0xff});
  EXPECT_THAT(judge_.received(negative), IsFault(Fault::malformed_answer));
  Judge another(served_);
  another.sent(request_of(protocol::ListOffsetsRequest{}, 5, 1), false);
  EXPECT_THAT(another.received(base::Bytes(4)), IsFault(Fault::malformed_answer)) << "an empty one";
}

TEST_F(JudgeTest, NamesAnswersThatOvertakeAndThoseThatNobodyAskedFor) {
  send_list_offsets(1);
  send_list_offsets(2);
  EXPECT_THAT(receive_list_offsets(2), IsFault(Fault::out_of_order));
  EXPECT_EQ(receive_list_offsets(1), std::nullopt);
  EXPECT_THAT(receive_list_offsets(1), IsFault(Fault::unasked_answer)) << "a second time";
  EXPECT_EQ(receive_list_offsets(2), std::nullopt);
  EXPECT_THAT(receive_list_offsets(3), IsFault(Fault::unasked_answer)) << "to nothing";
}

TEST_F(JudgeTest, AProduceWithoutAcksIsOverWhenWhatFollowsIsAnswered) {
  send_produce(1, 0);
  EXPECT_TRUE(judge_.settled());
  send_probe(2);
  EXPECT_EQ(receive_probe(2), std::nullopt);
  EXPECT_THAT(judge_.outcomes(), testing::ElementsAre(Outcome::silent, Outcome::answered));

  send_produce(3, 0);
  EXPECT_THAT(judge_.received(answer_of(protocol::ProduceResponse{}, 9, 3)),
              IsFault(Fault::answered_without_acks));

  Judge another(served_);
  protocol::ProduceRequest request;
  request.acks = 1;
  another.sent(request_of(request, 9, 1), false);
  another.sent(request_of(protocol::ApiVersionsRequest{}, 0, 2), true);
  EXPECT_THAT(another.received(answer_of(protocol::ApiVersionsResponse{}, 0, 2)),
              IsFault(Fault::out_of_order))
      << "with acks=1 it must be answered";
}

TEST_F(JudgeTest, WhatIsNotServedEndsTheConnection) {
  base::Bytes unserved = request_of(protocol::ListOffsetsRequest{}, 5, 1);
  base::store_big_endian(unserved.data() + 6, std::int16_t{100});
  judge_.sent(unserved, false);
  Judge passed_over = judge_;
  Judge closing = judge_;
  EXPECT_FALSE(closing.settled());
  EXPECT_EQ(closing.closed(), std::nullopt);
  EXPECT_TRUE(closing.settled());
  EXPECT_THAT(receive_list_offsets(1), IsFault(Fault::wrong_refusal));
  passed_over.sent(request_of(protocol::ApiVersionsRequest{}, 0, 2), true);
  EXPECT_THAT(passed_over.received(answer_of(protocol::ApiVersionsResponse{}, 0, 2)),
              IsFault(Fault::wrong_refusal));
}

TEST_F(JudgeTest, OnlyApiVersionsIsRefusedInWordsAndInThese) {
  base::Bytes unserved = request_of(protocol::ApiVersionsRequest{}, 0, 1);
  base::store_big_endian(unserved.data() + 6, std::int16_t{100});
  protocol::ApiVersionsResponse refusal;
  refusal.error_code = model::ErrorCode::unsupported_version;
  judge_.sent(unserved, false);
  Judge other = judge_;
  EXPECT_EQ(judge_.received(answer_of(refusal, 0, 1)), std::nullopt);
  refusal.error_code = model::ErrorCode::none;
  EXPECT_THAT(other.received(answer_of(refusal, 0, 1)), IsFault(Fault::wrong_refusal));
}

TEST_F(JudgeTest, AConnectionMayBeClosedUnlessOnlyPlainRequestsWereSent) {
  send_probe(1);
  Judge plain = judge_;
  EXPECT_THAT(plain.closed(), IsFault(Fault::crash));
  send_list_offsets(2);
  EXPECT_EQ(judge_.closed(), std::nullopt);
  EXPECT_THAT(judge_.outcomes(), testing::ElementsAre(Outcome::closed, Outcome::open));
}

TEST_F(JudgeTest, NamesWhoWaitsForEver) {
  send_list_offsets(1);
  send_produce(2, 0);
  EXPECT_EQ(judge_.overdue().fault, Fault::hang);
  EXPECT_THAT(judge_.overdue().detail, testing::HasSubstr("ListOffsets version 5"));
  EXPECT_EQ(receive_list_offsets(1), std::nullopt);
  EXPECT_TRUE(judge_.settled()) << "nobody waits for what has no answer";

  send_list_offsets(3);
  EXPECT_EQ(judge_.overdue().request, 1U) << "it may be the Produce that hangs";
  EXPECT_THAT(judge_.overdue().detail, testing::HasSubstr("Produce version 9, or what follows"));

  Judge probe(served_);
  probe.sent(request_of(protocol::ApiVersionsRequest{}, 0, 1), true);
  EXPECT_EQ(probe.overdue().fault, Fault::crash);
}

TEST_F(JudgeTest, HalfAFrameMakesTheBrokerWaitUntilTheClientIsGone) {
  base::Bytes half = request_of(protocol::ListOffsetsRequest{}, 5, 1);
  half.pop_back();
  judge_.sent(half, false);
  EXPECT_TRUE(judge_.stuck());
  EXPECT_FALSE(judge_.settled());
  EXPECT_EQ(judge_.overdue().fault, Fault::hang);
  EXPECT_EQ(judge_.closed(), std::nullopt);
  EXPECT_TRUE(judge_.settled());
  EXPECT_THAT(judge_.outcomes(), testing::ElementsAre(Outcome::closed));
}

TEST_F(JudgeTest, AWaitThatTheRequestAgreedToIsNoHang) {
  EXPECT_EQ(judge_.agreed_wait(), milliseconds{0});
  protocol::FetchRequest fetch;
  fetch.max_wait_ms = 700;
  judge_.sent(request_of(fetch, 11, 1), false);
  EXPECT_EQ(judge_.agreed_wait(), milliseconds{700});
  fetch.max_wait_ms = 2'000'000'000;
  Judge patient = judge_;
  patient.sent(request_of(fetch, 11, 2), false);
  EXPECT_EQ(patient.agreed_wait(), std::nullopt);
  judge_.sent(request_of(protocol::JoinGroupRequest{}, 5, 3), false);
  EXPECT_EQ(judge_.agreed_wait(), std::nullopt) << "for the other members";
}

}  // namespace
}  // namespace gregor::fuzz::wire
