// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A whole node for tests: N shards over a simulated disk and an embedded coordination tree, with
// virtual time, in one thread. Raw frames go in, decoded responses come out. Everything that comes
// out goes into a digest, so that two runs can be compared.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/messages.h"
#include "broker/shard.h"
#include "coordination/znode_tree.h"
#include "log/simulated_disk.h"
#include "protocol/frame.h"

namespace gregor::broker {

struct TestNodeOptions {
  std::uint32_t shards = 1;
  std::uint64_t seed = 1;
  bool alone = true;  // the test plays other brokers, which believe what they are told
  bool traced = false;
  model::SettingMap settings = {};  // over those that make a small node
};

// What outlives a node.
struct TestWorld {
  std::unique_ptr<log::SimulatedDisk> disk = std::make_unique<log::SimulatedDisk>();
  std::shared_ptr<coordination::ZnodeTree> tree = std::make_shared<coordination::ZnodeTree>();
  std::optional<coordination::SessionId> session = std::nullopt;  // of the last node
  model::Now now{model::Timestamp(1'700'000'000'000), model::Instant(0)};
  std::string boot = "a boot";
};

class TestNode {
 public:
  explicit TestNode(const TestNodeOptions& options = {}, TestWorld world = {});
  ~TestNode();

  // --- clients ---
  ConnectionId connect();  // to the shards in turn
  ConnectionId connect_to(ShardId shard);
  void disconnect(ConnectionId connection);
  // A frame without its size.
  void send(ConnectionId connection, base::BytesView frame);
  // Until the end of this scope requests are only queued, and run_round() lets every shard handle
  // one event: for tests of what may happen between two messages.
  class Slowly;
  void run_round() { step_some(); }
  // The next response, size included; nullopt while there is none.
  std::optional<base::Bytes> take_response(ConnectionId connection);
  [[nodiscard]] std::optional<std::string> close_reason(ConnectionId connection) const;
  [[nodiscard]] bool is_busy(ConnectionId connection) const;
  [[nodiscard]] std::uint64_t proceeds() const { return proceeds_; }

  template <protocol::Message Request>
  void send(ConnectionId connection, const Request& request, int version) {
    auto frame = protocol::encode_request_frame(
        {.request_api_key = 0,
         .request_api_version = 0,
         .correlation_id = ++correlation_,
         .client_id = "test",
         .unknown_tags = {}},
        request, model::ApiVersion(static_cast<std::int16_t>(version)));
    ASSERT(frame, frame ? "" : frame.error().detail);
    clients_.at(connection).correlations.push_back(correlation_);
    send(connection, base::BytesView(*frame).subspan(protocol::frame_size_bytes));
  }

  // The response to the next request that was sent as a message, decoded; it must be there. What
  // its records point to stays until the next call.
  template <protocol::Message Response>
  Response receive(ConnectionId connection, int version) {
    auto frame = take_response(connection);
    ASSERT(frame, "no response; closed: " + close_reason(connection).value_or("no"));
    last_response_ = std::move(*frame);
    base::BytesView rest = base::BytesView(last_response_).subspan(protocol::frame_size_bytes);
    const model::ApiVersion api_version(static_cast<std::int16_t>(version));
    const auto header =
        protocol::decode_response_header(*protocol::find_api(Response::api_key), api_version, rest);
    auto& expected = clients_.at(connection).correlations;
    ASSERT(header && !expected.empty() && header->correlation_id == expected.front());
    expected.pop_front();
    auto response = protocol::decode<Response>(rest, api_version);
    ASSERT(response, response ? "" : response.error().detail);
    ASSERT(rest.empty());
    return std::move(*response);
  }

  // Request and response; time does not pass.
  template <protocol::Message Response, protocol::Message Request>
  Response call(const Request& request, int version,
                std::optional<ConnectionId> connection = std::nullopt) {
    const ConnectionId on = connection ? *connection : default_connection();
    send(on, request, version);
    return receive<Response>(on, version);
  }

  // --- other brokers, which the test plays ---
  // The oldest request to one of them that has not been taken yet; it must be there. Whoever took
  // it answers it, or lets the connection break.
  template <protocol::Message Request>
  Request take_peer_request() {
    ASSERT(peers_untaken_ < peer_requests_.size());
    base::BytesView rest = base::BytesView(peer_requests_[peers_untaken_++].request.frame)
                               .subspan(protocol::frame_size_bytes);
    const auto header = protocol::decode_request_header(rest);
    ASSERT(header && header->request_api_key == Request::api_key.value());
    auto request = protocol::decode<Request>(rest, model::ApiVersion(header->request_api_version));
    ASSERT(request && rest.empty());
    return std::move(*request);
  }
  [[nodiscard]] std::size_t untaken_peer_requests() const {
    return peer_requests_.size() - peers_untaken_;
  }
  // The oldest that was taken.
  template <protocol::Message Response>
  void answer_peer_request(const Response& response) {
    answer_peer_request(protocol::MessageView(response));
  }
  void fail_peer_request();

  // --- the world ---
  void advance(std::int64_t ms);  // timers that come due run
  [[nodiscard]] const model::Now& now() const { return world_.now; }
  [[nodiscard]] log::SimulatedDisk& disk() { return *world_.disk; }
  [[nodiscard]] coordination::ZnodeTree& tree() { return *world_.tree; }
  // Someone else (with a session of its own) changes the tree.
  void change_tree(coordination::SessionId session, const coordination::Multi& changes);
  // From now on what the coordination service replies is on its way.
  void hold_coordination() { hold_coordination_ = true; }
  void release_coordination();
  // From now on sync jobs wait for finish_syncs.
  void hold_syncs() { hold_syncs_ = true; }
  void finish_syncs(const model::Result<>& result = {});
  // They run at once again.
  void release_syncs();
  [[nodiscard]] std::size_t held_syncs() const { return held_.size(); }

  // --- other brokers, which a test cluster runs ---
  struct AskedPeer {
    ShardId shard;
    PeerRequest request;
  };
  // What the node has asked of others since this was called last.
  std::deque<AskedPeer> take_asked_peers() { return std::exchange(peer_requests_, {}); }
  void peer_replied(ShardId shard, PeerRequestId id, base::BytesView frame);
  void peer_failed(ShardId shard, PeerRequestId id, const std::string& reason);
  // Watches of this node that somebody else has fired.
  void watch_fired(const coordination::SessionWatch& watch);
  // And those that this node has fired, of others.
  std::vector<coordination::SessionWatch> take_fired() { return std::exchange(fired_, {}); }
  [[nodiscard]] coordination::SessionId session() const { return session_; }

  // In good order; false if the node did not come to an end.
  bool stop();
  void request_stop();
  [[nodiscard]] bool is_stopped() const;
  // Its session with the coordination service is over, as of a node that is dead.
  void end_session();
  // What is left for the next node.
  TestWorld take_world() && { return std::move(world_); }

  [[nodiscard]] bool is_ready() const;
  [[nodiscard]] const std::optional<std::string>& fatal() const { return fatal_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // The structured trace, if the node is traced.
  [[nodiscard]] const std::vector<std::string>& trace() const { return trace_; }
  // What the last change of the log level asked the environment for.
  [[nodiscard]] std::optional<Severity> log_at_least() const { return log_at_least_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  struct Client {
    ShardId shard;
    bool busy = false;
    std::deque<base::Bytes> requests;
    std::deque<base::Bytes> responses;
    std::deque<std::int32_t> correlations;  // of typed requests, unanswered
    std::optional<std::string> closed;
  };
  struct ShardSlot {
    std::unique_ptr<Shard> shard;
    std::deque<Event> events;
    std::optional<model::Instant> wake_at;
    bool ready = false;
    bool stopped = false;
  };

  AskedPeer take_answered();
  void answer_peer_request(protocol::MessageView response);
  bool believe(ShardId shard, const PeerRequest& request);
  void deliver_answer(ShardId shard, PeerRequestId id, base::Bytes frame);

  ConnectionId default_connection();
  void run();
  bool slowly_ = false;
  bool step_some();
  void step(std::uint32_t shard, Event event);
  void feed(ConnectionId connection);
  void perform(std::uint32_t shard, Effects& effects);
  void perform(const coordination::Request& request);
  void deliver_coordination();
  void fire(coordination::Outcome& outcome);
  void note(base::BytesView bytes);
  base::Bytes bytes_of(const Reply& reply);

  TestWorld world_;
  model::BrokerSettings settings_;
  bool alone_;
  std::vector<ShardSlot> shards_;
  std::map<ConnectionId, Client> clients_;
  std::optional<ConnectionId> default_connection_;
  coordination::SessionId session_;
  bool hold_coordination_ = false;
  std::vector<coordination::Reply> held_coordination_;
  bool hold_syncs_ = false;
  std::vector<std::pair<std::uint32_t, SyncJob>> held_;
  std::vector<coordination::SessionWatch> fired_;
  std::deque<AskedPeer> peer_requests_;   // unanswered; those in front were taken
  std::size_t peers_untaken_ = 0;         // index of the first that was not
  std::deque<base::Bytes> peer_answers_;  // what events point to
  std::optional<std::string> fatal_;
  std::vector<std::string> lines_;
  std::vector<std::string> trace_;
  std::optional<Severity> log_at_least_;
  std::uint64_t digest_ = 0xcbf29ce484222325;
  std::uint64_t next_connection_ = 1;
  std::uint64_t proceeds_ = 0;
  std::int32_t correlation_ = 0;
  base::Bytes last_response_;
};

class TestNode::Slowly {
 public:
  explicit Slowly(TestNode& node) : node_(node) { node_.slowly_ = true; }
  ~Slowly() {
    node_.slowly_ = false;
    node_.run();
  }
  Slowly(const Slowly&) = delete;
  Slowly& operator=(const Slowly&) = delete;

 private:
  TestNode& node_;
};

}  // namespace gregor::broker
