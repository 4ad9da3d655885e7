// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The client against a real ZooKeeper, which is killed and started again where that is the point.
#include "server/zookeeper_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "base/assert.h"
#include "server/service_driver.h"
#include "server/zookeeper_process.h"

namespace gregor::server {
namespace {

using namespace coordination;
using test::ListenedService;
using ::testing::HasSubstr;

constexpr int session_timeout_ms = 30'000;

// One server for all tests of this program that leave it alone.
test::ZooKeeperProcess& shared_server() {
  static test::ZooKeeperProcess server;
  return server;
}

std::unique_ptr<CoordinationService> open(const std::string& connect,
                                          CoordinationService::Deliver deliver) {
  auto address = parse_zookeeper_address(connect);
  ASSERT(address.has_value());
  auto client = ZooKeeperClient::connect({.address = *address,
                                          .session_timeout_ms = session_timeout_ms,
                                          .connection_timeout_ms = 30'000,
                                          .in_flight_max = 10},
                                         std::move(deliver), [](broker::Severity, auto) {});
  ASSERT(client.has_value(), client.error().detail);
  return std::move(*client);
}

// A session that is asked one thing at a time.
struct Session : ListenedService {
  explicit Session(const std::string& connect) {
    service = open(connect, listener());
    service->start();
    id = wait_for_session();
  }
  void submit(Operation operation) {
    last = RequestId(last.value() + 1);
    service->submit({{last, std::move(operation)}});
  }
  // What it is told until the answer comes; the answer is the last.
  std::vector<CoordinationEvent> ask(Operation operation) {
    submit(std::move(operation));
    return wait_for_reply(last);
  }
  Reply answer(Operation operation) {
    auto told = ask(std::move(operation));
    return told.empty() ? Reply{} : std::get<Reply>(std::move(told.back()));
  }

  SessionId id;
  RequestId last{0};
};

std::string status_text(const CoordinationEvent& event) {
  if (const auto* reply = std::get_if<Reply>(&event))
    return "reply " + std::to_string(static_cast<int>(reply->status));
  if (const auto* fired = std::get_if<WatchFired>(&event)) return "watch " + fired->path;
  return std::holds_alternative<ConnectionRestored>(event) ? "restored" : "session";
}

struct RealZooKeeper : ::testing::Test {
  void SetUp() override {
    if (!test::zookeeper_jars()) GTEST_SKIP() << "GREGOR_ZOOKEEPER_JARS is not set";
  }
};

TEST_F(RealZooKeeper, BehavesAsTheTree) {
  std::atomic<int> runs = 0;
  const bool alike = rc::check("ZooKeeper and the tree leave the same transcript", [&] {
    const auto script = *test::any_script();
    const std::string chroot = "/run" + std::to_string(++runs) + "/below";
    test::ServiceDriver driver(
        [&](CoordinationService::Deliver deliver) {
          return open(shared_server().address() + chroot, std::move(deliver));
        },
        [](SessionId session) { test::wait_for_end(shared_server(), session); });
    test::expect_alike(driver, script);
  });
  EXPECT_TRUE(alike);
}

TEST_F(RealZooKeeper, TellsTheStatsOfWhatAMultiCreates) {
  Session session(shared_server().address() + "/stats");
  const Reply made = session.answer(
      Multi{{Create{"/a", ""}, Create{"/a/b", "x"}, Create{"/a/e", "y", CreateMode::ephemeral}}});
  const auto& results = std::get<MultiReply>(made.content).results;
  const auto read = [&](const std::string& path) {
    return std::get<DataReply>(session.answer(GetData{path}).content).stat;
  };
  EXPECT_EQ(results[1].stat, read("/a/b"));
  EXPECT_EQ(results[2].stat, read("/a/e"));
  EXPECT_EQ(results[2].stat.ephemeral_owner, session.id);
  EXPECT_EQ(results[0].stat.czxid, read("/a").czxid);
}

TEST_F(RealZooKeeper, GoesOnInItsSessionWhenTheServerWasKilled) {
  test::ZooKeeperProcess server;
  Session session(server.address());
  session.answer(Multi{{Create{"/seen", ""}}});
  session.answer(Multi{{Create{"/ours", "", CreateMode::ephemeral}}});
  session.answer(GetData{"/seen", true});
  session.answer(GetData{"/absent", true});

  server.kill();
  // Told when there is a connection again: not applied, or applied, and nobody knows.
  session.submit(Multi{{SetData{"/seen", "lost"}}});
  server.start();
  const auto after_loss = session.wait_for_reply(session.last);
  const Status status = std::get<Reply>(after_loss.back()).status;
  EXPECT_TRUE(status == Status::connection_loss || status == Status::ok);
  EXPECT_EQ(status_text(after_loss.front()), "restored");
  for (const CoordinationEvent& event : after_loss)
    EXPECT_FALSE(std::holds_alternative<SessionOpened>(event));

  const Reply ours = session.answer(GetData{"/ours"});
  ASSERT_EQ(ours.status, Status::ok);
  EXPECT_EQ(std::get<DataReply>(ours.content).stat.ephemeral_owner, session.id);

  // The watches were set anew.
  Session other(server.address());
  other.answer(Multi{{SetData{"/seen", "found"}, Create{"/absent", ""}}});
  std::vector<std::string> told;
  if (status == Status::ok) told.push_back("watch /seen");
  for (const CoordinationEvent& event : session.ask(GetData{"/seen"}))
    told.push_back(status_text(event));
  EXPECT_THAT(told, ::testing::UnorderedElementsAre("watch /seen", "watch /absent", "reply 0"));
  EXPECT_EQ(told.back(), "reply 0");
}

TEST_F(RealZooKeeper, RequestsUnderWayEndInConnectionLossInTheirOrder) {
  test::ZooKeeperProcess server;
  Session session(server.address());
  constexpr int count = 200;
  for (int i = 0; i < count; ++i) session.submit(Multi{{Create{"/n" + std::to_string(i), ""}}});
  server.kill();
  server.start();
  std::uint64_t expected = 0;
  int lost = 0;
  for (const CoordinationEvent& event : session.wait_for_reply(session.last)) {
    const auto* reply = std::get_if<Reply>(&event);
    if (reply == nullptr) continue;
    EXPECT_EQ(reply->id, RequestId(++expected));
    EXPECT_TRUE(reply->status == Status::ok || reply->status == Status::connection_loss);
    lost += reply->status == Status::connection_loss ? 1 : 0;
  }
  EXPECT_EQ(expected, count);
  const auto names = std::get<ChildrenReply>(session.answer(GetChildren{"/"}).content).names;
  EXPECT_GE(static_cast<int>(names.size()) - 1, count - lost);  // with /zookeeper
}

TEST_F(RealZooKeeper, ALostSessionIsFollowedByAnother) {
  const std::string connect = shared_server().address() + "/expiry";
  Session session(connect);
  session.answer(Multi{{Create{"/ours", "", CreateMode::ephemeral}}});
  session.answer(GetData{"/absent", true});
  Session other(connect);
  other.answer(GetData{"/ours", true});
  test::end_session_of(shared_server(), session.id);

  const SessionId next = session.wait_for_session();
  EXPECT_NE(next, session.id);
  EXPECT_EQ(session.answer(GetData{"/ours"}).status, Status::no_node);
  const auto told = other.ask(GetData{"/ours"});
  EXPECT_EQ(status_text(told.front()), "watch /ours");
  EXPECT_EQ(std::get<Reply>(told.back()).status, Status::no_node);
  const Reply made = session.answer(Multi{{Create{"/ours", "", CreateMode::ephemeral}}});
  EXPECT_EQ(std::get<MultiReply>(made.content).results[0].stat.ephemeral_owner, next);
  // The watches went with the session.
  other.answer(Multi{{Create{"/absent", ""}}});
  EXPECT_EQ(session.ask(GetData{"/absent"}).size(), std::size_t{1});
}

TEST(ZooKeeperClient, SaysThatNobodyIsThere) {
  const auto address = parse_zookeeper_address("127.0.0.1:1");
  const auto client = ZooKeeperClient::connect(
      {.address = *address, .connection_timeout_ms = 50}, [](auto) {},
      [](broker::Severity, auto) {});
  ASSERT_FALSE(client.has_value());
  EXPECT_THAT(client.error().detail, HasSubstr("ZooKeeper at 127.0.0.1:1 could not be reached"));
}

TEST(ZooKeeperAddress, IsServersAndAPath) {
  const auto address = parse_zookeeper_address("a,b:1,[::1]:2/kafka/x");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->hosts, "a:2181,b:1,[::1]:2");
  EXPECT_EQ(address->chroot, "/kafka/x");
  EXPECT_EQ(address->outer("/"), "/kafka/x");
  EXPECT_EQ(address->outer("/brokers"), "/kafka/x/brokers");
  EXPECT_EQ(address->inner("/kafka/x/brokers"), "/brokers");
  EXPECT_EQ(address->inner("/kafka/x"), "/");
  for (const char* const bad : {"", "a,", "a:x", "a:0", "a:70000", ":1", "a/b/", "a//b", "a b"})
    EXPECT_FALSE(parse_zookeeper_address(bad).has_value()) << bad;
  EXPECT_EQ(parse_zookeeper_address("a/")->chroot, "");
}

}  // namespace
}  // namespace gregor::server
