// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A program under our control: started, sent signals, waited for. It dies with us, whatever kills
// us, and what it prints goes to a file.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "model/result.h"

namespace gregor::jepsen {

struct Command {
  std::vector<std::string> words;  // the program first; found along PATH
  std::filesystem::path log;       // standard output and error are added to it
};

class Process {
 public:
  Process() = default;
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process() { kill(); }

  // Only the thread that starts a process may not end before it: the kernel ties the two.
  static model::Result<Process> start(const Command& command);

  // Whether it has not ended yet (a stopped one has not).
  [[nodiscard]] bool alive();
  // How it ended, once alive() said so: an exit code, or 128 and the signal, as shells have it.
  [[nodiscard]] int exit_code() const { return exit_code_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  // True once it has ended; false after the deadline.
  bool wait(std::chrono::milliseconds deadline);
  // SIGKILL, also to a stopped one, and the end.
  void kill();

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;  // -1: not running; the leader of a group of its own
  int exit_code_ = 0;
};

// Runs a command to its end; an error with the exit code if that is not 0.
model::Result<> run_to_end(const Command& command, std::chrono::milliseconds deadline);

// A TCP port of 127.0.0.1 that nobody uses now, below those that the kernel gives to outgoing
// connections: else a client that knocks at a dead broker could be given the broker's own port.
std::uint16_t free_port();

}  // namespace gregor::jepsen
