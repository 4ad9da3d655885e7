// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A whole node with real sockets, threads and files, and a small client of its own.
#include "server/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "broker/testing/requests.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "server/temporary_folder.h"
#include "server/test_client.h"
#include "server/zookeeper_process.h"

namespace gregor::server {
namespace {

using broker::FetchFrom;
using ::testing::HasSubstr;

// A node on its own thread, on a port that the system chose.
class RunningNode {
 public:
  explicit RunningNode(const std::string& folder, model::SettingMap settings = {}) {
    settings.emplace("listeners", "PLAINTEXT://127.0.0.1:0");
    settings.emplace("log.dirs", folder);
    auto loaded = model::broker_settings_from(std::move(settings));
    EXPECT_TRUE(loaded.has_value()) << loaded.error().detail;
    const auto log = [this](broker::Severity severity, std::string_view text) {
      if (severity >= broker::Severity::warning) lines_.put(std::string(text));
    };
    auto node = Node::open(std::move(loaded->settings), log);
    EXPECT_TRUE(node.has_value()) << node.error().detail;
    if (!node) return;
    node_ = std::move(*node);
    std::promise<void> ready;
    thread_ = std::thread([&] { result_ = node_->run([&](const Node&) { ready.set_value(); }); });
    EXPECT_EQ(ready.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  }
  ~RunningNode() { kill(); }

  [[nodiscard]] std::uint16_t port() const { return node_->listeners().front().port; }
  [[nodiscard]] TestClient connect() const { return TestClient::connect(port()); }
  std::string wait_for_line() {
    std::vector<std::string> taken;
    EXPECT_TRUE(wait_until([&] {
      taken = lines_.take();
      return !taken.empty();
    }));
    return taken.empty() ? "" : taken.front();
  }

  model::Result<> stop() {
    node_->stop();
    thread_.join();
    node_.reset();
    return result_;
  }
  // As kill -9: nothing is closed, nothing flushed.
  void kill() {
    if (!node_) return;
    node_->abandon();
    thread_.join();
    node_.reset();
  }

 private:
  struct Lines : Mailbox<std::string> {
    void put(std::string line) { static_cast<void>(Mailbox::put(std::move(line))); }
  };
  Lines lines_;
  std::unique_ptr<Node> node_;
  model::Result<> result_;
  std::thread thread_;
};

template <protocol::Message Request>
std::string frame_of(const Request& request, int version, int correlation = 1) {
  const auto frame = protocol::encode_request_frame(
      {.request_api_key = 0,
       .request_api_version = 0,
       .correlation_id = correlation,
       .client_id = "test",
       .unknown_tags = {}},
      request, model::ApiVersion(static_cast<std::int16_t>(version)));
  EXPECT_TRUE(frame.has_value());
  return std::string(base::as_text(*frame));
}

// What the records of a response point to lives as long as this.
template <protocol::Message Message>
struct Answer {
  std::string bytes;
  Message message;
  std::int32_t correlation = 0;
};

template <protocol::Message Response>
std::unique_ptr<Answer<Response>> receive(TestClient& client, int version) {
  auto answer = std::make_unique<Answer<Response>>();
  auto frame = client.receive_frame();
  EXPECT_TRUE(frame.has_value()) << "no response";
  if (!frame) return answer;
  answer->bytes = std::move(*frame);
  base::BytesView rest = base::as_bytes(answer->bytes);
  const model::ApiVersion api_version(static_cast<std::int16_t>(version));
  const auto header =
      protocol::decode_response_header(*protocol::find_api(Response::api_key), api_version, rest);
  EXPECT_TRUE(header.has_value());
  answer->correlation = header->correlation_id;
  auto response = protocol::decode<Response>(rest, api_version);
  EXPECT_TRUE(response.has_value());
  answer->message = std::move(*response);
  return answer;
}

template <protocol::Message Response, protocol::Message Request>
std::unique_ptr<Answer<Response>> call(TestClient& client, const Request& request, int version) {
  EXPECT_TRUE(client.send(frame_of(request, version)));
  return receive<Response>(client, version);
}

void create_topic(TestClient& client, const std::string& name, std::int32_t partitions = 1) {
  const auto answer = call<protocol::CreateTopicsResponse>(
      client, broker::create_topic_request(name, partitions), 7);
  ASSERT_EQ(answer->message.topics.at(0).error_code, model::ErrorCode::none);
}

void expect_produced(const Answer<protocol::ProduceResponse>& answer, int correlation) {
  EXPECT_EQ(answer.correlation, correlation);
  EXPECT_EQ(answer.message.responses.at(0).partition_responses.at(0).error_code,
            model::ErrorCode::none);
}

std::int64_t produce(TestClient& client, const std::string& topic, std::int32_t partition,
                     const std::vector<std::string>& values) {
  const base::Bytes batch = broker::batch_of(values);
  const auto answer =
      call<protocol::ProduceResponse>(client, broker::produce_request(topic, partition, batch), 12);
  const auto& result = answer->message.responses.at(0).partition_responses.at(0);
  EXPECT_EQ(result.error_code, model::ErrorCode::none);
  return result.base_offset;
}

std::vector<std::string> fetch(TestClient& client, const std::string& topic, std::int32_t partition,
                               std::int64_t offset) {
  const auto answer = call<protocol::FetchResponse>(
      client, broker::fetch_request(topic, {{partition, offset, 1 << 30}}), 12);
  const auto& data = answer->message.responses.at(0).partitions.at(0);
  EXPECT_EQ(data.error_code, model::ErrorCode::none);
  return broker::values_in(data, offset);
}

TEST(Node, ProducedRecordsAreFetchedAlsoAfterARestart) {
  const TemporaryFolder folder;
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {
    RunningNode node(folder.path());
    TestClient client = node.connect();
    if (round == 0) create_topic(client, "t", 2);
    const std::string value = "round " + std::to_string(round);
    EXPECT_EQ(produce(client, "t", 1, {value}), round);
    expected.push_back(value);
    EXPECT_EQ(fetch(client, "t", 1, 0), expected);
    EXPECT_TRUE(node.stop());
  }
}

// With a real ZooKeeper, if there is one.
struct RealZooKeeperNode : ::testing::Test {
  void SetUp() override {
    if (!test::zookeeper_jars()) GTEST_SKIP() << "GREGOR_ZOOKEEPER_JARS is not set";
    server.emplace();
  }
  [[nodiscard]] model::SettingMap settings(const std::string& chroot) const {
    return {{"zookeeper.connect", server->address() + chroot},
            {"zookeeper.session.timeout.ms", "4000"},
            {"broker.id", "3"}};
  }
  std::optional<test::ZooKeeperProcess> server;
};

TEST_F(RealZooKeeperNode, KeepsItsTopicsThere) {
  const TemporaryFolder folder;
  for (int round = 0; round < 3; ++round) {
    RunningNode node(folder.path(), settings("/a/b"));
    TestClient client = node.connect();
    if (round == 0) create_topic(client, "t");
    EXPECT_EQ(produce(client, "t", 0, {"x"}), round);
    if (round == 1)
      node.kill();
    else
      EXPECT_TRUE(node.stop());
  }
  // Another cluster knows nothing of them.
  const TemporaryFolder other;
  RunningNode node(other.path(), settings("/c"));
  TestClient client = node.connect();
  create_topic(client, "t");
}

TEST_F(RealZooKeeperNode, IsRefusedWhileAnotherHasItsId) {
  const TemporaryFolder folder, other;
  RunningNode node(folder.path(), settings("/a"));
  auto wanted = settings("/a");
  wanted.emplace("listeners", "PLAINTEXT://127.0.0.1:0");
  wanted.emplace("log.dirs", other.path());
  auto loaded = model::broker_settings_from(std::move(wanted));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  auto second = Node::open(std::move(loaded->settings), [](auto, auto) {});
  ASSERT_TRUE(second.has_value()) << second.error().detail;
  const auto result = (*second)->run([](const Node&) { ADD_FAILURE() << "it serves"; });
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().detail, HasSubstr("broker.id 3 is in use"));
  TestClient client = node.connect();
  create_topic(client, "t");
}

TEST(Node, WhatWasAcknowledgedSurvivesTheDeathOfTheProcess) {
  const TemporaryFolder folder;
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {
    RunningNode node(folder.path());
    TestClient client = node.connect();
    if (round == 0) create_topic(client, "t");
    for (int i = 0; i < 10; ++i) {
      expected.push_back(std::to_string(round) + "/" + std::to_string(i));
      EXPECT_EQ(produce(client, "t", 0, {expected.back()}), std::ssize(expected) - 1);
    }
    EXPECT_EQ(fetch(client, "t", 0, 0), expected);
    node.kill();
  }
}

TEST(Node, PipelinedRequestsAreAnsweredInOrderOverSeveralShards) {
  const TemporaryFolder folder;
  RunningNode node(folder.path(), {{"gregor.shards", "3"}});
  TestClient client = node.connect();
  create_topic(client, "t", 7);
  constexpr int requests = 200;
  std::string stream;
  for (int i = 0; i < requests; ++i) {
    const base::Bytes batch = broker::batch_of({std::to_string(i)});
    if (i % 3 == 0)
      stream += frame_of(protocol::ApiVersionsRequest{}, 2, i);
    else
      stream += frame_of(broker::produce_request("t", i % 7, batch), 12, i);
  }
  std::thread sender([&] { client.send(stream); });
  for (int i = 0; i < requests; ++i) {
    if (i % 3 == 0)
      EXPECT_EQ(receive<protocol::ApiVersionsResponse>(client, 2)->correlation, i);
    else
      expect_produced(*receive<protocol::ProduceResponse>(client, 12), i);
  }
  sender.join();
  std::size_t records = 0;
  for (std::int32_t partition = 0; partition < 7; ++partition)
    records += fetch(client, "t", partition, 0).size();
  EXPECT_EQ(records, 133U);
  EXPECT_TRUE(node.stop());
}

TEST(Node, AWaitingFetchIsAnsweredByTheNextProduce) {
  const TemporaryFolder folder;
  RunningNode node(folder.path(), {{"gregor.shards", "2"}});
  TestClient producer = node.connect();
  TestClient consumer = node.connect();
  create_topic(producer, "t");
  ASSERT_TRUE(consumer.send(frame_of(broker::fetch_request("t", {FetchFrom{}}, 30'000'000), 12)));
  produce(producer, "t", 0, {"here it is"});
  const auto answer = receive<protocol::FetchResponse>(consumer, 12);
  EXPECT_EQ(broker::values_in(answer->message.responses.at(0).partitions.at(0)),
            std::vector<std::string>{"here it is"});
}

TEST(Node, ASlowReaderGetsAllAndHoldsUpNobody) {
  const TemporaryFolder folder;
  RunningNode node(folder.path());
  TestClient slow = node.connect();
  TestClient other = node.connect();
  create_topic(slow, "t");
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    expected.push_back(std::string(900'000, static_cast<char>('a' + i)));
    produce(slow, "t", 0, {expected.back()});
  }
  ASSERT_TRUE(slow.send(frame_of(broker::fetch_request("t", {{0, 0, 1 << 30}}), 12)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(fetch(other, "t", 0, 20).size(), 0U);
  const auto answer = receive<protocol::FetchResponse>(slow, 12);
  EXPECT_EQ(broker::values_in(answer->message.responses.at(0).partitions.at(0)), expected);
}

TEST(Node, GarbageClosesItsConnectionWithOneLineAndNothingElse) {
  const TemporaryFolder folder;
  RunningNode node(folder.path());
  TestClient good = node.connect();
  create_topic(good, "t");
  const std::string unknown_api("\0\0\0\x08\x7f\xff\0\0\0\0\0\1", 12);
  const std::string cut_short("\0\0\0\x02\0\0", 6);
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100, '\xff'), std::string(100, '\0'),
        unknown_api, cut_short}) {
    TestClient bad = node.connect();
    ASSERT_TRUE(bad.send(garbage));
    EXPECT_TRUE(bad.is_closed());
    EXPECT_THAT(node.wait_for_line(), HasSubstr("closed the connection of 127.0.0.1:"));
    EXPECT_EQ(produce(good, "t", 0, {"x"}) >= 0, true);
  }
}

TEST(Node, AStopAnswersWhoeverWaits) {
  const TemporaryFolder folder;
  RunningNode node(folder.path());
  TestClient consumer = node.connect();
  create_topic(consumer, "t");
  ASSERT_TRUE(consumer.send(frame_of(broker::fetch_request("t", {FetchFrom{}}, 30'000'000), 12)));
  // The next request of another client comes after it, so it is parked by then.
  TestClient other = node.connect();
  call<protocol::ApiVersionsResponse>(other, protocol::ApiVersionsRequest{}, 2);
  EXPECT_TRUE(node.stop());
  EXPECT_EQ(receive<protocol::FetchResponse>(consumer, 12)->message.responses.size(), 1U);
}

TEST(Node, ASecondNodeOnTheSameFolderIsRefused) {
  const TemporaryFolder folder;
  const RunningNode node(folder.path());
  auto settings = model::broker_settings_from(
      {{"listeners", "PLAINTEXT://127.0.0.1:0"}, {"log.dirs", folder.path()}});
  const auto second = Node::open(settings->settings, [](broker::Severity, std::string_view) {});
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().detail, HasSubstr("another broker uses the data folder"));
}

TEST(Node, AProtocolThatIsNotThereYetIsRefused) {
  const TemporaryFolder folder;
  auto settings = model::broker_settings_from({{"listeners", "SSL://127.0.0.1:0"},
                                               {"security.inter.broker.protocol", "SSL"},
                                               {"log.dirs", folder.path()}});
  ASSERT_TRUE(settings.has_value()) << settings.error().detail;
  const auto node = Node::open(settings->settings, [](broker::Severity, std::string_view) {});
  ASSERT_FALSE(node.has_value());
  EXPECT_THAT(node.error().detail, HasSubstr("PLAINTEXT"));
}

}  // namespace
}  // namespace gregor::server
