// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/shard_thread.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "server/clock.h"

namespace gregor::server {
namespace {

using namespace base;
using broker::Severity;

constexpr std::size_t scratch_bytes = 256_KiB;
constexpr std::size_t transfer_bytes = 256_KiB;

// How long memory may be short before somebody who holds it without progress is closed.
constexpr std::int64_t memory_patience_ms = 1000;

// A longer connections.max.idle.ms is for ever.
constexpr std::int64_t idle_ms_max = std::int64_t{1} << 50;

// sendfile knows no MSG_NOSIGNAL.
void leave_broken_pipes_to_errors() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

ShardThread::ShardThread(broker::ShardId id, Step step, const model::BrokerSettings& settings,
                         MemoryBudget& budget, ShardHost& host)
    : id_(id),
      step_(std::move(step)),
      idle_ms_(std::min<std::int64_t>(settings.connections_max_idle_ms, idle_ms_max)),
      budget_(budget),
      host_(host),
      shard_timer_(loop_, [this] { time_reached(); }),
      idle_timer_(loop_,
                  [this] {
                    close_idle();
                    end_turn();
                  }),
      relief_timer_(loop_,
                    [this] {
                      relieve_memory();
                      end_turn();
                    }),
      buffers_(std::make_unique_for_overwrite<std::byte[]>(scratch_bytes + transfer_bytes)),
      resources_{loop_, budget, static_cast<std::uint32_t>(settings.socket_request_max_bytes),
                 MutableBytesView(buffers_.get(), scratch_bytes),
                 MutableBytesView(buffers_.get() + scratch_bytes, transfer_bytes)},
      peers_(resources_, *this) {}

ShardThread::~ShardThread() { stop(); }

void ShardThread::stop() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void ShardThread::start() {
  deliver(broker::Started{});
  thread_ = std::thread([this] {
    leave_broken_pipes_to_errors();
    loop_.run();
  });
}

// --- letters from other threads ---

void ShardThread::deliver(broker::Event event) { post(std::move(event)); }
void ShardThread::adopt(Accepted connection) { post(std::move(connection)); }

void ShardThread::post(Letter letter) {
  if (mailbox_.put(std::move(letter))) loop_.post([this] { open_mail(); });
}

void ShardThread::open_mail() {
  for (Letter& letter : mailbox_.take()) {
    if (auto* event = std::get_if<broker::Event>(&letter))
      step(std::move(*event));
    else
      open_connection(std::move(std::get<Accepted>(letter)));
  }
  end_turn();
}

void ShardThread::open_connection(Accepted accepted) {
  broker::ConnectionOpened opened{accepted.id, accepted.peer, accepted.listener};
  const std::string address = accepted.address;
  auto connection = Connection::open(std::move(accepted), resources_, *this);
  if (!connection) {
    host_.log(Severity::warning, fmt::format("closed the connection of {}: {}", opened.peer,
                                             connection.error().detail));
    return host_.connection_closed(address);
  }
  connections_.add(std::move(*connection), monotonic_now());
  step(std::move(opened));
  close_idle();  // sets its timer
}

// --- events and effects ---

namespace {

// Answers to clients wait for the end of the turn; these do not.
bool leaves_at_once(const broker::Effects& effects) {
  return !effects.closes.empty() || !effects.messages.empty() || !effects.coordination.empty() ||
         !effects.peer_requests.empty() || effects.stopped || effects.fatal;
}

}  // namespace

void ShardThread::step(broker::Event event) {
  step_(now(), std::move(event), effects_);
  perform(effects_);
  while (!due_.empty()) {
    auto due = std::exchange(due_, {});
    for (broker::Event& next : due) {
      step_(now(), std::move(next), effects_);
      perform(effects_);
    }
  }
}

void ShardThread::perform(broker::Effects& effects) {
  if (leaves_at_once(effects)) write_trace();
  for (auto& line : effects.lines) host_.log(line.severity, line.text);
  for (auto& answer : effects.replies) reply(answer.connection, std::move(answer.pieces));
  for (auto& proceed : effects.proceeds) reply(proceed.connection, {});
  for (auto& close : effects.closes)
    if (Connection* connection = connections_.find(close.connection))
      connection->close(Severity::warning, close.reason);
  for (auto& outgoing : effects.messages) {
    if (outgoing.to == id_)
      due_.push_back(broker::MessageArrived{id_, std::move(outgoing.message)});
    else
      host_.send(id_, std::move(outgoing));
  }
  if (!effects.coordination.empty()) host_.coordinate(std::exchange(effects.coordination, {}));
  for (auto& request : effects.peer_requests) peers_.send(std::move(request));
  for (auto& job : effects.syncs) host_.sync(id_, std::move(job));
  shard_timer_.set(effects.wake_at);
  if (effects.ready) host_.reached(id_, ShardHost::Milestone::ready);
  if (effects.stopped) host_.reached(id_, ShardHost::Milestone::stopped);
  if (effects.fatal) host_.failed(*effects.fatal);

  effects.lines.clear();
  effects.replies.clear();
  effects.proceeds.clear();
  effects.closes.clear();
  effects.messages.clear();
  effects.peer_requests.clear();
  effects.syncs.clear();
  effects.wake_at.reset();
  effects.ready = effects.stopped = false;
  effects.fatal.reset();
}

// The lines of many requests are one write; none is held back beyond its turn.
void ShardThread::write_trace() {
  if (effects_.trace.empty()) return;
  host_.trace(effects_.trace);
  effects_.trace.clear();
}

void ShardThread::reply(broker::ConnectionId to, std::vector<broker::Piece> pieces) {
  if (Connection* connection = connections_.find(to)) connection->answer(std::move(pieces));
}

void ShardThread::time_reached() {
  step(broker::TimeReached{});
  end_turn();
}

// --- what connections report ---

void ShardThread::request_arrived(Connection& connection, BytesView frame) {
  step(broker::RequestReceived{connection.id(), frame});
}

void ShardThread::touched(Connection& connection) { touched_.push_back(connection.id()); }

void ShardThread::starved(Connection& connection) {
  starved_.push_back(connection.id());
  if (starved_.size() > 1) return;
  connections_.begin_watching_progress();
  relief_timer_.set(monotonic_now() + memory_patience_ms);
  budget_.when_relieved([this, alive = std::weak_ptr(alive_)] {
    if (alive.lock()) loop_.post([this] { memory_is_back(); });
  });
}

void ShardThread::closed(Connection& connection, Severity severity, std::string_view reason) {
  host_.log(severity, fmt::format("closed the connection of {}: {}", connection.peer(), reason));
  host_.connection_closed(connection.address());
  due_.push_back(broker::ConnectionClosed{connection.id()});
  if (closed_.empty()) loop_.post([this] { closed_.clear(); });  // it may be at work still
  closed_.push_back(connections_.take(connection.id()));
}

void ShardThread::peer_event(broker::Event event) { step(std::move(event)); }

void ShardThread::end_turn() {
  const model::Instant at = monotonic_now();
  while (!touched_.empty() || !due_.empty()) {
    // Settling one may answer others, which are settled in the next round.
    for (const broker::ConnectionId id : std::exchange(touched_, {})) {
      if (Connection* connection = connections_.find(id)) connection->settle();
      connections_.note_activity(id, at);
    }
    for (broker::Event& event : std::exchange(due_, {})) step(std::move(event));
  }
  write_trace();
}

// --- who has to go ---

void ShardThread::close_idle() {
  if (idle_ms_ < 0) return;
  const model::Instant at = monotonic_now();
  auto quietest = connections_.quietest();
  for (; quietest && at - quietest->since >= idle_ms_; quietest = connections_.quietest())
    quietest->connection->close(Severity::info,
                                fmt::format("idle for {} ms; connections.max.idle.ms is {}",
                                            at - quietest->since, idle_ms_));
  if (quietest)
    idle_timer_.set(quietest->since + idle_ms_);
  else
    idle_timer_.set(std::nullopt);
}

void ShardThread::memory_is_back() {
  relief_timer_.set(std::nullopt);
  for (const broker::ConnectionId id : std::exchange(starved_, {}))
    if (Connection* connection = connections_.find(id)) connection->memory_is_back();
}

void ShardThread::relieve_memory() {
  if (starved_.empty()) return;
  const model::Instant at = monotonic_now();
  if (const auto stalled = connections_.stalled(at, memory_patience_ms))
    stalled->connection->close(
        Severity::warning,
        fmt::format("no progress for {} ms with {} bytes of memory, while the {} bytes for "
                    "requests in flight are used up (queued.max.request.bytes)",
                    stalled->ms, stalled->connection->memory(), budget_.limit()));
  relief_timer_.set(at + memory_patience_ms);
}

}  // namespace gregor::server
