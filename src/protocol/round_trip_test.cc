// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For every version of every message: what is written is read back as the same message, and what
// was read is written as the same bytes. The text form keeps the message too.

#include "protocol/codec.h"
#include "protocol/json.h"
#include "protocol/random_message.h"
#include "protocol/test_support.h"

namespace gregor::protocol {
namespace {

constexpr int runs_per_version = 20;

TEST(RoundTrip, EveryMessageSurvivesEncodeAndDecode) {
  base::Prng prng = seeded_prng();
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    for (int run = 0; run < runs_per_version; ++run) {
      const AnyMessage message = random_message(type, prng, version);
      const auto bytes = encode(message, version);
      ASSERT_TRUE(bytes) << bytes.error().detail;
      base::BytesView rest = *bytes;
      const auto read = decode(type, rest, version);
      ASSERT_TRUE(read) << read.error().detail;
      EXPECT_TRUE(rest.empty());
      ASSERT_TRUE(equal(*read, message)) << to_json(message, version) << "\n"
                                         << to_json(*read, version);
      ASSERT_EQ(encode(*read, version), *bytes);
    }
  });
}

TEST(RoundTrip, EveryMessageSurvivesJson) {
  base::Prng prng = seeded_prng();
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    const AnyMessage message = random_message(type, prng, version);
    const std::string text = to_json(message, version);
    const auto read = from_json(type, text);
    ASSERT_TRUE(read) << read.error().detail;
    ASSERT_TRUE(equal(*read, message)) << text;
  });
}

// Defaults are legal everywhere but in the few fields whose default is null before null was
// allowed, and a message of defaults is the shortest that its struct declares.
TEST(RoundTrip, MessagesOfDefaultsAreNotShorterThanDeclared) {
  int written = 0;
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    const auto bytes = encode(AnyMessage(type), version);
    if (!bytes) {
      EXPECT_NE(bytes.error().detail.find("is null"), std::string::npos) << bytes.error().detail;
      return;
    }
    ++written;
    EXPECT_GE(bytes->size(), type.structure->bytes_min);
  });
  EXPECT_GT(written, 700);
}

// A message differs from another as soon as one byte of its encoding does: otherwise `equal`, and
// with it the tests above, would prove little.
TEST(RoundTrip, EqualSeesEveryDifferenceThatIsWritten) {
  base::Prng prng = seeded_prng();
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    const AnyMessage a = random_message(type, prng, version);
    const AnyMessage b = random_message(type, prng, version);
    EXPECT_EQ(equal(a, b), *encode(a, version) == *encode(b, version));
  });
}

}  // namespace
}  // namespace gregor::protocol
