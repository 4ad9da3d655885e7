// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: a real ZooKeeper server, if the machine has one. GREGOR_ZOOKEEPER_JARS names the
// folder with its jars (./dev interop zookeeper fetches them and says so); without it such tests
// are skipped.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#define THREADED  // the library's header: with its own threads
#include <zookeeper/zookeeper.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "coordination/port.h"
#include "server/temporary_folder.h"
#include "server/test_client.h"

namespace gregor::server::test {

inline std::optional<std::string> zookeeper_jars() {
  const char* const folder = std::getenv("GREGOR_ZOOKEEPER_JARS");
  return folder == nullptr ? std::nullopt : std::optional<std::string>(folder);
}

class ZooKeeperProcess {
 public:
  ZooKeeperProcess() : port_(free_port()) { start(); }
  ~ZooKeeperProcess() { kill(); }
  ZooKeeperProcess(const ZooKeeperProcess&) = delete;
  ZooKeeperProcess& operator=(const ZooKeeperProcess&) = delete;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // Returns when it takes connections. What it knew is what its files say.
  void start() {
    std::array<std::string, 11> words = {"java",
                                         "-Xmx256m",
                                         "-XX:+UseSerialGC",
                                         "-Dzookeeper.admin.enableServer=false",
                                         "-cp",
                                         *zookeeper_jars() + "/*",
                                         "org.apache.zookeeper.server.ZooKeeperServerMain",
                                         std::to_string(port_),
                                         folder_.path(),
                                         "2000",
                                         "0"};
    std::array<char*, 12> arguments{};
    for (std::size_t at = 0; at < words.size(); ++at) arguments[at] = words[at].data();
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO})
      ::posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_WRONLY, 0);
    ASSERT_EQ(::posix_spawnp(&process_, "java", &files, nullptr, arguments.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&files);
    ASSERT_TRUE(wait_until([this] { return TestClient::connect(port_).open(); }));
  }
  void kill() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  static std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length), 0);
    ::close(socket);
    return ntohs(address.sin_port);
  }

  TemporaryFolder folder_;
  std::uint16_t port_;
  pid_t process_ = 0;
};

// ZooKeeper derives a session's password from its id, by Java's generator of random numbers
// (SessionTrackerImpl and ZooKeeperServer.generatePasswd).
inline clientid_t credentials_of(coordination::SessionId session) {
  constexpr std::uint64_t factor = 0x5DEECE66D, mask = (std::uint64_t{1} << 48) - 1;
  clientid_t out{.client_id = session.value(), .passwd = {}};
  std::uint64_t state =
      ((static_cast<std::uint64_t>(session.value()) ^ 0xB3415C00) ^ factor) & mask;
  for (std::size_t at = 0; at < sizeof(out.passwd); ++at) {
    if (at % 4 == 0) state = (state * factor + 0xB) & mask;
    out.passwd[at] = static_cast<char>(state >> (16 + 8 * (at % 4)));
  }
  return out;
}

// The library does not wait for ZooKeeper to close a session.
inline void wait_for_end(const ZooKeeperProcess& server, coordination::SessionId session) {
  const clientid_t credentials = credentials_of(session);
  constexpr auto ignore_event = [](zhandle_t*, int, int, const char*, void*) {};
  constexpr auto ignore_line = [](const char*) {};
  bool over = false;
  EXPECT_TRUE(wait_until([&] {
    zhandle_t* const other = zookeeper_init2(server.address().c_str(), ignore_event, 30'000,
                                             &credentials, nullptr, 0, ignore_line);
    static_cast<void>(wait_until([&] {
      over = zoo_state(other) == ZOO_EXPIRED_SESSION_STATE;
      return over || zoo_state(other) == ZOO_CONNECTED_STATE;
    }));
    zookeeper_close(other);
    return over;
  }));
}

// The session ends as if it had run out: another client takes it over and closes it.
inline void end_session_of(const ZooKeeperProcess& server, coordination::SessionId session) {
  const clientid_t credentials = credentials_of(session);
  constexpr auto ignore_event = [](zhandle_t*, int, int, const char*, void*) {};
  constexpr auto ignore_line = [](const char*) {};
  zhandle_t* const other = zookeeper_init2(server.address().c_str(), ignore_event, 30'000,
                                           &credentials, nullptr, 0, ignore_line);
  ASSERT_NE(other, nullptr);
  EXPECT_TRUE(wait_until([&] { return zoo_state(other) == ZOO_CONNECTED_STATE; }));
  zookeeper_close(other);
}

}  // namespace gregor::server::test
