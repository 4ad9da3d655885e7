// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/testing/test_cluster.h"

#include <algorithm>
#include <string>

namespace gregor::broker {

namespace {

constexpr int first_port = 9092;  // of broker 0

}  // namespace

TestCluster::TestCluster(Options options) : options_(std::move(options)) {
  for (int id = 1; id <= options_.brokers; ++id) start(id);
}

TestNodeOptions TestCluster::options_of(int id) const {
  const std::string listener = "PLAINTEXT://127.0.0.1:" + std::to_string(first_port + id);
  TestNodeOptions out{.shards = options_.shards,
                      .seed = options_.seed * 1000 + static_cast<std::uint64_t>(id),
                      .alone = false,
                      .settings = options_.settings};
  out.settings.insert_or_assign("broker.id", std::to_string(id));
  out.settings.insert_or_assign("listeners", listener);
  out.settings.insert_or_assign("advertised.listeners", listener);
  out.settings.insert_or_assign("zookeeper.connect", "zk:2181");
  return out;
}

void TestCluster::start(int id) {
  TestWorld world;
  if (const auto left = worlds_.find(id); left != worlds_.end()) {
    world = std::move(left->second);
    worlds_.erase(left);
  }
  world.tree = tree_;
  world.now = now_;
  nodes_.emplace(id, std::make_unique<TestNode>(options_of(id), std::move(world)));
  settle();
}

void TestCluster::kill(int id) {
  const auto node = nodes_.extract(id);
  node.mapped()->end_session();
  for (auto& watch : node.mapped()->take_fired())
    for (auto& [other, up] : nodes_) up->watch_fired(watch);
  worlds_.emplace(id, std::move(*node.mapped()).take_world());
  std::erase_if(lanes_, [&](const auto& lane) {
    return std::get<0>(lane.first) == id || std::get<3>(lane.first) == id;
  });
  std::erase_if(questions_, [&](const Question& one) { return one.from == id; });
  settle();
}

void TestCluster::replace_disk(int id) {
  worlds_.at(id).disk = std::make_unique<log::SimulatedDisk>();
}

bool TestCluster::stop(int id) {
  TestNode& leaving = *nodes_.at(id);
  leaving.request_stop();
  settle();
  for (int tries = 0; tries < 1000 && !leaving.is_stopped(); ++tries) advance(100);
  const bool stopped = leaving.is_stopped();
  kill(id);
  return stopped;
}

void TestCluster::cut(int one, int other) {
  cut_.insert({std::min(one, other), std::max(one, other)});
  settle();
}

bool TestCluster::is_cut(int one, int other) const {
  return cut_.contains({std::min(one, other), std::max(one, other)});
}

void TestCluster::settle() {
  while (carry() || collect()) {
  }
}

// Watches and requests on their way.
bool TestCluster::carry() {
  bool any = false;
  for (auto& [id, node] : nodes_) {
    for (auto& watch : node->take_fired()) {
      any = true;
      for (auto& [other, up] : nodes_)
        if (other != id) up->watch_fired(watch);
    }
    for (TestNode::AskedPeer& asked : node->take_asked_peers()) {
      any = true;
      ask(id, std::move(asked));
    }
  }
  return any;
}

void TestCluster::ask(int from, TestNode::AskedPeer asked) {
  const int to = asked.request.to.port - first_port;
  if (!nodes_.contains(to) || is_cut(from, to)) {
    questions_.push_back({from, asked.shard, std::move(asked.request), to, ConnectionId(0)});
    return;
  }
  const LaneKey key{from, asked.shard, asked.request.lane, to};
  const auto lane = lanes_.find(key);
  const ConnectionId connection =
      lane != lanes_.end() ? lane->second : lanes_.emplace(key, node(to).connect()).first->second;
  const base::Bytes frame = asked.request.frame;
  questions_.push_back({from, asked.shard, std::move(asked.request), to, connection});
  node(to).send(connection, base::BytesView(frame).subspan(protocol::frame_size_bytes));
}

// Answers on their way, and word of those that will not come.
bool TestCluster::collect() {
  for (std::size_t at = 0; at < questions_.size(); ++at) {
    const Question question = questions_[at];
    const bool is_lost = !nodes_.contains(question.to) || is_cut(question.from, question.to) ||
                         question.connection == ConnectionId(0) ||
                         node(question.to).close_reason(question.connection).has_value();
    const auto done = [&] {
      questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if (is_lost) {
      done();
      std::erase_if(lanes_, [&](const auto& lane) { return lane.second == question.connection; });
      node(question.from).peer_failed(question.shard, question.request.id, "connection lost");
      return true;
    }
    const auto response = node(question.to).take_response(question.connection);
    if (!response) continue;
    done();
    node(question.from)
        .peer_replied(question.shard, question.request.id,
                      base::BytesView(*response).subspan(protocol::frame_size_bytes));
    return true;
  }
  return false;
}

void TestCluster::advance(std::int64_t ms) {
  constexpr std::int64_t quantum_ms = 10;
  for (std::int64_t left = ms; left > 0; left -= quantum_ms) {
    const std::int64_t step = std::min(left, quantum_ms);
    now_.wall += step;
    now_.monotonic = now_.monotonic + step;
    for (auto& [id, node] : nodes_) node->advance(step);
    settle();
  }
}

}  // namespace gregor::broker
