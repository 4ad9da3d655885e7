// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/controller_host.h"

#include <iterator>
#include <memory>
#include <utility>

#include "broker/lifecycle.h"
#include "broker/member.h"
#include "broker/shard_state.h"
#include "broker/trace.h"

namespace gregor::broker {

ControllerHost::ControllerHost(controller::Settings settings) : controller_(std::move(settings)) {}

void ControllerHost::connected(ShardState& shard, coordination::SessionId session) {
  step(shard, controller::Started{session, model::random_uuid(shard.prng)});
}

void ControllerHost::restored(ShardState& shard) {
  step(shard, coordination::ConnectionRestored{});
}

void ControllerHost::on_reply(ShardState& shard, coordination::Reply reply) {
  if (controller_.awaits(reply.id)) step(shard, std::move(reply));
}

void ControllerHost::on_watch(ShardState& shard, coordination::WatchFired watch) {
  step(shard, std::move(watch));
}

void ControllerHost::on_time(ShardState& shard) { step(shard, controller::TimeReached{}); }

void ControllerHost::on_answered(ShardState& shard, controller::BrokerAnswered answered) {
  step(shard, std::move(answered));
}

void ControllerHost::submit(ShardState& shard, Body body, OnAnswer on_answer) {
  const controller::Token token(next_token_++);
  const controller::Command command{token, std::move(body)};
  const model::Instant deadline = shard.after(shard.settings().request_timeout_ms);
  if (waiting_.empty()) overdue_ = shard.timers.set(deadline, Chore::overdue_commands);
  waiting_.emplace(token, Asked{command, std::move(on_answer), deadline});
  step(shard, command);
}

void ControllerHost::give_up_overdue(ShardState& shard) {
  while (!waiting_.empty() && waiting_.begin()->second.deadline <= shard.now.monotonic)
    give_up(shard, waiting_.extract(waiting_.begin()).mapped());
  if (!waiting_.empty())
    overdue_ = shard.timers.set(waiting_.begin()->second.deadline, Chore::overdue_commands);
}

void ControllerHost::give_up_all(ShardState& shard) {
  shard.timers.cancel(overdue_);
  for (const auto& [token, asked] : std::exchange(waiting_, {})) give_up(shard, asked);
}

void ControllerHost::give_up(ShardState& shard, const Asked& asked) {
  asked.on_answer(
      shard, controller::refusal(asked.command, {model::ErrorCode::request_timed_out,
                                                 "The coordination service cannot be reached."})
                 .results);
}

void ControllerHost::step(ShardState& shard, controller::Event event) {
  controller::Effects effects;
  effects.observed = shard.trace != nullptr;
  controller_.step(shard.now, std::move(event), effects);
  if (shard.trace) shard.trace->note(shard.broker_id(), effects.trace);
  for (std::string& note : effects.notes) shard.say(Severity::info, std::move(note));
  auto& requests = shard.effects->coordination;
  requests.insert(requests.end(), std::make_move_iterator(effects.requests.begin()),
                  std::make_move_iterator(effects.requests.end()));
  shard.timers.cancel(timer_);
  if (effects.wake_at) timer_ = shard.timers.set(*effects.wake_at, Chore::controller);
  if (effects.unclean_shutdown_settled) shard.lifecycle->unclean_shutdown_settled(shard);
  if (effects.fatal) shard.effects->fatal = std::move(effects.fatal);
  shard.member->observe(controller_, effects.changes);
  tell(shard, std::move(effects.broker_requests));
  shard.lifecycle->begin_if_known(shard);
  shard.member->publish(shard);
  answer(shard, std::move(effects.answers));
}

void ControllerHost::tell(ShardState& shard, std::vector<controller::BrokerRequest> requests) {
  std::vector<controller::BrokerRequest> to_others;
  for (controller::BrokerRequest& request : requests) {
    if (request.to != shard.broker_id()) {
      to_others.push_back(std::move(request));
      continue;
    }
    shard.member->hear(shard, request, [](ShardState& later, controller::BrokerAnswered answered) {
      later.controller->on_answered(later, std::move(answered));
    });
  }
  channel_.send(shard, controller_, std::move(to_others));
}

void ControllerHost::answer(ShardState& shard, std::vector<controller::Answer> answers) {
  for (controller::Answer& one : answers) {
    auto asked = waiting_.extract(one.token);
    if (asked.empty()) continue;  // given up
    shard.member->images().when_applied(
        shard, [on_answer = std::move(asked.mapped().on_answer), results = std::move(one.results)](
                   ShardState& later) { on_answer(later, results); });
  }
  if (waiting_.empty()) shard.timers.cancel(overdue_);
}

}  // namespace gregor::broker
