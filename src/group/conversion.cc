// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/conversion.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/ranges.h"
#include "group/record_bytes.h"

namespace gregor::group {

namespace {

// The newest that we know of messages whose versions only add to their ends.
constexpr std::int16_t known_version = 3;

using protocol::ConsumerProtocolAssignment;
using protocol::ConsumerProtocolSubscription;

template <class Message>
model::Result<Message> parse(base::BytesView bytes) {
  const auto version = take_prefix(bytes);
  if (!version) return model::fail(version.error());
  if (*version < 0)
    return model::fail(model::ErrorCode::corrupt_message, "a version of consumers below 0");
  return take<Message>(bytes, std::min(*version, known_version));
}

}  // namespace

model::Result<ConsumerProtocolSubscription> parse_subscription(base::BytesView metadata) {
  return parse<ConsumerProtocolSubscription>(metadata);
}

base::Bytes encode_assignment(const Partitions& partitions, base::BytesView subscription,
                              const controller::Image& cluster) {
  ConsumerProtocolAssignment message;
  for (const TopicIdPartition& one : partitions) {
    const auto name = cluster.topic_names.find(one.topic);
    if (name == cluster.topic_names.end()) continue;  // deleted since
    auto& topics = message.assigned_partitions;
    if (topics.empty() || topics.back().topic != name->second)
      topics.emplace_back().topic = name->second;
    topics.back().partitions.push_back(one.partition);
  }
  const auto version = take_prefix(subscription);
  const std::int16_t used =
      version && *version >= 0 ? std::min(*version, known_version) : std::int16_t{0};
  return bytes_of(used, message, used);
}

model::Result<ConsumerGroup> upgraded(const ClassicGroup& group, const controller::Image& cluster) {
  ConsumerGroup out(group.id());
  const std::string& id = group.id();
  for (const auto& [name, member] : group.members()) {
    const base::BytesView metadata = group.protocol()
                                         ? member.metadata_for(*group.protocol())
                                         : base::BytesView(member.protocols.front().metadata);
    auto subscription = parse_subscription(metadata);
    if (!subscription) return model::fail(subscription.error());
    MemberMetadata said{.instance_id = member.instance_id,
                        .rack_id = subscription->rack_id,
                        .client_id = member.client_id,
                        .client_host = member.client_host,
                        .rebalance_timeout_ms = member.rebalance_timeout_ms,
                        .classic = ClassicSide{member.session_timeout_ms, member.protocols}};
    said.topics.insert(subscription->topics.begin(), subscription->topics.end());
    Partitions has;
    if (!member.assignment.empty()) {
      const auto assignment = parse<ConsumerProtocolAssignment>(member.assignment);
      if (!assignment) return model::fail(assignment.error());
      has = partitions_by_name(assignment->assigned_partitions, cluster);
    }
    // What two leaders' assignments have in common is not trusted: the first member has it.
    std::erase_if(has, [&](const TopicIdPartition& one) { return out.holder(one) != nullptr; });
    out.apply(MemberChange{id, name, std::move(said)});
    out.apply(TargetChange{id, name, has});
    out.apply(CurrentChange{id, name,
                            CurrentAssignment{.epoch = group.generation(),
                                              .previous_epoch = group.generation(),
                                              .assigned = std::move(has)}});
  }
  out.apply(EpochChange{id, EpochChange::Value{group.generation(), 0}});
  out.apply(TargetEpochChange{id, group.generation()});
  return out;
}

ClassicGroup downgraded(const ConsumerGroup& group, const std::vector<std::string>& without,
                        const controller::Image& cluster, model::Timestamp now) {
  const auto stays = [&](const std::string& id) { return !base::contains(without, id); };
  // A group of these members, to find what most of them prefer.
  ClassicGroup gathered(group.id(), now);
  for (const auto& [id, member] : group.members()) {
    if (!stays(id)) continue;
    ASSERT(member.is_classic());
    gathered.add({.id = id,
                  .instance_id = member.metadata.instance_id,
                  .client_id = member.metadata.client_id,
                  .client_host = member.metadata.client_host,
                  .rebalance_timeout_ms = member.metadata.rebalance_timeout_ms,
                  .session_timeout_ms = member.metadata.classic->session_timeout_ms,
                  .protocols = member.metadata.classic->protocols},
                 consumer_protocol_type);
  }
  auto value = gathered.snapshot();
  value.generation = group.epoch();
  value.protocol = gathered.select_protocol();
  for (auto& one : value.members) {
    const Member& member = *gathered.find(one.member_id);
    one.subscription = base::to_bytes(member.metadata_for(*value.protocol));
    one.assignment = encode_assignment(group.target_of(one.member_id), one.subscription, cluster);
  }
  ClassicGroup out(group.id(), value);
  for (const auto& [id, member] : gathered.members())
    out.update(id, member.protocols, member.rebalance_timeout_ms, member.session_timeout_ms);
  return out;
}

}  // namespace gregor::group
