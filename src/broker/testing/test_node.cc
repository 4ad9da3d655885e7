// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/testing/test_node.h"

#include <algorithm>

#include "broker/trace.h"
#include "protocol/api_keys.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/update_metadata.h"

namespace gregor::broker {

namespace {

// Parsed once: programs that start many nodes start most of them with the same.
const model::BrokerSettings& settings_of(const model::SettingMap& wanted) {
  static std::map<model::SettingMap, model::BrokerSettings> known;
  if (const auto found = known.find(wanted); found != known.end()) return found->second;
  model::SettingMap all = {{"broker.id", "1"},
                           {"log.dirs", "/data"},
                           {"listeners", "PLAINTEXT://127.0.0.1:9092"},
                           {"advertised.listeners", "PLAINTEXT://broker:9092"}};
  for (const auto& [key, value] : wanted) all.insert_or_assign(key, value);
  auto loaded = model::broker_settings_from(std::move(all));
  ASSERT(loaded, loaded ? "" : loaded.error().detail);
  return known.emplace(wanted, std::move(loaded->settings)).first->second;
}

}  // namespace

TestNode::TestNode(const TestNodeOptions& options, TestWorld world)
    : world_(std::move(world)),
      settings_(settings_of(options.settings)),
      alone_(options.alone),
      shards_(options.shards) {
  for (std::uint32_t id = 0; id < options.shards; ++id) {
    ShardContext context{.id = ShardId(id),
                         .shards = options.shards,
                         .settings = &settings_,
                         .disk = world_.disk.get(),
                         .boot = world_.boot,
                         .seed = options.seed};
    if (options.traced) context.traced_as = 1;
    shards_[id].shard = std::make_unique<Shard>(context);
    shards_[id].events.emplace_back(Started{});
  }
  // The node that was here before is gone.
  if (world_.session) world_.tree->end_session(*world_.session, world_.now.wall);
  const auto opened = world_.tree->open_session(world_.now.wall);
  session_ = opened.transaction->session;
  world_.session = session_;
  shards_[0].events.emplace_back(CoordinationConnected{session_});
  run();
}

TestNode::~TestNode() { shards_.clear(); }

bool TestNode::is_ready() const {
  return std::ranges::all_of(shards_, [](const ShardSlot& slot) { return slot.ready; });
}

// --- clients ---

ConnectionId TestNode::connect() {
  return connect_to(ShardId(static_cast<std::uint32_t>(next_connection_ % shards_.size())));
}

ConnectionId TestNode::connect_to(ShardId shard) {
  const ConnectionId id(next_connection_++);
  clients_[id].shard = shard;
  step(shard.value(), ConnectionOpened{id, "192.0.2.1:1", "PLAINTEXT"});
  run();
  return id;
}

ConnectionId TestNode::default_connection() {
  if (!default_connection_ || clients_.at(*default_connection_).closed)
    default_connection_ = connect();
  return *default_connection_;
}

void TestNode::disconnect(ConnectionId connection) {
  Client& client = clients_.at(connection);
  if (client.closed) return;
  client.closed = "left";
  step(client.shard.value(), ConnectionClosed{connection});
  run();
}

void TestNode::send(ConnectionId connection, base::BytesView frame) {
  clients_.at(connection).requests.push_back(base::to_bytes(frame));
  feed(connection);
  run();
}

// One request at a time, as events.h promises.
void TestNode::feed(ConnectionId connection) {
  Client& client = clients_.at(connection);
  if (client.closed || client.busy || client.requests.empty()) return;
  client.busy = true;
  const base::Bytes frame = std::move(client.requests.front());
  client.requests.pop_front();
  step(client.shard.value(), RequestReceived{connection, frame});
}

std::optional<base::Bytes> TestNode::take_response(ConnectionId connection) {
  Client& client = clients_.at(connection);
  if (client.responses.empty()) return std::nullopt;
  base::Bytes response = std::move(client.responses.front());
  client.responses.pop_front();
  return response;
}

std::optional<std::string> TestNode::close_reason(ConnectionId connection) const {
  return clients_.at(connection).closed;
}

bool TestNode::is_busy(ConnectionId connection) const { return clients_.at(connection).busy; }

// --- the world ---

void TestNode::run() {
  while (!slowly_ && step_some()) {
  }
}

bool TestNode::step_some() {
  bool any = false;
  for (std::uint32_t id = 0; id < shards_.size(); ++id) {
    // Timers that are due come first: the worst that an environment may do.
    if (shards_[id].wake_at && *shards_[id].wake_at <= world_.now.monotonic) {
      step(id, TimeReached{});
      any = true;
    }
    if (shards_[id].events.empty()) continue;
    Event event = std::move(shards_[id].events.front());
    shards_[id].events.pop_front();
    step(id, std::move(event));
    any = true;
  }
  return any;
}

void TestNode::step(std::uint32_t shard, Event event) {
  Effects effects;
  shards_[shard].shard->step(world_.now, std::move(event), effects);
  perform(shard, effects);
}

void TestNode::advance(std::int64_t ms) {
  const model::Instant target = world_.now.monotonic + ms;
  while (true) {
    std::optional<std::uint32_t> next;
    for (std::uint32_t id = 0; id < shards_.size(); ++id)
      if (shards_[id].wake_at && *shards_[id].wake_at <= target &&
          (!next || *shards_[id].wake_at < *shards_[*next].wake_at))
        next = id;
    if (!next) break;
    const model::Instant at = std::max(*shards_[*next].wake_at, world_.now.monotonic);
    world_.now.wall += at - world_.now.monotonic;
    world_.now.monotonic = at;
    step(*next, TimeReached{});
    run();
  }
  world_.now.wall += target - world_.now.monotonic;
  world_.now.monotonic = target;
}

void TestNode::finish_syncs(const model::Result<>& result) {
  for (auto& [shard, job] : std::exchange(held_, {})) {
    const model::Result<> done = result ? log::run(*world_.disk, job.job) : result;
    shards_[shard].events.emplace_back(Synced{job.id, done});
  }
  run();
}

void TestNode::release_syncs() {
  hold_syncs_ = false;
  finish_syncs();
}

bool TestNode::stop() {
  request_stop();
  end_session();
  return is_stopped();
}

void TestNode::request_stop() {
  for (ShardSlot& slot : shards_) slot.events.emplace_back(StopRequested{});
  run();
}

bool TestNode::is_stopped() const {
  return std::ranges::all_of(shards_, [](const ShardSlot& slot) { return slot.stopped; });
}

void TestNode::end_session() {
  auto outcome = world_.tree->end_session(session_, world_.now.wall);
  fire(outcome);
}

base::Bytes TestNode::bytes_of(const Reply& reply) {
  base::Bytes bytes;
  for (const Piece& piece : reply.pieces) {
    if (const auto* own = std::get_if<base::Bytes>(&piece)) {
      base::append(bytes, *own);
      continue;
    }
    const auto& slice = std::get<FileSlice>(piece);
    const std::size_t at = bytes.size();
    bytes.resize(at + slice.length);
    const auto read =
        slice.file->read_at(slice.position, base::MutableBytesView(bytes).subspan(at));
    ASSERT(read && *read == slice.length);
  }
  return bytes;
}

void TestNode::note(base::BytesView bytes) {
  for (const std::byte byte : bytes)
    digest_ = (digest_ ^ std::to_integer<std::uint8_t>(byte)) * 0x100000001b3;
}

TestNode::AskedPeer TestNode::take_answered() {
  ASSERT(peers_untaken_ > 0, "no request to a peer was taken");
  --peers_untaken_;
  AskedPeer asked = std::move(peer_requests_.front());
  peer_requests_.pop_front();
  return asked;
}

// Brokers that a test plays do as the controller says.
bool TestNode::believe(ShardId shard, const PeerRequest& request) {
  base::BytesView rest = base::BytesView(request.frame).subspan(protocol::frame_size_bytes);
  const auto header = protocol::decode_request_header(rest);
  ASSERT(header.has_value());
  const auto answer = [&](protocol::MessageView response) {
    auto frame =
        protocol::encode_response_frame(model::CorrelationId(header->correlation_id), response,
                                        model::ApiVersion(header->request_api_version));
    ASSERT(frame.has_value());
    deliver_answer(shard, request.id, std::move(frame->bytes));
  };
  const model::ApiKey key(header->request_api_key);
  if (key == protocol::api_key::leader_and_isr)
    answer(protocol::LeaderAndIsrResponse{});
  else if (key == protocol::api_key::update_metadata)
    answer(protocol::UpdateMetadataResponse{});
  else if (key == protocol::api_key::stop_replica)
    answer(protocol::StopReplicaResponse{});
  else
    return false;
  return true;
}

void TestNode::deliver_answer(ShardId shard, PeerRequestId id, base::Bytes frame) {
  peer_answers_.push_back(std::move(frame));
  shards_[shard.value()].events.emplace_back(
      PeerReplied{id, base::BytesView(peer_answers_.back()).subspan(protocol::frame_size_bytes)});
}

void TestNode::answer_peer_request(protocol::MessageView response) {
  const AskedPeer asked = take_answered();
  base::BytesView rest = base::BytesView(asked.request.frame).subspan(protocol::frame_size_bytes);
  const auto header = protocol::decode_request_header(rest);
  ASSERT(header.has_value());
  auto frame =
      protocol::encode_response_frame(model::CorrelationId(header->correlation_id), response,
                                      model::ApiVersion(header->request_api_version));
  ASSERT(frame && frame->external.empty());
  deliver_answer(asked.shard, asked.request.id, std::move(frame->bytes));
  run();
}

void TestNode::fail_peer_request() {
  const AskedPeer asked = take_answered();
  shards_[asked.shard.value()].events.emplace_back(PeerFailed{asked.request.id, "it is gone"});
  run();
}

void TestNode::perform(std::uint32_t shard, Effects& effects) {
  ShardSlot& slot = shards_[shard];
  std::vector<ConnectionId> free;
  for (const Reply& reply : effects.replies) {
    Client& client = clients_.at(reply.connection);
    client.responses.push_back(bytes_of(reply));
    note(client.responses.back());
    client.busy = false;
    free.push_back(reply.connection);
  }
  for (const Proceed& proceed : effects.proceeds) {
    clients_.at(proceed.connection).busy = false;
    ++proceeds_;
    free.push_back(proceed.connection);
  }
  for (Close& close : effects.closes) {
    note(base::as_bytes(close.reason));
    clients_.at(close.connection).closed = std::move(close.reason);
  }
  for (LogLine& line : effects.lines) lines_.push_back(std::move(line.text));
  for_each_line(effects.trace, [&](std::string_view line) { trace_.emplace_back(line); });
  if (effects.log_at_least) log_at_least_ = effects.log_at_least;
  for (Outgoing& message : effects.messages)
    shards_.at(message.to.value())
        .events.emplace_back(MessageArrived{ShardId(shard), std::move(message.message)});
  for (const coordination::Request& request : effects.coordination) perform(request);
  for (PeerRequest& request : effects.peer_requests) {
    note(request.frame);
    if (!alone_ || !believe(ShardId(shard), request))
      peer_requests_.push_back({ShardId(shard), std::move(request)});
  }
  for (SyncJob& job : effects.syncs) held_.emplace_back(shard, std::move(job));
  slot.wake_at = effects.wake_at;
  slot.ready = slot.ready || effects.ready;
  slot.stopped = slot.stopped || effects.stopped;
  if (effects.fatal) fatal_ = effects.fatal;
  if (!hold_syncs_) {
    for (auto& [of, job] : std::exchange(held_, {}))
      shards_[of].events.emplace_back(Synced{job.id, log::run(*world_.disk, job.job)});
  }
  for (const ConnectionId connection : free) feed(connection);
}

void TestNode::peer_replied(ShardId shard, PeerRequestId id, base::BytesView frame) {
  step(shard.value(), PeerReplied{id, frame});
  run();
}

void TestNode::peer_failed(ShardId shard, PeerRequestId id, const std::string& reason) {
  step(shard.value(), PeerFailed{id, reason});
  run();
}

void TestNode::watch_fired(const coordination::SessionWatch& watch) {
  if (watch.session != session_) return;
  step(0, CoordinationWatchFired{watch.watch});
  run();
}

void TestNode::perform(const coordination::Request& request) {
  auto outcome = world_.tree->handle(session_, request, world_.now.wall);
  fire(outcome);
  if (!outcome.reply) return;
  held_coordination_.push_back(std::move(*outcome.reply));
  if (!hold_coordination_) deliver_coordination();
}

void TestNode::deliver_coordination() {
  for (coordination::Reply& reply : std::exchange(held_coordination_, {}))
    shards_[0].events.emplace_back(CoordinationReplied{std::move(reply)});
}

void TestNode::release_coordination() {
  hold_coordination_ = false;
  deliver_coordination();
  run();
}

void TestNode::fire(coordination::Outcome& outcome) {
  for (coordination::SessionWatch& watch : outcome.watches)
    if (watch.session == session_)
      shards_[0].events.emplace_back(CoordinationWatchFired{std::move(watch.watch)});
    else
      fired_.push_back(std::move(watch));
}

void TestNode::change_tree(coordination::SessionId session, const coordination::Multi& changes) {
  auto outcome =
      world_.tree->handle(session, {coordination::RequestId(1), changes}, world_.now.wall);
  ASSERT(outcome.reply && outcome.reply->status == coordination::Status::ok);
  fire(outcome);
  run();
}

}  // namespace gregor::broker
