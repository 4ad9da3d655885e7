// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/detached_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>

#include "server/descriptor.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;
using server::Descriptor;
using server::uninterrupted;

std::unexpected<model::Error> failure(const std::string& what, int number) {
  return model::fail(ErrorCode::unknown_server_error,
                     fmt::format("{}: {}", what, std::generic_category().message(number)));
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// State and start time of a line in /proc/PID/stat, the 3rd and the 22nd field. The 2nd is the
// program's name in brackets, and may hold anything.
struct Stat {
  char state = 'Z';
  std::string start_time;
};

std::optional<Stat> parse_stat(const std::string& line) {
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  constexpr std::size_t start_time = 22 - 3;
  if (fields.size() <= start_time) return std::nullopt;
  return Stat{fields[0][0], fields[start_time]};
}

struct Pipe {
  Descriptor read_end, write_end;
};

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure("pipe", errno);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// After fork, hence only what is safe in a signal handler. Begins the program once a byte came
// from `go`; tells `failed` why it could not.
[[noreturn]] void become(char* const* arguments, const char* folder, int log, int go, int failed) {
  char ignored = 0;
  if (uninterrupted([&] { return ::read(go, &ignored, 1); }) != 1) ::_exit(1);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::setsid();
  if (::chdir(folder) == 0) ::execvp(arguments[0], arguments);
  const int why = errno;
  static_cast<void>(!::write(failed, &why, sizeof(why)));
  ::_exit(127);
}

}  // namespace

std::optional<ProcessName> process_of(pid_t pid) {
  const auto stat = parse_stat(text_of(fmt::format("/proc/{}/stat", pid)));
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  std::string boot = text_of("/proc/sys/kernel/random/boot_id");
  std::erase(boot, '\n');
  return ProcessName{pid, fmt::format("{}@{}", stat->start_time, boot)};
}

bool runs(const ProcessName& process) { return process_of(process.pid) == process; }

Result<ProcessName> start_detached(const Launch& launch,
                                   const std::function<Result<>(const ProcessName&)>& record) {
  const Descriptor log(::open(launch.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.open()) return failure(launch.log, errno);
  auto go = open_pipe();
  if (!go) return model::fail(go.error());
  auto failed = open_pipe();
  if (!failed) return model::fail(failed.error());
  std::vector<std::string> words = launch.command;
  std::vector<char*> arguments;
  std::ranges::transform(words, std::back_inserter(arguments),
                         [](std::string& word) { return word.data(); });
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return failure("fork", errno);
  if (child == 0) {
    ::close(go->write_end.number());
    become(arguments.data(), launch.folder.c_str(), log.number(), go->read_end.number(),
           failed->write_end.number());
  }
  failed->write_end = Descriptor();
  const auto name = process_of(child);
  const auto recorded = name ? record(*name) : Result<>(failure("fork", ESRCH));
  if (recorded) static_cast<void>(!::write(go->write_end.number(), "", 1));
  go->write_end = Descriptor();
  if (!recorded) {
    ::waitpid(child, nullptr, 0);
    return model::fail(recorded.error());
  }
  int why = 0;
  if (uninterrupted([&] { return ::read(failed->read_end.number(), &why, sizeof(why)); }) > 0) {
    ::waitpid(child, nullptr, 0);
    return failure(launch.command.front(), why);
  }
  return *name;
}

bool send_signal(const ProcessName& process, int number) {
  return runs(process) && ::kill(process.pid, number) == 0;
}

bool wait_for_end(const ProcessName& process, std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds pause{10};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (runs(process)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

std::optional<int> parse_signal(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return static_cast<char>(std::toupper(c)); });
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (int number = 1; number < NSIG; ++number) {
    const char* const known = ::sigabbrev_np(number);
    if (name == std::to_string(number) || (known != nullptr && name == known)) return number;
  }
  return std::nullopt;
}

}  // namespace gregor::cli
