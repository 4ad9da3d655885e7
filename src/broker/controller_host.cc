// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/controller_host.h"

#include <iterator>

#include "base/assert.h"
#include "broker/lifecycle.h"
#include "broker/shard_state.h"

namespace gregor::broker {

ControllerHost::ControllerHost(controller::Settings settings) : controller_(std::move(settings)) {}

void ControllerHost::connected(ShardState& shard, coordination::SessionId session) {
  step(shard, controller::Started{session, model::random_uuid(shard.prng)});
}

void ControllerHost::on_reply(ShardState& shard, coordination::Reply reply) {
  if (controller_.awaits(reply.id)) step(shard, std::move(reply));
}

void ControllerHost::on_watch(ShardState& shard, coordination::WatchFired watch) {
  step(shard, std::move(watch));
}

void ControllerHost::on_time(ShardState& shard) { step(shard, controller::TimeReached{}); }

void ControllerHost::submit(ShardState& shard, Body body, OnAnswer on_answer) {
  const controller::Token token(next_token_++);
  waiting_.emplace(token, std::move(on_answer));
  step(shard, controller::Command{token, std::move(body)});
}

void ControllerHost::step(ShardState& shard, controller::Event event) {
  controller::Effects effects;
  controller_.step(shard.now, std::move(event), effects);
  for (std::string& note : effects.notes) shard.say(Severity::info, std::move(note));
  auto& requests = shard.effects->coordination;
  requests.insert(requests.end(), std::make_move_iterator(effects.requests.begin()),
                  std::make_move_iterator(effects.requests.end()));
  shard.timers.cancel(timer_);
  if (effects.wake_at) timer_ = shard.timers.set(*effects.wake_at, Chore::controller);
  if (!effects.changes.empty()) enqueue_image();
  if (effects.fatal) shard.effects->fatal = std::move(effects.fatal);
  for (controller::Answer& answer : effects.answers) {
    const auto found = waiting_.find(answer.token);
    ASSERT(found != waiting_.end());
    held_.push_back({newest_, std::move(found->second), std::move(answer.results)});
    waiting_.erase(found);
  }
  const bool knows_cluster = controller_.role() == controller::Role::active ||
                             controller_.role() == controller::Role::standby;
  if (!publishing_ && knows_cluster) shard.lifecycle->cluster_known(shard);
  publish_next(shard);
  release_answers(shard);
}

void ControllerHost::enqueue_image() {
  if (!publishing_) return;  // the first snapshot will have it
  controller::Image between = last_made_->metadata;
  bool replaced = false;
  for (const controller::Change& change : controller::difference(between, controller_.image())) {
    const auto* topic = std::get_if<controller::TopicChanged>(&change);
    if (topic == nullptr || topic->before == nullptr || topic->after == nullptr) continue;
    if (topic->before->id == topic->after->id) continue;
    between.remove_topic(topic->before->name);
    replaced = true;
  }
  const auto enqueue = [&](controller::Image image) {
    unpublished_.push_back(make_image(std::move(image)));
  };
  if (replaced) enqueue(std::move(between));
  enqueue(controller_.image());
}

ClusterImagePtr ControllerHost::first_image(const ShardState& shard) {
  ASSERT(!publishing_);
  publishing_ = true;
  expect_all(shard);
  return make_image(controller_.image());
}

ClusterImagePtr ControllerHost::make_image(controller::Image metadata) {
  newest_ = ImageVersion(newest_.value() + 1);
  last_made_ = std::make_shared<const ClusterImage>(ClusterImage{newest_, std::move(metadata)});
  return last_made_;
}

void ControllerHost::expect_all(const ShardState& shard) {
  for (std::uint32_t id = 0; id < shard.context.shards; ++id) applying_.insert(ShardId(id));
}

void ControllerHost::publish_next(ShardState& shard) {
  if (!publishing_ || !applying_.empty() || unpublished_.empty()) return;
  const ClusterImagePtr image = std::move(unpublished_.front());
  unpublished_.pop_front();
  expect_all(shard);
  shard.send_to_all(NewImage{image});
}

void ControllerHost::on_applied(ShardState& shard, ShardId from, ImageApplied applied) {
  applying_.erase(from);
  if (applied.removed) {
    removed_ = true;
    checkpoints_.insert(checkpoints_.end(), applied.logs.begin(), applied.logs.end());
  }
  if (!applying_.empty()) return;
  if (removed_) shard.lifecycle->write_checkpoints(shard, checkpoints_, log::Durability::now);
  removed_ = false;
  checkpoints_.clear();
  applied_ = applied.version;
  publish_next(shard);
  release_answers(shard);
}

void ControllerHost::release_answers(ShardState& shard) {
  while (!held_.empty() && held_.front().until <= applied_) {
    Held held = std::move(held_.front());
    held_.pop_front();
    held.on_answer(shard, std::move(held.results));
  }
}

}  // namespace gregor::broker
