// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The threads of a run: each is one process at a time, with one operation open at a time, as
// Jepsen has it.
#pragma once

#include <chrono>
#include <thread>
#include <vector>

#include "jepsen/runner/recorder.h"
#include "jepsen/runner/workload.h"

namespace gregor::jepsen {

struct ClientsOptions {
  std::int32_t threads = 10;
  double rate = 0;  // operations a second, of all together; 0: as fast as they can
  std::chrono::milliseconds duration{30'000};
  std::uint64_t seed = 0;
};

// Begins at once; the destructor waits until every thread has finished its last operation.
class Clients {
 public:
  Clients(const ClientsOptions& options, Workload& workload, Recorder& recorder);
  ~Clients() { wait(); }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  void wait();

 private:
  std::vector<std::thread> threads_;
};

// The final reads, by a process of its own; true when all of them succeeded before the deadline.
bool read_everything(Workload& workload, Recorder& recorder, const ClientsOptions& options,
                     std::chrono::milliseconds deadline);

}  // namespace gregor::jepsen
