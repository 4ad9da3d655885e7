// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Links between nodes and their bridge that pass through this program, so that what goes over them
// can be delayed, lost, doubled, put out of order and throttled: each link is a pair of tap
// devices, and a thread carries the frames from one to the other. Needs no more of the kernel than
// /dev/net/tun.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "base/prng.h"
#include "model/result.h"
#include "server/descriptor.h"

namespace gregor::jepsen {

// How well frames go over a link, in both directions. As it is made: at once, and all of them.
struct Quality {
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds jitter{0};  // up to so much more, for each frame its own
  bool reorders = false;                // later frames may overtake; else jitter never lets them
  std::uint32_t lost_percent = 0;
  std::uint32_t doubled_percent = 0;
  std::uint64_t bytes_per_second = 0;  // 0: as many as there are
};

// What a router does with frames, without devices: when each leaves. One direction of one link;
// times only go forward.
class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Fate {
    std::vector<Time> leaves;  // once, twice or never
  };
  // What becomes of a frame of this size that arrives now.
  Fate take(Time now, std::size_t bytes, const Quality& quality, base::Prng& prng);

 private:
  Time last_{};  // the latest that anybody was told to leave
  Time free_{};  // when the throttled line has sent what it was given
};

class Relay {
 public:
  // Makes a pair of devices of these names for each link; the caller puts them where they belong.
  // Frames are carried from start() on.
  static model::Result<std::unique_ptr<Relay>> make(
      const std::vector<std::pair<std::string, std::string>>& links, std::uint64_t seed);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void start();
  void set(std::size_t link, const Quality& quality);
  void heal();
  // Frames that were delayed, lost, doubled: how often faults hit.
  [[nodiscard]] std::uint64_t hurt() const { return hurt_; }

 private:
  // A device; what comes in there goes out at the other end of its link.
  struct End {
    server::Descriptor device;
    Schedule schedule;
  };
  struct Frame {
    Schedule::Time leaves;
    std::uint64_t number;  // of two that leave at one time the first goes first
    std::size_t to;        // the end where it goes out
    std::string bytes;
    bool operator>(const Frame& other) const {
      return std::tie(leaves, number) > std::tie(other.leaves, other.number);
    }
  };

  explicit Relay(std::uint64_t seed) : prng_(seed) {}
  void run();
  void take_in(std::size_t end);
  void let_out(Schedule::Time now);

  std::vector<End> ends_;  // those of link i are 2i and 2i + 1
  std::priority_queue<Frame, std::vector<Frame>, std::greater<>> waiting_;
  std::uint64_t taken_ = 0;
  base::Prng prng_;
  std::mutex mutex_;  // of the next
  std::vector<Quality> qualities_;
  std::atomic<std::uint64_t> hurt_ = 0;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace gregor::jepsen
