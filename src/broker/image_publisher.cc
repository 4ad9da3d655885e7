// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/image_publisher.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/ranges.h"
#include "broker/lifecycle.h"
#include "broker/shard_state.h"

namespace gregor::broker {

ClusterImagePtr ImagePublisher::first(const ShardState& shard, ClusterImage image) {
  ASSERT(!has_begun());
  expect_all(shard);
  return make(std::move(image));
}

void ImagePublisher::publish(ShardState& shard, ClusterImage image) {
  ASSERT(has_begun());
  controller::Image between = last_made_->metadata;
  bool replaced = false;
  for (const controller::Change& change : controller::difference(between, image.metadata)) {
    const auto* topic = std::get_if<controller::TopicChanged>(&change);
    if (topic == nullptr || topic->before == nullptr || topic->after == nullptr) continue;
    if (topic->before->id == topic->after->id) continue;
    between.remove_topic(topic->before->name);
    replaced = true;
  }
  if (replaced)
    unpublished_.push_back(make({.version = {},
                                 .metadata = std::move(between),
                                 .stopped = std::exchange(image.stopped, {}),
                                 .inherited = image.inherited}));
  unpublished_.push_back(make(std::move(image)));
  publish_next(shard);
}

void ImagePublisher::when_applied(ShardState& shard, OnApplied on_applied) {
  const ImageVersion until = has_begun() ? last_made_->version : ImageVersion(0);
  held_.push_back({until, std::move(on_applied)});
  release(shard);
}

bool ImagePublisher::is_offline(const model::TopicPartition& partition) const {
  return std::ranges::any_of(
      offline_, [&](const auto& of_shard) { return base::contains(of_shard.second, partition); });
}

ClusterImagePtr ImagePublisher::make(ClusterImage image) {
  image.version = ImageVersion(has_begun() ? last_made_->version.value() + 1 : 1);
  last_made_ = std::make_shared<const ClusterImage>(std::move(image));
  return last_made_;
}

void ImagePublisher::expect_all(const ShardState& shard) {
  for (std::uint32_t id = 0; id < shard.context.shards; ++id) applying_.insert(ShardId(id));
}

void ImagePublisher::publish_next(ShardState& shard) {
  if (!applying_.empty() || unpublished_.empty()) return;
  const ClusterImagePtr image = std::move(unpublished_.front());
  unpublished_.pop_front();
  expect_all(shard);
  shard.send_to_all(NewImage{image});
}

void ImagePublisher::on_applied(ShardState& shard, ShardId from, ImageApplied applied) {
  applying_.erase(from);
  offline_[from] = std::move(applied.offline);
  if (applied.removed) {
    removed_ = true;
    checkpoints_.insert(checkpoints_.end(), applied.logs.begin(), applied.logs.end());
  }
  if (!applying_.empty()) return;
  if (removed_) shard.lifecycle->write_checkpoints_now(shard, checkpoints_);
  removed_ = false;
  checkpoints_.clear();
  applied_ = applied.version;
  publish_next(shard);
  release(shard);
}

void ImagePublisher::release(ShardState& shard) {
  while (!held_.empty() && held_.front().until <= applied_) {
    const Held held = std::move(held_.front());
    held_.pop_front();
    held.on_applied(shard);
  }
}

}  // namespace gregor::broker
