// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/acceptor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/mailbox.h"
#include "server/test_client.h"

namespace gregor::server {
namespace {

using testing::HasSubstr;

// Keeps what was accepted until the test takes it.
struct AcceptorTest : testing::Test, Acceptor::Host {
  EventLoop loop;
  model::BrokerSettings settings;
  std::unique_ptr<ConnectionQuota> quota;
  std::unique_ptr<Acceptor> acceptor;
  Mailbox<Accepted> accepted_ones;
  Mailbox<std::string> lines;
  std::thread thread;
  std::uint16_t port = 0;
  int descriptors_max = 1 << 20;

  void start(const std::string& host = "127.0.0.1") {
    settings.listeners = {{"PLAINTEXT", model::SecurityProtocol::plaintext, host, 0}};
    quota = std::make_unique<ConnectionQuota>(settings);
    auto bound = bind_listener(settings.listeners.front(), settings);
    ASSERT_TRUE(bound.has_value()) << bound.error().detail;
    port = bound->listener.port;
    EXPECT_FALSE(TestClient::connect(port).open()) << "refused until it listens";
    auto listening = Acceptor::listen(loop, std::move(*bound), 50, descriptors_max, *quota, *this);
    ASSERT_TRUE(listening.has_value());
    acceptor = std::move(*listening);
    thread = std::thread([this] { loop.run(); });
  }
  // Not in the destructor: the thread calls us until it has ended.
  void TearDown() override {
    loop.stop();
    if (thread.joinable()) thread.join();
  }

  std::uint64_t ids = 0;
  broker::ConnectionId next_connection_id() override { return broker::ConnectionId(++ids); }
  void accepted(Accepted connection) override {
    static_cast<void>(accepted_ones.put(std::move(connection)));
  }
  void log(broker::Severity, std::string_view text) override {
    static_cast<void>(lines.put(std::string(text)));
  }

  // The next one that was accepted; waits for it.
  Accepted next() {
    EXPECT_TRUE(wait_until([&] {
      for (auto& connection : accepted_ones.take()) waiting.push_back(std::move(connection));
      return !waiting.empty();
    }));
    if (waiting.empty()) return {};
    Accepted first = std::move(waiting.front());
    waiting.erase(waiting.begin());
    return first;
  }
  std::string next_line() {
    std::vector<std::string> taken;
    EXPECT_TRUE(wait_until([&] {
      taken = lines.take();
      return !taken.empty();
    }));
    return taken.empty() ? "" : taken.front();
  }
  std::vector<Accepted> waiting;
};

int option_of(const Descriptor& socket, int level, int option) {
  int value = -1;
  socklen_t size = sizeof(value);
  EXPECT_EQ(::getsockopt(socket.number(), level, option, &value, &size), 0);
  return value;
}

TEST_F(AcceptorTest, ConnectionsComeWithTheirPeerAndTheSettingsOfTheirSockets) {
  settings.socket_send_buffer_bytes = 50'000;
  settings.socket_receive_buffer_bytes = 60'000;
  start();
  const TestClient client = TestClient::connect(port);
  const Accepted connection = next();
  EXPECT_EQ(connection.id, broker::ConnectionId(1));
  EXPECT_EQ(connection.address, "127.0.0.1");
  EXPECT_THAT(connection.peer, HasSubstr("127.0.0.1:"));
  EXPECT_EQ(connection.listener, "PLAINTEXT");
  EXPECT_NE(option_of(connection.socket, IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(option_of(connection.socket, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option_of(connection.socket, SOL_SOCKET, SO_SNDBUF), 100'000) << "the kernel doubles";
  EXPECT_EQ(option_of(connection.socket, SOL_SOCKET, SO_RCVBUF), 120'000);
  EXPECT_TRUE(::fcntl(connection.socket.number(), F_GETFL) & O_NONBLOCK);
}

TEST_F(AcceptorTest, AListenerWithoutHostTakesConnectionsOfBothFamilies) {
  start("");
  const TestClient client = TestClient::connect(port);
  EXPECT_EQ(next().address, "127.0.0.1") << "not ::ffff:127.0.0.1";
}

TEST_F(AcceptorTest, AnAddressWithTooManyConnectionsIsTurnedAwayWithALine) {
  settings.max_connections_per_ip = 1;
  start();
  const TestClient first = TestClient::connect(port);
  Accepted kept = next();
  TestClient second = TestClient::connect(port);
  EXPECT_TRUE(second.is_closed());
  EXPECT_THAT(next_line(), HasSubstr("max.connections.per.ip"));
}

TEST_F(AcceptorTest, BeyondMaxConnectionsClientsWaitUntilOneLeaves) {
  settings.max_connections = 1;
  start();
  const TestClient first = TestClient::connect(port);
  Accepted kept = next();
  const TestClient second = TestClient::connect(port);
  EXPECT_TRUE(second.open()) << "in the listen queue";
  quota->release(kept.address);
  EXPECT_EQ(next().id, broker::ConnectionId(2));
}

TEST_F(AcceptorTest, WithoutDescriptorsClientsWaitAndOneLineSaysSo) {
  // The next descriptors are free; the one after them is one too many.
  const int next_free = ::dup(0);
  ::close(next_free);
  descriptors_max = next_free + 12;  // the loop, the listener and the clients of this test
  start();
  std::vector<TestClient> clients;
  std::vector<Accepted> kept;
  EXPECT_TRUE(wait_until([&] {
    clients.push_back(TestClient::connect(port));
    for (auto& connection : accepted_ones.take()) kept.push_back(std::move(connection));
    return !lines.take().empty();
  }));
  kept.clear();
  clients.clear();
  TestClient late = TestClient::connect(port);
  EXPECT_TRUE(next().socket.open()) << "served again, by itself";
}

TEST_F(AcceptorTest, WhatCannotBeBoundIsNamed) {
  start();
  const model::Listener taken{"PLAINTEXT", model::SecurityProtocol::plaintext, "127.0.0.1", port};
  const auto bound = bind_listener(taken, settings);
  ASSERT_FALSE(bound.has_value());
  EXPECT_THAT(bound.error().detail, HasSubstr("PLAINTEXT://127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(bound.error().detail, HasSubstr("Address already in use"));
}

}  // namespace
}  // namespace gregor::server
