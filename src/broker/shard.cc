// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The dispatcher: one short handler an event, one short handler a message. What they do is in the
// parts of ShardState.

#include "broker/shard.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/assert.h"
#include "broker/controller_host.h"
#include "broker/elected.h"
#include "broker/gate.h"
#include "broker/invariants.h"
#include "broker/lifecycle.h"
#include "broker/log_failures.h"
#include "broker/member.h"
#include "broker/messages.h"
#include "broker/partition_tasks.h"
#include "broker/producer_ids.h"
#include "broker/shard_state.h"
#include "broker/trace.h"

namespace gregor::broker {

namespace {

FetchSessions::Limits session_limits(const ShardContext& context) {
  const int slots = std::max(context.settings->max_incremental_fetch_session_cache_slots, 0);
  FetchSessions::Limits limits;
  limits.sessions = (static_cast<std::size_t>(slots) + context.shards - 1) / context.shards;
  return limits;
}

// Each shard draws its own numbers.
std::uint64_t seed_of(const ShardContext& context) {
  return context.seed ^ (std::uint64_t{context.id.value()} << 32);
}

}  // namespace

ShardState::ShardState(const ShardContext& shard_context)
    : context(shard_context),
      image(std::make_shared<const ClusterImage>()),
      log_level(level_that_tells(shard_context.log_at_least)),
      trace(shard_context.traced_as
                ? std::make_unique<Trace>(shard_context.id, *shard_context.traced_as)
                : nullptr),
      prng(seed_of(shard_context)),
      sessions(session_limits(shard_context), prng),
      storage(*shard_context.disk),
      quotas(*shard_context.settings) {
  if (context.id != controller_shard) return;
  lifecycle = std::make_unique<Lifecycle>();
  member = std::make_unique<Member>(may_have_peers());
  producer_ids = std::make_unique<ProducerIds>();
  log_failures = std::make_unique<LogFailures>();
}

ShardState::~ShardState() = default;

class Shard::Implementation {
 public:
  explicit Implementation(const ShardContext& context) : state_(context) {}

  void step(model::Now now, Event event, Effects& out) {
    state_.now = now;
    state_.effects = &out;
    if (state_.trace) state_.trace->begin_step(now);
    std::visit([&](auto&& one) { on(std::forward<decltype(one)>(one)); }, std::move(event));
    settle();
    out.wake_at = state_.timers.next();
    if (state_.trace) state_.trace->move_to(out.trace);
    check_invariants(state_);
    state_.effects = nullptr;
  }

 private:
  // --- events ---
  void on(Started) {
    if (state_.lifecycle) state_.lifecycle->start(state_);
  }
  void on(const CoordinationConnected& event) {
    state_.lifecycle->connected(state_, event.session);
    state_.lifecycle->zookeeper_offsets().connected(state_);
    state_.log_failures->connected(state_);
  }
  void on(CoordinationRestored) {
    if (state_.controller) state_.controller->restored(state_);
  }
  void on(CoordinationReplied event) {
    if (state_.lifecycle->zookeeper_offsets().on_reply(state_, event.reply)) return;
    if (state_.log_failures->on_reply(state_, event.reply)) return;
    if (!state_.controller) return state_.lifecycle->on_reply(state_, event.reply);
    if (!state_.member->awaits(event.reply.id))
      return state_.controller->on_reply(state_, std::move(event.reply));
    state_.member->on_reply(state_, event.reply);
    state_.lifecycle->begin_if_known(state_);
    state_.member->publish(state_);
  }
  void on(CoordinationWatchFired event) {
    if (!state_.controller) return;
    state_.member->on_watch(state_, event.watch);
    state_.controller->on_watch(state_, std::move(event.watch));
  }
  void on(ConnectionOpened event) {
    state_.connections.open(event.connection, {std::move(event.peer), std::move(event.listener)});
  }
  void on(const ConnectionClosed& event) {
    state_.gathers.abandon(state_, event.connection);
    state_.connections.close(event.connection);
  }
  void on(const RequestReceived& event) {
    // Shared, because the request may be what closes the connection.
    const std::shared_ptr<const Client> client = state_.connections.find(event.connection);
    if (client == nullptr) return;  // we have closed it meanwhile
    const ReplyTarget from{state_.self(), event.connection};
    if (state_.phase != Phase::serving) {
      state_.close(from, "the broker is not serving");
      return;
    }
    state_.connections.begin_request(event.connection);
    admit(state_, from, *client, event.frame);
  }
  void on(TimeReached) {
    while (const auto target = state_.timers.pop_due(state_.now.monotonic)) {
      if (const auto* request = std::get_if<RequestId>(&*target))
        state_.gathers.reach_deadline(state_, *request);
      else if (const auto* partition = std::get_if<PartitionNumber>(&*target))
        state_.storage.on_flush_due(state_, *partition);
      else
        on_chore(std::get<Chore>(*target));
    }
  }
  void on(const PeerReplied& event) { state_.peers.on_replied(state_, event); }
  void on(PeerFailed event) { state_.peers.on_failed(state_, std::move(event)); }
  void on(const Synced& event) { state_.storage.on_synced(state_, event.id, event.result); }
  // Shard 0 tells the others when.
  void on(StopRequested) {
    if (state_.lifecycle) state_.lifecycle->stop(state_);
  }
  void on(MessageArrived event) {
    std::visit([&](auto&& one) { on_message(event.from, std::forward<decltype(one)>(one)); },
               std::move(event.message->content));
  }

  void on_chore(Chore chore) {
    switch (chore) {
      case Chore::groups:
        state_.groups.reach_time(state_);
        break;
      case Chore::checkpoint:
        state_.lifecycle->begin_checkpoint(state_);
        break;
      case Chore::remove_files:
        state_.storage.remove_due_files(state_);
        break;
      case Chore::expire_producers:
        state_.storage.expire_producers(state_);
        break;
      case Chore::open_again:
        state_.storage.open_again(state_);
        break;
      case Chore::sync_again:
        state_.storage.sync_again(state_);
        break;
      case Chore::controller:
        state_.controller->on_time(state_);
        break;
      case Chore::overdue_commands:
        state_.controller->give_up_overdue(state_);
        break;
      case Chore::tell_brokers:
        state_.controller->channel().reach_time(state_);
        break;
      case Chore::shut_down:
        state_.lifecycle->hand_over_again(state_);
        break;
      case Chore::retention:
        state_.cleaner.apply_retention(state_);
        break;
      case Chore::compaction:
        state_.cleaner.compact(state_);
        break;
      case Chore::move_logs:
        state_.moves.step(state_);
        break;
      case Chore::fetch_replicas:
        state_.fetchers.reach_time(state_);
        break;
      case Chore::propose_isr:
        state_.proposals.reach_time(state_);
        break;
      case Chore::check_in_sync:
        state_.storage.check_in_sync(state_);
        break;
    }
  }

  // --- messages ---
  void on_message(ShardId, OpenLogs message) { open_logs(state_, std::move(message)); }
  void on_message(ShardId, const NewImage& message) { apply_image(state_, message.image); }
  void on_message(ShardId, const NewLogLevel& message) {
    state_.log_level = message.level;
    state_.effects->log_at_least = least_told(message.level);
  }
  void on_message(ShardId from, ImageApplied message) {
    state_.member->images().on_applied(state_, from, std::move(message));
  }
  void on_message(ShardId from, const CheckpointAsked& message) {
    if (message.durable) state_.storage.on_durable_checkpoint(state_, *message.durable);
    state_.send(from, CheckpointTold{state_.storage.checkpoints(state_)});
  }
  void on_message(ShardId, LogFailed) { state_.log_failures->note(state_); }
  void on_message(ShardId, const CheckpointWanted&) { state_.lifecycle->want_checkpoint(state_); }
  void on_message(ShardId from, CheckpointTold message) {
    state_.lifecycle->on_checkpoint(state_, from, std::move(message));
  }
  void on_message(ShardId, Drain) { begin_draining(state_); }
  void on_message(ShardId from, Drained) { state_.lifecycle->on_drained(state_, from); }
  void on_message(ShardId, CloseLogs) { close_logs(state_); }
  void on_message(ShardId from, LogsClosed message) {
    state_.lifecycle->on_closed(state_, from, std::move(message));
  }
  void on_message(ShardId from, AlterIsr message) {
    alter_partitions(state_, std::move(message.partitions),
                     [from](ShardState& later, const controller::AlteredIsrs& altered) {
                       later.send(from, IsrAltered{altered});
                     });
  }
  void on_message(ShardId, const IsrAltered& message) {
    state_.proposals.on_answer(state_, message.altered);
  }
  void on_message(ShardId from, const ForwardedRequest& message) {
    admit(state_, {from, message.connection}, message.client, message.frame);
  }
  void on_message(ShardId, ForwardedReply message) {
    state_.reply(ReplyTarget{state_.self(), message.connection}, std::move(message.pieces));
  }
  void on_message(ShardId, ForwardedClose message) {
    state_.close({state_.self(), message.connection}, std::move(message.reason));
  }
  void on_message(ShardId from, const RunTasks& message) { run_tasks_for(state_, from, message); }
  void on_message(ShardId, TaskResults message) {
    for (auto& [slot, result] : message.results)
      state_.gathers.deliver(message.request, slot, std::move(result));
  }
  void on_message(ShardId from, const WatchPartitions& message) {
    watch_for(state_, from, message);
  }
  void on_message(ShardId from, const CancelWatches& message) {
    state_.watches.cancel(from, message.request);
  }
  void on_message(ShardId, const PlaceLogs& message) {
    for (const auto& [name, folder] : message.folders) state_.storage.place(state_, name, folder);
  }

  // Everything that follows from the event happens in the same step: changed partitions serve those
  // who wait for them, completed requests are answered, messages to ourselves are handled.
  void settle() {
    do {
      while (!state_.touched.empty()) settle_touched();
      state_.fetchers.send(state_);
      state_.proposals.send(state_);
      state_.gathers.settle(state_);
      send_results();
      if (!state_.inbox.empty()) {
        Message message = std::move(state_.inbox.front());
        state_.inbox.pop_front();
        std::visit([&](auto&& one) { on_message(state_.self(), std::forward<decltype(one)>(one)); },
                   std::move(message.content));
      }
      drained_if_idle(state_);
    } while (!state_.touched.empty() || !state_.inbox.empty() || state_.gathers.has_touched());
  }

  void settle_touched() {
    std::swap(settling_, state_.touched);
    for (const PartitionNumber number : settling_)
      if (Partition* const partition = state_.partitions.find(number))
        settle_partition(state_, *partition);
    settling_.clear();
  }

  void send_results() {
    for (auto& [to, results] : state_.results_for_others)
      state_.send(to.first, TaskResults{to.second, std::move(results)});
    state_.results_for_others.clear();
  }

  ShardState state_;
  std::vector<PartitionNumber> settling_;  // kept for its memory
};

Shard::Shard(ShardContext context) : implementation_(std::make_unique<Implementation>(context)) {}
Shard::~Shard() = default;

void Shard::step(model::Now now, Event event, Effects& out) {
  implementation_->step(now, std::move(event), out);
}

}  // namespace gregor::broker
