// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What comes out of a step is performed in the order of server/shard_thread.cc; the process may die
// before any of it.
#include <fmt/format.h>

#include <utility>

#include "broker/trace.h"
#include "log/sync_job.h"
#include "simulation/broker_process.h"

namespace gregor::simulation {

using broker::Effects;

void BrokerProcess::perform(std::uint32_t shard, Effects& effects) {
  note(shard, effects);
  const std::uint64_t life = starts_;
  const auto is_over = [&] { return life != starts_ || state_ == State::down; };
  perform_on_connections(shard, effects);
  if (is_over()) return;
  perform_elsewhere(shard, effects);
  if (is_over()) return;
  set_timer(shard, effects.wake_at);
  change_state(shard, effects);
}

// Everything that can be seen of an effect goes into the hash.
void BrokerProcess::note(std::uint32_t shard, const Effects& effects) {
  EffectsHash& hash = env_.effects;
  broker::for_each_line(effects.trace, env_.trace);
  for (const auto& line : effects.lines) {
    hash.add(line.text);
    env_.say(fmt::format("{}.{}", name_, shard), [&] { return line.text; });
  }
  for (const auto& proceed : effects.proceeds) hash.add(proceed.connection.value());
  for (const auto& close : effects.closes) hash.add(close.reason);
  for (const auto& message : effects.messages) hash.add(message.to.value());
  for (const auto& request : effects.coordination) hash.add(request.operation.index());
  for (const auto& request : effects.peer_requests) hash.add(request.frame);
  for (const auto& job : effects.syncs) hash.add(job.id.value());
  if (effects.wake_at) hash.add(static_cast<std::uint64_t>(effects.wake_at->value()));
}

// Counts an effect.
bool BrokerProcess::dies_here() {
  if (!effects_left_) return false;
  if (*effects_left_ > 0) {
    --*effects_left_;
    return false;
  }
  env_.mark("death between two effects");
  die(death_);
  return true;
}

void BrokerProcess::perform_on_connections(std::uint32_t, Effects& effects) {
  for (const auto& answer : effects.replies) {
    if (dies_here()) return;
    reply(answer);
  }
  for (const auto& proceed : effects.proceeds) {
    if (dies_here()) return;
    request_done(proceed.connection);
  }
  for (const auto& close : effects.closes) {
    if (dies_here()) return;
    env_.say(name_, [&] {
      return fmt::format("closes connection {}: {}", close.connection.value(), close.reason);
    });
    close_connection(close.connection);
  }
}

void BrokerProcess::perform_elsewhere(std::uint32_t shard, Effects& effects) {
  for (auto& outgoing : effects.messages) {
    if (dies_here()) return;
    broker::Event event =
        broker::MessageArrived{broker::ShardId(shard), std::move(outgoing.message)};
    if (outgoing.to.value() == shard)
      due_.emplace_back(std::move(event));
    else
      post(outgoing.to.value(), std::move(event));
  }
  if (!effects.coordination.empty()) {
    if (dies_here()) return;
    coordination_->submit(std::move(effects.coordination));
  }
  for (auto& request : effects.peer_requests) {
    if (dies_here()) return;
    send_to_peer(shard, std::move(request));
  }
  for (auto& job : effects.syncs) {
    if (dies_here()) return;
    run_sync(shard, std::move(job));
  }
}

void BrokerProcess::change_state(std::uint32_t shard, const Effects& effects) {
  shards_[shard].ready = shards_[shard].ready || effects.ready;
  shards_[shard].stopped = shards_[shard].stopped || effects.stopped;
  if (effects.fatal) return exit(*effects.fatal);
  bool all_ready = true;
  bool all_stopped = true;
  for (const Shard& one : shards_) {
    all_ready = all_ready && one.ready;
    all_stopped = all_stopped && one.stopped;
  }
  if (state_ == State::starting && all_ready) enter(State::serving);
  if (state_ == State::stopping && all_stopped) finish_stop();
}

// --- the effects one by one ---

void BrokerProcess::reply(const broker::Reply& reply) {
  base::Bytes bytes;
  for (const broker::Piece& piece : reply.pieces) {
    if (const auto* own = std::get_if<base::Bytes>(&piece)) {
      base::append(bytes, *own);
      continue;
    }
    const auto& slice = std::get<broker::FileSlice>(piece);
    const std::size_t at = bytes.size();
    bytes.resize(at + slice.length);
    const auto read =
        slice.file->read_at(slice.position, base::MutableBytesView(bytes).subspan(at));
    if (!read || *read != slice.length) {  // as server/send_queue.cc
      env_.mark("slice could not be read");
      return close_connection(reply.connection);
    }
  }
  env_.effects.add(bytes);
  const auto found = connections_.find(reply.connection);
  if (found == connections_.end()) return;
  network_.send(found->second.link, Network::End::listener, std::move(bytes));
  request_done(reply.connection);
}

void BrokerProcess::set_timer(std::uint32_t shard, std::optional<model::Instant> at) {
  const std::uint64_t setting = ++shards_[shard].timer_setting;
  if (!at) return;
  const Time when = std::max(env_.now(), Time(at->value() * millisecond));
  in_this_life(when, [this, shard, setting] {
    if (shards_[shard].timer_setting != setting) return;
    shards_[shard].letters.emplace_front(TimerDue{setting});
    schedule_turn(shard);
  });
}

void BrokerProcess::run_sync(std::uint32_t shard, broker::SyncJob job) {
  const Time done = env_.now() + dice_.between(plan_.sync.least, plan_.sync.most);
  model::Result<> early;
  if (!plan_.syncs_read_late) early = log::run(*disk_, job.job);
  in_this_life(done, [this, shard, early = std::move(early), job = std::move(job)] {
    const model::Result<> result = plan_.syncs_read_late ? log::run(*disk_, job.job) : early;
    if (!result) env_.mark("sync failed");
    post(shard, broker::Event(broker::Synced{job.id, result}));
  });
}

}  // namespace gregor::simulation
