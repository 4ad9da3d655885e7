// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/member_view.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace gregor::broker {
namespace {

using controller::AnnouncedPartition;
using controller::Topic;

constexpr model::PartitionEpoch never_told{-1};

bool is_newer(const controller::Partition& news, const controller::Partition& known) {
  if (news.leader_epoch != known.leader_epoch) return news.leader_epoch > known.leader_epoch;
  return news.partition_epoch > known.partition_epoch;
}

// Whether what is told of `news` is of another topic than the known one of its name. Kafka's
// controllers say no incarnation: then the id tells.
bool is_another(const AnnouncedPartition& news, const Topic& known) {
  return news.incarnation != known.incarnation || news.topic_id != known.id;
}

void take(Topic& topic, const AnnouncedPartition& news) {
  const auto at = static_cast<std::size_t>(news.partition.value());
  while (topic.partitions.size() <= at)
    topic.partitions.emplace_back().partition_epoch = never_told;
  controller::Partition& known = topic.partitions[at];
  if (known.partition_epoch == never_told || is_newer(news.state, known)) known = news.state;
}

}  // namespace

void MemberView::registered(model::BrokerEpoch epoch) {
  epoch_ = epoch;
  if (first_epoch_.value() < 0) first_epoch_ = epoch;
}

model::ErrorCode MemberView::hear(const controller::BrokerRequest& request) {
  if (request.controller_epoch < image_.controller_epoch)
    return model::ErrorCode::stale_controller_epoch;
  if (request.broker_epoch < epoch_) return model::ErrorCode::stale_broker_epoch;
  // The controller may know of the registration before this broker does.
  if (first_epoch_.value() < 0) first_epoch_ = request.broker_epoch;
  if (request.controller_epoch > image_.controller_epoch) newest_ = {};
  if (request.id < newest_) return model::ErrorCode::stale_controller_epoch;
  newest_ = request.id;
  image_.controller_epoch = request.controller_epoch;
  image_.controller = request.controller;
  return model::ErrorCode::none;
}

void MemberView::update(const controller::UpdateMetadata& news) {
  image_.brokers.clear();
  for (const controller::Broker& broker : news.brokers) image_.brokers.emplace(broker.id, broker);
  for (const controller::GoneTopic& gone : news.gone) forget(gone);
  learn(news.partitions, Told::whole);
  if (news.complete) forget_unnamed(news);
}

// All replicas of this broker are named in the complete ones. Those that are not named need no
// word of their own: their topics come as a whole with UpdateMetadata.
MemberView::Refused MemberView::lead(const controller::LeaderAndIsr& news) {
  Refused refused;
  for (const AnnouncedPartition& partition : news.partitions)
    if (is_outdated(partition))
      refused.push_back(
          {{partition.topic, partition.partition}, model::ErrorCode::fenced_leader_epoch});
  learn(news.partitions, Told::in_part);
  return refused;
}

bool MemberView::is_outdated(const AnnouncedPartition& partition) const {
  const auto known = image_.topic(partition.topic);
  if (known == nullptr) return false;
  if (partition.incarnation < known->incarnation) return true;
  if (is_another(partition, *known)) return false;
  const auto at = static_cast<std::size_t>(partition.partition.value());
  return at < known->partitions.size() &&
         partition.state.leader_epoch < known->partitions[at].leader_epoch;
}

MemberView::Stops MemberView::stop(const controller::StopReplica& request) {
  Stops out;
  for (const controller::StoppedReplica& one : request.replicas) {
    const auto known = image_.topic(one.topic);
    const auto at = static_cast<std::size_t>(one.partition.value());
    const bool is_known = known != nullptr && at < known->partitions.size();
    // Of an incarnation of before, it may still lie on the disk; of this one the epoch decides.
    const bool is_overruled = is_known && one.incarnation >= known->incarnation &&
                              !one.topic_deleted &&
                              one.leader_epoch < known->partitions[at].leader_epoch;
    const bool is_of_another = known != nullptr && one.incarnation < known->incarnation;
    if (is_overruled || is_of_another) {
      out.refused.push_back({{one.topic, one.partition}, model::ErrorCode::fenced_leader_epoch});
      continue;
    }
    if (one.topic_deleted) forget({one.topic, one.topic_id, one.incarnation, 0});
    out.stopped.push_back(one);
  }
  return out;
}

void MemberView::learn(std::span<const AnnouncedPartition> all, Told told) {
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin + 1;
    while (end < all.size() && all[end].topic == all[begin].topic &&
           all[end].incarnation == all[begin].incarnation)
      ++end;
    learn_topic(all.subspan(begin, end - begin), told);
    begin = end;
  }
}

bool MemberView::is_news(const AnnouncedPartition& partition) const {
  const auto known = image_.topic(partition.topic);
  return known == nullptr || is_another(partition, *known);
}

bool MemberView::may_be_inherited(const AnnouncedPartition& partition) const {
  // (Epochs go back when the coordination service is restored from a backup.)
  const model::BrokerEpoch since = std::min(disks_since_.value_or(first_epoch_), first_epoch_);
  return partition.born.value() > 0 && partition.born.value() < since.value();
}

void MemberView::forget(const controller::GoneTopic& gone) {
  const auto known = image_.topic(gone.topic);
  if (known && known->incarnation <= gone.incarnation) image_.remove_topic(gone.topic);
}

void MemberView::learn_topic(std::span<const AnnouncedPartition> partitions_of_one_topic,
                             Told told) {
  const AnnouncedPartition& first = partitions_of_one_topic.front();
  const auto known = image_.topic(first.topic);
  if (known && first.incarnation < known->incarnation) return;
  Topic topic;
  const bool is_known = known && !is_another(first, *known);
  if (is_known) topic = *known;
  topic.in_part = told == Told::in_part && (!is_known || known->in_part);
  topic.name = first.topic;
  topic.id = first.topic_id;
  topic.incarnation = first.incarnation;
  for (const AnnouncedPartition& partition : partitions_of_one_topic) take(topic, partition);
  image_.put(std::make_shared<const Topic>(std::move(topic)));
}

void MemberView::forget_unnamed(const controller::UpdateMetadata& news) {
  std::set<std::string_view> named;
  for (const AnnouncedPartition& partition : news.partitions) named.insert(partition.topic);
  std::vector<std::string> unnamed;
  for (const auto& [name, topic] : image_.topics)
    if (!named.contains(name) && topic->incarnation <= news.as_of) unnamed.push_back(name);
  for (const std::string& name : unnamed) image_.remove_topic(name);
}

}  // namespace gregor::broker
