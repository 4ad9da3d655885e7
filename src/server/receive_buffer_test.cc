// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/receive_buffer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace gregor::server {
namespace {

using base::Bytes;
using base::BytesView;
using base::MutableBytesView;

constexpr std::uint32_t frame_bytes_max = 1 << 20;

Bytes frame_of(std::string_view payload) {
  Bytes frame;
  base::append_big_endian(frame, static_cast<std::int32_t>(payload.size()));
  base::append(frame, base::as_bytes(payload));
  return frame;
}

Bytes frame_that_declares(std::int32_t length, std::size_t sent) {
  Bytes frame;
  base::append_big_endian(frame, length);
  frame.resize(frame.size() + sent);
  return frame;
}

// A connection's buffer with its shard's pool and scratch, fed from a stream of bytes.
struct Receiver {
  explicit Receiver(std::size_t scratch_bytes = 4096) : scratch(scratch_bytes) {}

  // Reads up to `count` bytes of the stream as a socket would; how many there was room for.
  std::size_t read(BytesView stream, std::size_t count, bool own_only = false) {
    const auto room = buffer.room(scratch, own_only);
    count = std::min({count, stream.size(), room[0].size() + room[1].size()});
    const std::size_t first = std::min(count, room[0].size());
    std::ranges::copy(stream.first(first), room[0].begin());
    std::ranges::copy(stream.subspan(first, count - first), room[1].begin());
    buffer.arrived(room, count);
    return count;
  }

  BlockPool pool;
  Bytes scratch;
  ReceiveBuffer buffer{pool, frame_bytes_max};
};

RC_GTEST_PROP(ReceiveBuffer, FramesComeOutAsTheyWentInHoweverTheyAreCut,
              (const std::vector<std::string>& payloads)) {
  Bytes stream;
  std::vector<std::string> expected;
  for (const auto& payload : payloads) {
    if (payload.empty()) continue;
    base::append(stream, frame_of(payload));
    expected.push_back(payload);
  }
  Receiver receiver(*rc::gen::inRange<std::size_t>(1, 64));
  std::vector<std::string> received;
  BytesView rest = stream;
  while (!rest.empty()) {
    rest = rest.subspan(receiver.read(rest, *rc::gen::inRange<std::size_t>(1, 100)));
    // A busy connection takes only some of the frames that have come.
    for (int take = *rc::gen::inRange(0, 4); take > 0; --take) {
      const auto frame = receiver.buffer.next_frame();
      RC_ASSERT(frame.has_value());
      if (!*frame) break;
      received.emplace_back(base::as_text(**frame));
    }
    receiver.buffer.settle();
    std::ranges::fill(receiver.scratch, std::byte{0xee});  // another connection uses it
  }
  for (;;) {
    const auto frame = receiver.buffer.next_frame();
    RC_ASSERT(frame.has_value());
    if (!*frame) break;
    received.emplace_back(base::as_text(**frame));
  }
  receiver.buffer.settle();
  RC_ASSERT(received == expected);
  RC_ASSERT(receiver.buffer.memory() == 0U);
}

TEST(ReceiveBuffer, MemoryGrowsWithWhatHasArrivedNotWithWhatWasDeclared) {
  Receiver receiver;
  const Bytes stream = frame_that_declares(frame_bytes_max, 300'000);
  BytesView rest = stream;
  for (std::size_t arrived = 0; !rest.empty();) {
    const std::size_t count = receiver.read(rest, 1000);
    rest = rest.subspan(count);
    arrived += count;
    ASSERT_FALSE(receiver.buffer.next_frame()->has_value());
    receiver.buffer.settle();
    ASSERT_GE(receiver.buffer.memory(), arrived);
    ASSERT_LE(receiver.buffer.memory(), 2 * arrived);
  }
}

TEST(ReceiveBuffer, CompleteFramesAreHandedOutInPlace) {
  Receiver receiver;
  receiver.read(frame_of("in place"), 100);
  const auto frame = receiver.buffer.next_frame();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->data(), receiver.scratch.data() + 4);
}

TEST(ReceiveBuffer, AnImpossibleLengthIsRefusedAsSoonAsItIsThere) {
  for (const std::int32_t length : {0, -1, std::numeric_limits<std::int32_t>::min(),
                                    static_cast<std::int32_t>(frame_bytes_max) + 1}) {
    for (const std::size_t first_read : {1U, 3U, 4U}) {
      Receiver receiver;
      const Bytes stream = frame_that_declares(length, 0);
      receiver.read(stream, first_read);
      auto frame = receiver.buffer.next_frame();
      if (first_read < 4) {
        ASSERT_TRUE(frame.has_value());
        receiver.buffer.settle();
        receiver.read(BytesView(stream).subspan(first_read), 4);
        frame = receiver.buffer.next_frame();
      }
      ASSERT_FALSE(frame.has_value());
      EXPECT_NE(frame.error().detail.find(std::to_string(length)), std::string::npos);
      receiver.buffer.settle();
    }
  }
  Receiver receiver;
  receiver.read(frame_that_declares(frame_bytes_max, 0), 4);
  EXPECT_TRUE(receiver.buffer.next_frame().has_value()) << "the limit itself is allowed";
}

TEST(ReceiveBuffer, ARequestOfAnotherProtocolIsNamed) {
  Receiver receiver;
  receiver.read(base::as_bytes("GET / HTTP/1.1\r\n"), 100);
  const auto frame = receiver.buffer.next_frame();
  ASSERT_FALSE(frame.has_value());
  EXPECT_NE(frame.error().detail.find("HTTP"), std::string::npos);
}

TEST(ReceiveBuffer, WithoutFreshMemoryOnlyRoomThatIsThereAlreadyIsOffered) {
  Receiver receiver;
  EXPECT_EQ(receiver.buffer.room(receiver.scratch, true)[1].size(), 0U);
  const Bytes stream = frame_that_declares(1000, 100);
  receiver.read(stream, stream.size());
  ASSERT_FALSE(receiver.buffer.next_frame()->has_value());
  receiver.buffer.settle();
  const auto room = receiver.buffer.room(receiver.scratch, true);
  EXPECT_EQ(room[0].size(), receiver.buffer.memory() - 104);
  EXPECT_EQ(room[1].size(), 0U);
}

TEST(ReceiveBuffer, ABlockOfAnEarlierRequestIsUsedAgain) {
  Receiver receiver;
  const Bytes large = frame_of(std::string(100'000, 'x'));
  const auto receive_all = [&] {
    BytesView rest = large;
    while (!rest.empty()) {
      rest = rest.subspan(receiver.read(rest, 10'000));
      static_cast<void>(receiver.buffer.next_frame());
      receiver.buffer.settle();
    }
  };
  receive_all();
  receive_all();
  const std::size_t kept = receiver.pool.kept_bytes();
  EXPECT_GE(kept, large.size());
  receive_all();
  EXPECT_EQ(receiver.pool.kept_bytes(), kept);
}

}  // namespace
}  // namespace gregor::server
