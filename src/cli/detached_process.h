// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Processes that go on when the one that started them has ended, and that a later one finds again
// by what it wrote down: a process id alone may have been given to somebody else meanwhile.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace gregor::cli {

struct ProcessName {
  pid_t pid = 0;
  std::string birth;  // when it began, in the kernel's words, and since which start of the machine
  friend bool operator==(const ProcessName&, const ProcessName&) = default;
};

// nullopt when there is none, or it has ended and nobody has asked yet how.
std::optional<ProcessName> process_of(pid_t pid);
bool runs(const ProcessName& process);

struct Launch {
  std::vector<std::string> command;  // found as a shell finds it
  std::string folder;                // where it runs
  std::string log;                   // where both its outputs are appended
};

// Starts a program in a session of its own. `record` is called with the name of the process before
// the program begins; when it fails, or when this process dies before it returned, the program
// never begins. So none runs that is not recorded.
model::Result<ProcessName> start_detached(
    const Launch& launch, const std::function<model::Result<>(const ProcessName&)>& record);

// False when it is not there any more.
bool send_signal(const ProcessName& process, int number);
// False when it is still there after that time.
bool wait_for_end(const ProcessName& process, std::chrono::milliseconds timeout);

// "KILL", "sigterm", "9"; nullopt for what is no signal.
std::optional<int> parse_signal(std::string_view text);

}  // namespace gregor::cli
