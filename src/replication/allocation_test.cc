// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A partition without other replicas pays nothing for replication: no memory is taken for an append
// once the first ones have been handled.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#include "replication/replica.h"

namespace {
std::uint64_t allocations = 0;
}  // namespace

// Counts for the whole test program. Inlined, GCC would take the parts of a matching pair for a
// mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace gregor::replication {
namespace {

// Of one epoch; nothing in it but its length.
class LengthOnly final : public LogView {
 public:
  [[nodiscard]] Offset start() const override { return Offset(0); }
  [[nodiscard]] Offset end() const override { return length; }
  [[nodiscard]] Offset counted_end() const override { return length; }
  [[nodiscard]] std::optional<LeaderEpoch> latest_epoch() const override { return LeaderEpoch(0); }
  [[nodiscard]] std::optional<EpochEnd> end_of(LeaderEpoch) const override {
    return EpochEnd{LeaderEpoch(0), length};
  }
  Offset length{0};
};

TEST(LoneReplica, AnAppendTakesNoMemory) {
  constexpr BrokerId self{1};
  LengthOnly log;
  Replica replica({.self = self}, Offset(0));
  Effects effects;
  replica.step(Instant(0), log,
               LeaderAndIsr{.leader = self,
                            .leader_epoch = LeaderEpoch(0),
                            .partition_epoch = PartitionEpoch(0),
                            .isr = {self},
                            .replicas = {self}},
               effects);
  const auto append = [&] {
    ++log.length;
    replica.step(Instant(0), log, LeaderAppended(), effects);
  };
  for (int i = 0; i < 10; ++i) append();
  ASSERT_GT(allocations, 0U) << "the counter does not count";
  const std::uint64_t before = allocations;
  for (int i = 0; i < 1000; ++i) append();
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(replica.state().high_watermark, Offset(1010));
}

}  // namespace
}  // namespace gregor::replication
