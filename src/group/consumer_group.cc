// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/consumer_group.h"

#include <algorithm>
#include <utility>

namespace gregor::group {

const ConsumerMember* ConsumerGroup::find(std::string_view member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? nullptr : &found->second;
}

const ConsumerMember* ConsumerGroup::static_member(std::string_view instance_id) const {
  const auto found = static_members_.find(instance_id);
  return found == static_members_.end() ? nullptr : find(found->second);
}

bool ConsumerGroup::has_classic_members_only() const {
  return std::ranges::all_of(members_, [](const auto& one) { return one.second.is_classic(); });
}

const Partitions& ConsumerGroup::target_of(std::string_view member) const {
  static const Partitions nothing;
  const auto found = targets_.find(member);
  return found == targets_.end() ? nothing : found->second;
}

const std::string* ConsumerGroup::holder(const TopicIdPartition& partition) const {
  const auto found = holders_.find(partition);
  return found == holders_.end() ? nullptr : &found->second;
}

std::string_view ConsumerGroup::state() const {
  if (members_.empty()) return "Empty";
  if (epoch_ > target_epoch_) return "Assigning";
  const bool settled = std::ranges::all_of(members_, [&](const auto& one) {
    const CurrentAssignment& current = one.second.current;
    return current.state == MemberState::stable && current.epoch == target_epoch_;
  });
  return settled ? "Stable" : "Reconciling";
}

bool ConsumerGroup::is_subscribed_to(std::string_view topic) const {
  return std::ranges::any_of(members_, [&](const auto& one) {
    const MemberMetadata& member = one.second.metadata;
    if (member.topics.contains(topic)) return true;
    const auto pattern = patterns_.find(member.pattern);
    return pattern != patterns_.end() && pattern->second.topics.contains(topic);
  });
}

void ConsumerGroup::apply(const ConsumerChange& change) {
  std::visit([&](const auto& one) { on(one); }, change);
}

void ConsumerGroup::on(const EpochChange& change) {
  epoch_ = change.value ? change.value->epoch : 0;
  metadata_hash_ = change.value ? change.value->metadata_hash : 0;
}

void ConsumerGroup::on(const MemberChange& change) {
  const auto known = members_.find(change.member);
  if (known != members_.end() && known->second.metadata.instance_id) {
    const auto instance = static_members_.find(*known->second.metadata.instance_id);
    if (instance != static_members_.end() && instance->second == change.member)
      static_members_.erase(instance);
  }
  if (!change.value) {
    if (known == members_.end()) return;
    let_go(change.member, known->second.current.assigned);
    let_go(change.member, known->second.current.pending_revocation);
    members_.erase(known);
    return;
  }
  ConsumerMember& member = members_[change.member];
  member.id = change.member;
  member.metadata = *change.value;
  if (change.value->instance_id)
    static_members_.insert_or_assign(*change.value->instance_id, change.member);
}

void ConsumerGroup::on(const PatternChange& change) {
  if (change.value)
    patterns_.insert_or_assign(change.pattern, *change.value);
  else
    patterns_.erase(change.pattern);
}

void ConsumerGroup::on(const TargetEpochChange& change) {
  target_epoch_ = change.value.value_or(0);
}

void ConsumerGroup::on(const TargetChange& change) {
  if (change.value)
    targets_.insert_or_assign(change.member, *change.value);
  else
    targets_.erase(change.member);
}

void ConsumerGroup::on(const CurrentChange& change) {
  const auto known = members_.find(change.member);
  if (known != members_.end()) {
    let_go(change.member, known->second.current.assigned);
    let_go(change.member, known->second.current.pending_revocation);
    known->second.current = {};
  }
  if (!change.value) return;
  ConsumerMember& member = members_[change.member];
  member.id = change.member;
  member.current = *change.value;
  take_hold(change.member, member.current.assigned);
  take_hold(change.member, member.current.pending_revocation);
}

void ConsumerGroup::take_hold(const std::string& member, const Partitions& partitions) {
  for (const TopicIdPartition& one : partitions) holders_.insert_or_assign(one, member);
}

void ConsumerGroup::let_go(const std::string& member, const Partitions& partitions) {
  for (const TopicIdPartition& one : partitions) {
    const auto held = holders_.find(one);
    if (held != holders_.end() && held->second == member) holders_.erase(held);
  }
}

void fold(ConsumerGroups& groups, const ConsumerChange& change) {
  const auto fold_one = [&](const auto& one) {
    const auto found = groups.find(one.group);
    if (found != groups.end()) {
      constexpr bool is_of_group = std::is_same_v<std::decay_t<decltype(one)>, EpochChange>;
      if (is_of_group && !one.value)
        groups.erase(found);
      else
        found->second.apply(one);
    } else if (one.value) {
      groups.emplace(one.group, ConsumerGroup(one.group)).first->second.apply(one);
    }
  };
  std::visit(fold_one, change);
}

}  // namespace gregor::group
