// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/classic_group.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/ranges.h"
#include "group/records.h"

namespace gregor::group {

std::string_view name_of(GroupState state) {
  switch (state) {
    case GroupState::empty:
      return "Empty";
    case GroupState::preparing_rebalance:
      return "PreparingRebalance";
    case GroupState::completing_rebalance:
      return "CompletingRebalance";
    case GroupState::stable:
      return "Stable";
  }
  return "";
}

base::BytesView Member::metadata_for(std::string_view protocol) const {
  const auto found = std::ranges::find(protocols, protocol, &Protocol::name);
  return found == protocols.end() ? base::BytesView{} : base::BytesView(found->metadata);
}

ClassicGroup::ClassicGroup(std::string id, const protocol::GroupMetadataValue& stored)
    : id_(std::move(id)),
      state_(stored.members.empty() ? GroupState::empty : GroupState::stable),
      previous_state_(state_),
      state_since_(stored.current_state_timestamp),
      generation_(stored.generation),
      protocol_(stored.protocol),
      stored_(stored) {
  if (!stored.protocol_type.empty()) protocol_type_ = stored.protocol_type;
  for (const auto& member : stored.members) {
    // A foreign writer may have named somebody twice: the first counts.
    const bool known = members_.contains(member.member_id) ||
                       (member.group_instance_id && static_member(*member.group_instance_id));
    if (known) continue;
    const bool has_rebalance_timeout = member.rebalance_timeout != -1;
    add({.id = member.member_id,
         .instance_id = member.group_instance_id,
         .client_id = member.client_id,
         .client_host = member.client_host,
         .rebalance_timeout_ms =
             has_rebalance_timeout ? member.rebalance_timeout : member.session_timeout,
         .session_timeout_ms = member.session_timeout,
         .protocols = {{stored.protocol.value_or(""), member.subscription}},
         .assignment = member.assignment},
        stored.protocol_type);
  }
  if (stored.leader && members_.contains(*stored.leader)) leader_ = stored.leader;
  compute_subscriptions();
}

void ClassicGroup::transition_to(GroupState state, model::Timestamp now) {
  switch (state) {
    case GroupState::empty:
    case GroupState::completing_rebalance:
      ASSERT(is(GroupState::preparing_rebalance));
      break;
    case GroupState::stable:
      ASSERT(is(GroupState::completing_rebalance));
      break;
    case GroupState::preparing_rebalance:
      ASSERT(!is(GroupState::preparing_rebalance));
      break;
  }
  previous_state_ = std::exchange(state_, state);
  state_since_ = now;
}

const Member* ClassicGroup::find(std::string_view member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? nullptr : &found->second;
}

Member& ClassicGroup::at(std::string_view member) {
  const auto found = members_.find(member);
  ASSERT(found != members_.end(), std::string(member));
  return found->second;
}

const std::string* ClassicGroup::static_member(std::string_view instance_id) const {
  const auto found = static_members_.find(instance_id);
  return found == static_members_.end() ? nullptr : &found->second;
}

void ClassicGroup::add(Member member, std::string_view protocol_type) {
  if (members_.empty() && !protocol_type.empty()) protocol_type_ = protocol_type;
  if (member.instance_id) static_members_.insert_or_assign(*member.instance_id, member.id);
  if (!leader_) leader_ = member.id;
  std::erase(pending_, member.id);
  count_protocols(member, 1);
  if (member.joining) ++joining_;
  const bool added = members_.emplace(member.id, std::move(member)).second;
  ASSERT(added);
}

void ClassicGroup::remove(std::string_view member) {
  std::erase(pending_, member);
  remove_pending_sync(member);
  const auto found = members_.find(member);
  if (found == members_.end()) return;
  ASSERT(!found->second.joining && !found->second.syncing);  // somebody would wait for ever
  count_protocols(found->second, -1);
  if (found->second.instance_id) static_members_.erase(*found->second.instance_id);
  const bool led = is_leader(member);
  members_.erase(found);
  if (!led) return;
  leader_ = std::nullopt;
  if (!members_.empty()) leader_ = members_.begin()->first;
}

void ClassicGroup::replace_static(const std::string& old_id, const std::string& new_id) {
  auto node = members_.extract(old_id);
  ASSERT(!node.empty() && node.mapped().instance_id);
  ASSERT(!node.mapped().joining && !node.mapped().syncing);
  node.key() = new_id;
  node.mapped().id = new_id;
  static_members_.insert_or_assign(*node.mapped().instance_id, new_id);
  members_.insert(std::move(node));
  if (is_leader(old_id)) leader_ = new_id;
  remove_pending_sync(old_id);
}

void ClassicGroup::update(std::string_view member, std::vector<Protocol> protocols,
                          std::int32_t rebalance_timeout_ms, std::int32_t session_timeout_ms) {
  Member& found = at(member);
  count_protocols(found, -1);
  found.protocols = std::move(protocols);
  count_protocols(found, 1);
  found.rebalance_timeout_ms = rebalance_timeout_ms;
  found.session_timeout_ms = session_timeout_ms;
}

void ClassicGroup::set_assignment(std::string_view member, base::Bytes assignment) {
  at(member).assignment = std::move(assignment);
}

void ClassicGroup::set_joining(std::string_view member, std::optional<Token> token) {
  Member& found = at(member);
  if (found.joining) --joining_;
  found.joining = token;
  if (found.joining) ++joining_;
}

void ClassicGroup::set_syncing(std::string_view member, std::optional<Token> token) {
  at(member).syncing = token;
}

bool ClassicGroup::is_pending(std::string_view member) const {
  return base::contains(pending_, member);
}

std::int32_t ClassicGroup::rebalance_timeout_ms() const {
  std::int32_t longest = 0;
  for (const auto& [id, member] : members_)
    longest = std::max(longest, member.rebalance_timeout_ms);
  return longest;
}

bool ClassicGroup::elect_leader_among_joined() {
  if (leader_ && at(*leader_).joining) return true;
  const auto joined = std::ranges::find_if(
      members_, [](const auto& one) { return one.second.joining.has_value(); });
  if (joined == members_.end()) return false;
  leader_ = joined->first;
  return true;
}

void ClassicGroup::begin_generation(model::Timestamp now) {
  constexpr std::int32_t last = std::numeric_limits<std::int32_t>::max();
  generation_ = generation_ == last ? 0 : generation_ + 1;
  protocol_ = std::nullopt;
  if (!members_.empty()) protocol_ = select_protocol();
  compute_subscriptions();
  transition_to(members_.empty() ? GroupState::empty : GroupState::completing_rebalance, now);
  for (auto& [id, member] : members_) member.is_new = false;
  clear_pending_sync();
}

void ClassicGroup::remove_pending_sync(std::string_view member) {
  const auto found = pending_sync_.find(member);
  if (found != pending_sync_.end()) pending_sync_.erase(found);
}

bool ClassicGroup::supports(std::string_view type, const std::vector<Protocol>& protocols) const {
  if (members_.empty()) return !type.empty() && !protocols.empty();
  return protocol_type_ == type && std::ranges::any_of(protocols, [&](const Protocol& one) {
           const auto found = supporters_.find(one.name);
           return found != supporters_.end() && found->second == static_cast<int>(members_.size());
         });
}

std::string ClassicGroup::select_protocol() const {
  const auto known_to_all = [&](const Protocol& protocol) {
    return supporters_.find(protocol.name)->second == static_cast<int>(members_.size());
  };
  std::map<std::string, int> votes;
  for (const auto& [id, member] : members_) {
    const auto choice = std::ranges::find_if(member.protocols, known_to_all);
    ASSERT(choice != member.protocols.end(), id);
    ++votes[choice->name];
  }
  return std::ranges::max_element(votes, {}, [](const auto& one) { return one.second; })->first;
}

bool ClassicGroup::is_subscribed_to(std::string_view topic) const {
  return subscribed_ ? subscribed_->contains(topic) : is_consumer_group();
}

void ClassicGroup::count_protocols(const Member& member, int by) {
  for (const Protocol& protocol : member.protocols) {
    const auto counted = supporters_.try_emplace(protocol.name, 0).first;
    counted->second += by;
    if (counted->second == 0) supporters_.erase(counted);
  }
}

void ClassicGroup::compute_subscriptions() {
  subscribed_ = std::nullopt;
  if (!is_consumer_group()) return;
  Ids topics;
  for (const auto& [id, member] : members_) {
    auto subscribed = topics_of_subscription(member.metadata_for(protocol_.value_or("")));
    if (!subscribed) return;
    topics.insert(subscribed->begin(), subscribed->end());
  }
  subscribed_ = std::move(topics);
}

protocol::GroupMetadataValue ClassicGroup::snapshot() const {
  protocol::GroupMetadataValue out;
  out.protocol_type = protocol_type_.value_or("");
  out.generation = generation_;
  out.protocol = protocol_;
  out.leader = leader_;
  out.current_state_timestamp = state_since_.value();
  for (const auto& [id, member] : members_) {
    auto& one = out.members.emplace_back();
    one.member_id = id;
    one.group_instance_id = member.instance_id;
    one.client_id = member.client_id;
    one.client_host = member.client_host;
    one.rebalance_timeout = member.rebalance_timeout_ms;
    one.session_timeout = member.session_timeout_ms;
    one.subscription = base::to_bytes(member.metadata_for(protocol_.value_or("")));
    one.assignment = member.assignment;
  }
  return out;
}

}  // namespace gregor::group
