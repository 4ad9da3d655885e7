// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What passes things between threads: mailbox, worker pool, event loop.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "server/clock.h"
#include "server/event_loop.h"
#include "server/mailbox.h"
#include "server/worker_pool.h"

namespace gregor::server {
namespace {

TEST(Mailbox, WakesTheReceiverOnceForAllLettersThatItHasNotTaken) {
  Mailbox<int> mailbox;
  EXPECT_TRUE(mailbox.put(1));
  EXPECT_FALSE(mailbox.put(2));
  EXPECT_EQ(mailbox.take(), (std::vector{1, 2}));
  EXPECT_TRUE(mailbox.take().empty());
  EXPECT_TRUE(mailbox.put(3));
}

TEST(Mailbox, LettersOfOneSenderArriveInOrderAndNoneIsLost) {
  constexpr int senders = 3;
  constexpr int letters = 5000;
  Mailbox<std::pair<int, int>> mailbox;
  EventLoop loop;
  std::array<int, senders> next{};
  int arrived = 0;
  const auto receive = [&] {
    for (const auto& [sender, number] : mailbox.take()) {
      EXPECT_EQ(number, next.at(static_cast<std::size_t>(sender))++);
      ++arrived;
    }
    if (arrived == senders * letters) loop.stop();
  };
  std::vector<std::thread> threads;
  for (int sender = 0; sender < senders; ++sender)
    threads.emplace_back([&, sender] {
      for (int number = 0; number < letters; ++number)
        if (mailbox.put({sender, number})) loop.post(receive);
    });
  loop.run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(arrived, senders * letters);
}

TEST(WorkerPool, DoesAllWorkBeforeItGoesWithAsManyThreadsAsAllowed) {
  std::atomic<int> done{0};
  {
    std::latch all_at_work(3);
    WorkerPool pool(3);
    for (int i = 0; i < 3; ++i)
      pool.submit([&] {
        all_at_work.arrive_and_wait();  // passes only if three threads work at once
        ++done;
      });
    for (int i = 0; i < 100; ++i) pool.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 103);
}

TEST(EventLoop, RunsWhatIsPostedInOrder) {
  EventLoop loop;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) loop.post([&order, i] { order.push_back(i); });
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

TEST(Timer, ComesDueNeverEarlyAndCanBeMovedBothWays) {
  EventLoop loop;
  const model::Instant start = monotonic_now();
  std::vector<std::int64_t> due_after;
  Timer early(loop, [&] { due_after.push_back(monotonic_now() - start); });
  Timer late(loop, [&] {
    due_after.push_back(monotonic_now() - start);
    loop.stop();
  });
  Timer never(loop, [&] { ADD_FAILURE() << "it was taken back"; });
  early.set(start + 1'000'000);
  early.set(start + 5);
  late.set(start + 1);
  late.set(start + 20);
  never.set(start + 1);
  never.set(std::nullopt);
  loop.run();
  ASSERT_EQ(due_after.size(), 2U);
  EXPECT_GE(due_after[0], 5);
  EXPECT_GE(due_after[1], 20);
}

TEST(Timer, AFarInstantDoesNotOverflow) {
  EventLoop loop;
  Timer timer(loop, [&] { ADD_FAILURE() << "in the far future"; });
  timer.set(model::Instant(std::numeric_limits<std::int64_t>::max()));
  loop.post([&] { loop.stop(); });
  loop.run();
}

// A listener that counts its calls and stops the loop after the wanted ones.
struct Counter final : Watch::Listener {
  explicit Counter(EventLoop& of) : loop(of) {}
  void on_readable() override {
    ++readable;
    loop.stop();
  }
  void on_writable() override {
    ++writable;
    loop.stop();
  }
  EventLoop& loop;
  int readable = 0;
  int writable = 0;
};

std::array<Descriptor, 2> socket_pair() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

TEST(Watch, CallsOnceForEachWaitEvenIfNothingWasRead) {
  EventLoop loop;
  Counter counter(loop);
  auto [own, peer] = socket_pair();
  auto watch = Watch::open(loop, std::move(own), counter);
  ASSERT_TRUE(watch.has_value());
  ASSERT_EQ(::write(peer.number(), "x", 1), 1);
  (*watch)->wait_readable();
  (*watch)->wait_readable();
  loop.run();
  EXPECT_EQ(counter.readable, 1);
}

TEST(Watch, CallsNobodyAfterItHasGone) {
  EventLoop loop;
  Counter counter(loop);
  auto [own, peer] = socket_pair();
  auto watch = Watch::open(loop, std::move(own), counter);
  ASSERT_TRUE(watch.has_value());
  (*watch)->wait_readable();
  (*watch)->wait_writable();
  watch->reset();
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(counter.readable + counter.writable, 0);
  char byte;
  EXPECT_EQ(::read(peer.number(), &byte, 1), 0) << "the descriptor is closed";
}

}  // namespace
}  // namespace gregor::server
