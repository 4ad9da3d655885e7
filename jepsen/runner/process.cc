// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "base/prng.h"
#include "server/descriptor.h"

namespace gregor::jepsen {

using model::ErrorCode;
using server::Descriptor;

namespace {

constexpr std::chrono::milliseconds pause{5};

// The file that a shell would run; empty if there is none.
std::string find_program(const std::string& name) {
  if (name.contains('/')) return name;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes its environment
  const char* const path = std::getenv("PATH");
  std::string rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    const std::string candidate = rest.substr(0, end) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  return {};
}

// In the child, between fork and exec: nothing here may allocate.
[[noreturn]] void become(const char* program, char* const* arguments, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::execv(program, arguments);
  ::_exit(127);
}

}  // namespace

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_code_(other.exit_code_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill();
    pid_ = std::exchange(other.pid_, -1);
    exit_code_ = other.exit_code_;
  }
  return *this;
}

model::Result<Process> Process::start(const Command& command) {
  const std::string program = find_program(command.words.front());
  if (program.empty())
    return model::fail(ErrorCode::invalid_request, command.words.front() + ": no such program");
  std::vector<std::string> words = command.words;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Descriptor log(
      ::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.open())
    return model::fail(ErrorCode::kafka_storage_error, command.log.string() + ": cannot be opened");
  const pid_t child = ::fork();
  if (child < 0) return model::fail(ErrorCode::unknown_server_error, "fork failed");
  if (child == 0) become(program.c_str(), arguments.data(), log.number());
  ::setpgid(child, child);  // both do it, so that it is done when either goes on
  return Process(child);
}

bool Process::alive() {
  if (pid_ < 0) return false;
  int status = 0;
  if (server::uninterrupted([&] { return ::waitpid(pid_, &status, WNOHANG); }) == 0) return true;
  pid_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Process::signal(int number) const {
  if (pid_ > 0) ::kill(-pid_, number);
}

bool Process::wait(std::chrono::milliseconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (alive()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

void Process::kill() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  server::uninterrupted([&] { return ::waitpid(pid_, nullptr, 0); });
  pid_ = -1;
}

model::Result<> run_to_end(const Command& command, std::chrono::milliseconds deadline) {
  auto process = Process::start(command);
  if (!process) return model::fail(process.error());
  const std::string who = fmt::format("{} (see {})", command.words.front(), command.log.string());
  if (!process->wait(deadline))
    return model::fail(ErrorCode::request_timed_out, who + " does not end");
  if (process->exit_code() != 0)
    return model::fail(ErrorCode::unknown_server_error,
                       fmt::format("{} ended with {}", who, process->exit_code()));
  return {};
}

std::uint16_t free_port() {
  constexpr std::int64_t lowest = 10'000, highest = 32'000;
  static base::Prng prng(std::random_device{}());
  while (true) {
    const auto port = static_cast<std::uint16_t>(prng.between(lowest, highest));
    const Descriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(probe.number(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0)
      return port;
  }
}

}  // namespace gregor::jepsen
