// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The node's limit on bytes in flight: what has arrived and is not handled yet, and what is to be
// sent and has not left. The limit is kept by not reading from sockets, so it never refuses bytes
// that are already here: while it is exceeded nothing more is read. The excess is at most one read
// of 256 KiB a shard and the replies of the requests at hand.
// Shared by all shards; every member may be called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace gregor::server {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit) : limit_(limit) {}

  // Part of the budget that one holder uses; given back when it goes.
  class Share {
   public:
    explicit Share(MemoryBudget& budget) : budget_(budget) {}
    ~Share() { set(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    void set(std::uint64_t bytes);
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

   private:
    MemoryBudget& budget_;
    std::uint64_t bytes_ = 0;
  };

  [[nodiscard]] bool exhausted() const { return used_.load() >= limit_; }
  [[nodiscard]] std::uint64_t used() const { return used_.load(); }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }

  // Calls `relieved` once, as soon as the budget is not exhausted (now, if it is not); from the
  // thread that gave memory back, so it should only post.
  void when_relieved(std::function<void()> relieved);

 private:
  void give_back(std::uint64_t bytes);

  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace gregor::server
