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

TEST(RoundTrip, AMessageWithAChangedFieldIsAnotherOneThatSurvives) {
  base::Prng prng = seeded_prng();
  int different = 0;
  int all = 0;
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    AnyMessage message = random_message(type, prng, version);
    for (int run = 0; run < runs_per_version; ++run) {
      const auto before = encode(message, version);
      change_one_field(message, prng, version);
      const auto after = encode(message, version);
      ASSERT_TRUE(after) << after.error().detail;
      different += *after != *before ? 1 : 0;
      ++all;
      base::BytesView rest = *after;
      const auto read = decode(type, rest, version);
      ASSERT_TRUE(read) << read.error().detail;
      ASSERT_TRUE(equal(*read, message));
    }
  });
  EXPECT_GT(different, all / 2);
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

// Makes a legal message that is short for its count of elements: arrays at that depth have many
// elements of defaults, arrays around them have one.
void fill(const StructType& type, std::byte* object, model::ApiVersion version, int depth) {
  for (const std::span<const Field> fields : {type.fields, type.tagged}) {
    for (const Field& field : fields) {
      if (!field.versions.contains(version)) continue;
      std::byte* const member = object + field.offset;
      if (field.array) {
        const std::size_t count = depth == 0 ? 200 : 1;
        std::byte* const elements = field.container->make(member, count);
        for (std::size_t i = 0; i < count && field.structure != nullptr; ++i)
          fill(*field.structure, elements + i * field.container->stride, version, depth - 1);
      } else if (field.container != nullptr) {
        fill(*field.structure, field.container->make(member, 1), version, depth);
      } else if (field.structure != nullptr) {
        fill(*field.structure, member, version, depth);
      } else if (field.optional && field.type == FieldType::string) {
        emplace_at<std::string>(field, member);
      } else if (field.optional && field.type == FieldType::bytes) {
        emplace_at<base::Bytes>(field, member);
      } else if (field.optional) {
        emplace_at<Records>(field, member);
      }
    }
  }
}

TEST(RoundTrip, ManyElementsOfTheLeastSizeAreNotTakenForMoreThanArrived) {
  for_each_message_version([&](const MessageType& type, model::ApiVersion version) {
    for (int depth = 0; depth < 5; ++depth) {
      AnyMessage message(type);
      fill(*type.structure, message.object(), version, depth);
      const auto bytes = encode(message, version);
      ASSERT_TRUE(bytes) << bytes.error().detail;
      base::BytesView rest = *bytes;
      const auto read = decode(type, rest, version);
      ASSERT_TRUE(read) << read.error().detail;
      EXPECT_TRUE(equal(*read, message));
    }
  });
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
