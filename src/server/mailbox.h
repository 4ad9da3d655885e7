// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Letters from any thread to one. The receiver takes all at once, and is woken once for them.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

namespace gregor::server {

template <class Letter>
class Mailbox {
 public:
  // True when the receiver has to be woken: it knows of no letter yet.
  [[nodiscard]] bool put(Letter letter) {
    const std::lock_guard lock(mutex_);
    letters_.push_back(std::move(letter));
    return letters_.size() == 1;
  }

  // In the order in which they were put.
  [[nodiscard]] std::vector<Letter> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Letter> letters_;
};

}  // namespace gregor::server
