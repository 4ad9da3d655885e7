// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A few threads for work that blocks (fdatasync), so that shards never do. Threads start when there
// is work for them and none is free; a node that syncs nothing has none.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gregor::server {

class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads_max) : threads_max_(threads_max) {}
  ~WorkerPool();  // after all that was submitted has run
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void submit(std::function<void()> work);  // from any thread

 private:
  void serve();

  const std::size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t free_ = 0;
  bool ending_ = false;
};

}  // namespace gregor::server
