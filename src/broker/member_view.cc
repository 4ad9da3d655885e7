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
using controller::Partition;
using controller::Topic;

constexpr model::PartitionEpoch never_told{-1};

bool is_newer(const Partition& news, const Partition& known) {
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
  Partition& known = topic.partitions[at];
  if (known.partition_epoch == never_told || is_newer(news.state, known)) known = news.state;
}

}  // namespace

model::ErrorCode MemberView::hear(const controller::BrokerRequest& request) {
  if (request.controller_epoch < image_.controller_epoch)
    return model::ErrorCode::stale_controller_epoch;
  if (request.broker_epoch < epoch_) return model::ErrorCode::stale_broker_epoch;
  image_.controller_epoch = request.controller_epoch;
  image_.controller = request.controller;
  return model::ErrorCode::none;
}

void MemberView::update(const controller::BrokerRequest& request,
                        const controller::UpdateMetadata& news) {
  image_.controller = request.controller;
  image_.brokers.clear();
  for (const controller::Broker& broker : news.brokers) image_.brokers.emplace(broker.id, broker);
  for (const controller::GoneTopic& gone : news.gone) forget(gone);
  const std::span all(news.partitions);
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin + 1;
    while (end < all.size() && all[end].topic == all[begin].topic &&
           all[end].incarnation == all[begin].incarnation)
      ++end;
    learn(all.subspan(begin, end - begin));
    begin = end;
  }
  if (news.complete) forget_unnamed(news);
}

void MemberView::forget(const controller::GoneTopic& gone) {
  const auto known = image_.topic(gone.topic);
  if (known && known->incarnation <= gone.incarnation) image_.remove_topic(gone.topic);
}

void MemberView::learn(std::span<const AnnouncedPartition> partitions_of_one_topic) {
  const AnnouncedPartition& first = partitions_of_one_topic.front();
  const auto known = image_.topic(first.topic);
  if (known && first.incarnation < known->incarnation) return;
  Topic topic;
  if (known && !is_another(first, *known)) topic = *known;
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
