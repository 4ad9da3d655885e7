// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Connections to other brokers, with real sockets: the loop has a thread of its own, the peer is a
// listener of the test.
#include "server/peer_connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "broker/messages.h"
#include "server/clock.h"
#include "server/test_client.h"

namespace gregor::server {
namespace {

using broker::PeerRequestId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t long_enough_ms = 60'000;

// A peer that listens on a port of its own and is served by the test by hand.
class Peer {
 public:
  Peer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_.number(), 8), 0);
    EXPECT_EQ(::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] broker::PeerAddress address(const std::string& host = "127.0.0.1") const {
    return {host, port_};
  }
  // The next who calls; closed when nobody does in time.
  TestClient accept() {
    pollfd wait{socket_.number(), POLLIN, 0};
    if (::poll(&wait, 1, 1000 * TestClient::deadline_seconds) <= 0) return TestClient(Descriptor());
    return TestClient(Descriptor(::accept(socket_.number(), nullptr, nullptr)));
  }
  void stop_listening() { socket_ = Descriptor(); }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

std::string number(std::int32_t value) {
  base::Bytes bytes;
  base::append_big_endian(bytes, value);
  return std::string(base::as_text(bytes));
}

// What a header begins with: API key and version, correlation id.
std::string request_of(std::int32_t correlation, const std::string& text) {
  return std::string(4, '\0') + number(correlation) + text;
}
std::string response_of(std::int32_t correlation, const std::string& text) {
  return framed(number(correlation) + text);
}

class PeerConnectionsTest : public testing::Test, PeerConnections::Host {
 protected:
  // Not in constructor and destructor, while the object is not yet or no longer a whole one.
  void SetUp() override {
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    loop_.stop();
    thread_.join();
  }

  void send(std::uint64_t id, const broker::PeerAddress& to, const std::string& text,
            broker::PeerLane lane = broker::PeerLane::control,
            std::int64_t timeout_ms = long_enough_ms) {
    const std::string frame = framed(request_of(static_cast<std::int32_t>(id), text));
    loop_.post([=, this] {
      peers_.send({PeerRequestId(id), to, lane, base::to_bytes(base::as_bytes(frame)),
                   monotonic_now() + timeout_ms});
    });
  }

  // As soon as so many events have come, in all; what came until the deadline if they never do.
  std::vector<std::string> events(std::size_t so_many) {
    const auto now = [&] {
      const std::lock_guard lock(mutex_);
      return events_;
    };
    EXPECT_TRUE(wait_until([&] { return now().size() >= so_many; }));
    return now();
  }
  std::size_t connections() {
    std::promise<std::size_t> size;
    loop_.post([&] { size.set_value(peers_.size()); });
    return size.get_future().get();
  }

  void peer_event(broker::Event event) override {
    {
      const std::lock_guard lock(mutex_);
      if (const auto* replied = std::get_if<broker::PeerReplied>(&event))
        events_.push_back(to_string(replied->id) + " " +
                          std::string(base::as_text(replied->frame.subspan(4))));
      else if (const auto* failed = std::get_if<broker::PeerFailed>(&event))
        events_.push_back(to_string(failed->id) + " failed: " + failed->reason);
    }
    if (on_event_) on_event_();
  }
  void end_turn() override { ++turns_; }

  EventLoop loop_;
  MemoryBudget budget_{1 << 20};
  std::vector<std::byte> buffers_ = std::vector<std::byte>(2 << 16);
  ConnectionResources resources_{loop_, budget_, 1 << 20,
                                 base::MutableBytesView(buffers_).first(1 << 16),
                                 base::MutableBytesView(buffers_).subspan(1 << 16)};
  PeerConnections peers_{resources_, *this};
  std::function<void()> on_event_;  // on the loop's thread
  std::atomic<std::size_t> turns_ = 0;
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::thread thread_;
};

TEST_F(PeerConnectionsTest, RequestsLeaveInOrderAndResponsesFindThem) {
  Peer peer;
  send(1, peer.address(), "one");
  TestClient first = peer.accept();
  send(2, peer.address("localhost"), "by name");
  TestClient second = peer.accept();
  send(3, peer.address(), "three");
  ASSERT_EQ(first.receive_frame(), request_of(1, "one"));
  ASSERT_EQ(first.receive_frame(), request_of(3, "three"));
  ASSERT_EQ(second.receive_frame(), request_of(2, "by name"));
  second.send(response_of(2, "b"));
  events(1);
  first.send(response_of(1, "a") + response_of(3, "c"));
  EXPECT_THAT(events(3), ElementsAre("2 b", "1 a", "3 c"));
  EXPECT_EQ(connections(), 2u);
  EXPECT_GT(turns_, 0u);
}

TEST_F(PeerConnectionsTest, LanesDoNotWaitForEachOther) {
  Peer peer;
  send(1, peer.address(), "long poll", broker::PeerLane::fetch);
  TestClient fetch = peer.accept();
  send(2, peer.address(), "control");
  TestClient control = peer.accept();
  control.send(response_of(2, "now"));
  events(1);
  fetch.send(response_of(1, "later"));
  EXPECT_THAT(events(2), ElementsAre("2 now", "1 later"));
}

TEST_F(PeerConnectionsTest, ALargeResponseArrivesWholeAndLeavesNoMemoryBehind) {
  Peer peer;
  send(1, peer.address(), "much");
  TestClient client = peer.accept();
  const std::string much(700'000, 'x');
  client.send(response_of(1, much));
  EXPECT_EQ(events(1).at(0), "1 " + much);
  EXPECT_TRUE(wait_until([&] { return budget_.used() == 0; }));
}

TEST_F(PeerConnectionsTest, ABrokenConnectionFailsWhatWaitsAndTheNextRequestMakesANewOne) {
  Peer peer;
  send(1, peer.address(), "one");
  TestClient client = peer.accept();
  send(2, peer.address(), "two");
  client.send(response_of(1, "a") + number(16) + "half");
  events(1);
  client.close();
  EXPECT_THAT(events(2).at(1), StartsWith("2 failed: 127.0.0.1:"));
  EXPECT_EQ(connections(), 0u);
  send(3, peer.address(), "three");
  TestClient again = peer.accept();
  again.send(response_of(3, "c"));
  EXPECT_EQ(events(3).at(2), "3 c");
}

TEST_F(PeerConnectionsTest, WhoeverHearsOfAFailureMayAskAgainAtOnce) {
  Peer peer;
  on_event_ = [&, once = true]() mutable {
    if (std::exchange(once, false)) send(2, peer.address(), "two");
  };
  send(1, peer.address(), "one");
  peer.accept().close();
  TestClient again = peer.accept();
  again.send(response_of(2, "b"));
  EXPECT_THAT(events(2), ElementsAre(StartsWith("1 failed"), "2 b"));
}

TEST_F(PeerConnectionsTest, NobodyListens) {
  Peer peer;
  peer.stop_listening();
  send(1, peer.address(), "one");
  const std::string event = events(1).at(0);
  EXPECT_THAT(event, StartsWith("1 failed: 127.0.0.1:"));
  EXPECT_THAT(event, HasSubstr("connect: "));
}

TEST_F(PeerConnectionsTest, ANameThatDoesNotExist) {
  send(1, {"no-such-host.invalid", 9}, "one");
  EXPECT_THAT(events(1).at(0), StartsWith("1 failed: no-such-host.invalid:9: cannot resolve"));
}

TEST_F(PeerConnectionsTest, APeerThatAnswersInTheWrongOrderIsNotBelieved) {
  Peer peer;
  send(1, peer.address(), "one");
  send(2, peer.address(), "two");
  TestClient client = peer.accept();
  ASSERT_TRUE(client.receive_frame());
  ASSERT_TRUE(client.receive_frame());
  client.send(response_of(2, "b") + response_of(1, "a"));
  EXPECT_THAT(events(2), ElementsAre(StartsWith("1 failed"), StartsWith("2 failed")));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(PeerConnectionsTest, APeerThatSpeaksUnaskedIsLeft) {
  Peer peer;
  send(1, peer.address(), "one");
  TestClient client = peer.accept();
  client.send(response_of(1, "a") + response_of(2, "surplus"));
  EXPECT_TRUE(wait_until([&] { return connections() == 0; }));
  EXPECT_THAT(events(1), ElementsAre("1 a"));
}

TEST_F(PeerConnectionsTest, ASilentPeerIsLeftAtTheFirstDeadline) {
  Peer peer;
  send(1, peer.address(), "patient");
  send(2, peer.address(), "impatient", broker::PeerLane::control, 10);
  EXPECT_THAT(events(2), ElementsAre(StartsWith("1 failed"), HasSubstr("no answer in time")));
}

TEST_F(PeerConnectionsTest, AFrameOfImpossibleLengthEndsIt) {
  Peer peer;
  send(1, peer.address(), "one");
  TestClient client = peer.accept();
  client.send(number(-5) + number(1));
  EXPECT_THAT(events(1).at(0), StartsWith("1 failed"));
  EXPECT_EQ(connections(), 0u);
}

}  // namespace
}  // namespace gregor::server
