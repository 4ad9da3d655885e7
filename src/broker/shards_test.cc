// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Several shards behave as one: the same requests get the same answers, whatever shard a client is
// connected to and whatever shard owns the partitions. And the same events give the same bytes.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "broker/testing/requests.h"
#include "protocol/messages/delete_records.h"
#include "protocol/messages/init_producer_id.h"
#include "protocol/messages/offset_for_leader_epoch.h"

namespace gregor::broker {
namespace {

using namespace protocol;

constexpr std::int32_t partitions = 4;
const std::vector<std::string> topics = {"a", "b", "nowhere"};

// Draws requests; two of them with the same seed draw the same.
class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : prng_(seed) {}

  ProduceRequest produce() {
    ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 1000;
    batches_.clear();
    for (const std::string& topic : some_topics()) {
      auto& data = request.topic_data.emplace_back();
      data.name = topic;
      for (std::int32_t n = count(); n > 0; --n) {
        batches_.push_back(
            batch_of(std::vector<std::string>(prng_.below(3) + 1, std::string(50, 'x'))));
        if (prng_.chance(1, 10)) batches_.back().back() ^= std::byte{1};
        data.partition_data.push_back({partition(), Records(batches_.back()), {}});
      }
    }
    return request;
  }
  FetchRequest fetch(std::int32_t wait_ms) {
    FetchRequest request;
    request.max_wait_ms = wait_ms;
    request.min_bytes = static_cast<std::int32_t>(prng_.below(300));
    for (const std::string& topic : some_topics()) {
      auto& asked = request.topics.emplace_back();
      asked.topic = topic;
      for (std::int32_t n = count(); n > 0; --n) {
        auto& one = asked.partitions.emplace_back();
        one.partition = partition();
        one.fetch_offset = static_cast<std::int64_t>(prng_.below(6));
        one.partition_max_bytes = 1000;
      }
    }
    return request;
  }
  ListOffsetsRequest list_offsets() {
    ListOffsetsRequest request;
    request.replica_id = -1;
    for (const std::string& topic : some_topics()) {
      auto& asked = request.topics.emplace_back();
      asked.name = topic;
      for (std::int32_t n = count(); n > 0; --n) {
        auto& one = asked.partitions.emplace_back();
        one.partition_index = partition();
        one.timestamp = prng_.between(-5, 1);
      }
    }
    return request;
  }
  DeleteRecordsRequest delete_records() {
    DeleteRecordsRequest request;
    request.timeout_ms = 1000;
    auto& asked = request.topics.emplace_back();
    asked.name = "a";
    asked.partitions.push_back({partition(), prng_.between(-1, 4), {}});
    return request;
  }
  OffsetForLeaderEpochRequest epoch_ends() {
    OffsetForLeaderEpochRequest request;
    auto& asked = request.topics.emplace_back();
    asked.topic = "b";
    for (std::int32_t n = count(); n > 0; --n) {
      auto& one = asked.partitions.emplace_back();
      one.partition = partition();
      one.leader_epoch = static_cast<std::int32_t>(prng_.below(2));
    }
    return request;
  }
  base::Prng& prng() { return prng_; }

 private:
  std::int32_t partition() { return static_cast<std::int32_t>(prng_.below(partitions + 1)); }
  std::int32_t count() { return static_cast<std::int32_t>(prng_.below(4)); }
  std::vector<std::string> some_topics() {
    std::vector<std::string> some;
    for (const std::string& topic : topics)
      if (prng_.chance(1, 2)) some.push_back(topic);
    return some;
  }

  base::Prng prng_;
  std::deque<base::Bytes> batches_;  // what the last request points to
};

// The bytes of the answer to the next request of the traffic.
base::Bytes answer(TestNode& node, Traffic& traffic) {
  const ConnectionId on = node.connect();
  switch (traffic.prng().below(7)) {
    case 0:
    case 1:
      node.send(on, traffic.produce(), 12);
      break;
    case 2:
    case 3:
      node.send(on, traffic.fetch(0), 12);
      break;
    case 4:
      node.send(on, traffic.list_offsets(), 10);
      break;
    case 5:
      node.send(on, traffic.delete_records(), 2);
      break;
    default:
      node.send(on, traffic.epoch_ends(), 4);
      break;
  }
  return node.take_response(on).value();
}

RC_GTEST_PROP(Shards, AnswerAsOne, (std::uint64_t seed)) {
  TestNode one({.shards = 1}), many({.shards = 3});
  Traffic to_one(seed), to_many(seed);
  for (TestNode* node : {&one, &many}) {
    create_topic(*node, "a", partitions);
    create_topic(*node, "b", partitions);
  }
  for (int i = 0; i < 60; ++i) RC_ASSERT(answer(one, to_one) == answer(many, to_many));
}

// Some of everything: waiting readers, syncs that take their time, clients that leave, time that
// passes, a stop and a start.
std::uint64_t digest_of_a_life(std::uint64_t seed) {
  Traffic traffic(seed);
  base::Prng& prng = traffic.prng();
  TestNodeOptions options{.shards = static_cast<std::uint32_t>(prng.between(1, 3)), .seed = seed};
  TestNode node(options);
  create_topic(node, "a", partitions, {{"flush.messages", "1"}});
  create_topic(node, "b", partitions);
  std::vector<ConnectionId> clients;
  for (int i = 0; i < 80; ++i) {
    if (clients.empty() || prng.chance(1, 3)) clients.push_back(node.connect());
    const ConnectionId on = clients[prng.below(clients.size())];
    switch (prng.below(8)) {
      case 0:
      case 1:
        node.send(on, traffic.produce(), 9);
        break;
      case 2:
      case 3:
        node.send(on, traffic.fetch(300), 11);
        break;
      case 4:
        node.send(on, InitProducerIdRequest{.transactional_id = std::nullopt}, 4);
        break;
      case 5:
        node.advance(static_cast<std::int64_t>(prng.below(200)));
        break;
      case 6:
        prng.chance(1, 2) ? node.hold_syncs() : node.finish_syncs();
        break;
      default:
        if (prng.chance(1, 3)) node.disconnect(on);
        break;
    }
  }
  node.release_syncs();
  node.advance(1000);
  RC_ASSERT(node.stop());
  const std::uint64_t first = node.digest();
  TestNode next(options, std::move(node).take_world());
  RC_ASSERT(next.is_ready());
  answer(next, traffic);
  return first ^ next.digest();
}

RC_GTEST_PROP(Node, SameEventsGiveTheSameBytes, (std::uint64_t seed)) {
  RC_ASSERT(digest_of_a_life(seed) == digest_of_a_life(seed));
}

}  // namespace
}  // namespace gregor::broker
