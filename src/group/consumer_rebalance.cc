// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What follows when members, their subscriptions or the topics change, and when members stay away.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "group/assignor.h"
#include "group/consumer_machine.h"
#include "group/reconcile.h"
#include "group/topic_pattern.h"

namespace gregor::group {

namespace {

// A change of the cluster's topics may change what patterns stand for; no oftener is it looked at.
constexpr std::int64_t patterns_refresh_ms = 10'000;

class Digest {
 public:
  void add(const void* bytes, std::size_t size) {
    const auto* const first = static_cast<const unsigned char*>(bytes);
    for (std::size_t at = 0; at < size; ++at) value_ = (value_ ^ first[at]) * 0x100000001b3;
  }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    add(text.data(), text.size());
  }
  void add(std::uint64_t number) {
    for (int at = 0; at < 8; ++at) {
      const auto byte = static_cast<unsigned char>(number >> (8 * at));
      add(&byte, 1);
    }
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

using Topics = std::set<std::string, std::less<>>;

Topics topics_of(const ConsumerGroup& group, const MemberMetadata& member) {
  Topics out = member.topics;
  const auto pattern = group.patterns().find(member.pattern);
  if (pattern != group.patterns().end())
    out.insert(pattern->second.topics.begin(), pattern->second.topics.end());
  return out;
}

}  // namespace

// --- a member has said something ---

void ConsumerMachine::update(ConsumerPlan& plan, const Asker& asker, const MemberMetadata& said,
                             const std::optional<Partitions>& owned) {
  if (asker.replaces) plan.replace_member(*asker.replaces, asker.id);
  const ConsumerMember* const known = plan.group().find(asker.id);
  const bool subscription_changed = known == nullptr || known->metadata.topics != said.topics ||
                                    known->metadata.pattern != said.pattern;
  if (known == nullptr || known->metadata != said) plan.set_member(asker.id, said);

  Soft& soft = soft_[plan.group().id()];
  const bool patterns_are_old =
      soft.patterns != desk_.cluster_version() && desk_.now().monotonic >= soft.patterns_due;
  refresh_patterns(plan, patterns_are_old);
  if (subscription_changed) drop_unused_patterns(plan);
  if (subscription_changed || patterns_are_old || soft.checked != desk_.cluster_version()) {
    const std::uint64_t hash = hash_of_topics(plan.group());
    if (subscription_changed || hash != plan.group().metadata_hash())
      plan.set_epoch({plan.group().epoch() + 1, hash});
    soft.checked = desk_.cluster_version();
  }
  if (plan.group().epoch() > plan.group().target_epoch()) assign(plan);

  const ConsumerMember& member = plan.member(asker.id);
  CurrentAssignment next = reconcile(
      plan.group(), member, {plan.group().target_epoch(), plan.group().target_of(asker.id)}, owned);
  // A new member's place in the epoch is stored also when it has nothing.
  if (next != member.current || known == nullptr) plan.set_current(asker.id, std::move(next));
}

void ConsumerMachine::refresh_patterns(ConsumerPlan& plan, bool all) {
  std::set<std::string> wanted;
  for (const auto& [id, member] : plan.group().members()) {
    const std::string& pattern = member.metadata.pattern;
    if (!pattern.empty() && (all || !plan.group().patterns().contains(pattern)))
      wanted.insert(pattern);
  }
  for (const std::string& text : wanted) {
    const auto pattern = TopicPattern::parse(text);
    if (!pattern) continue;  // a foreign coordinator has stored it
    ResolvedPattern resolved{.version = static_cast<std::int64_t>(desk_.cluster_version()),
                             .resolved_at = desk_.now().wall};
    for (const auto& [name, topic] : desk_.cluster().topics)
      if (pattern->matches(name)) resolved.topics.insert(name);
    const auto known = plan.group().patterns().find(text);
    if (known == plan.group().patterns().end() || known->second.topics != resolved.topics)
      plan.set_pattern(text, std::move(resolved));
  }
  if (!all) return;
  Soft& soft = soft_[plan.group().id()];
  soft.patterns = desk_.cluster_version();
  soft.patterns_due = desk_.after(patterns_refresh_ms);
}

void ConsumerMachine::drop_unused_patterns(ConsumerPlan& plan) {
  std::set<std::string, std::less<>> unused;
  for (const auto& [pattern, resolved] : plan.group().patterns()) unused.insert(pattern);
  for (const auto& [id, member] : plan.group().members()) unused.erase(member.metadata.pattern);
  for (const std::string& pattern : unused) plan.set_pattern(pattern, std::nullopt);
}

std::uint64_t ConsumerMachine::hash_of_topics(const ConsumerGroup& group) const {
  Topics topics;
  for (const auto& [id, member] : group.members()) topics.merge(topics_of(group, member.metadata));
  const controller::Image& cluster = desk_.cluster();
  Digest digest;
  bool has_one = false;
  for (const std::string& name : topics) {
    const controller::TopicRef topic = cluster.topic(name);
    if (topic == nullptr) continue;
    has_one = true;
    digest.add(name);
    digest.add(topic->id.bytes.data(), topic->id.bytes.size());
    digest.add(std::uint64_t{topic->partitions.size()});
    for (const controller::Partition& partition : topic->partitions) {
      std::set<std::string> racks;
      for (const model::BrokerId replica : partition.replicas) {
        const auto broker = cluster.brokers.find(replica);
        if (broker != cluster.brokers.end() && broker->second.rack)
          racks.insert(*broker->second.rack);
      }
      digest.add(std::uint64_t{racks.size()});
      for (const std::string& rack : racks) digest.add(rack);
    }
  }
  return has_one ? digest.value() : 0;
}

bool ConsumerMachine::is_assigned(const ConsumerGroup& group) const {
  Topics topics;
  for (const auto& [id, member] : group.members()) topics.merge(topics_of(group, member.metadata));
  for (const std::string& name : topics) {
    const controller::TopicRef topic = desk_.cluster().topic(name);
    const auto partitions = topic == nullptr ? 0 : static_cast<int>(topic->partitions.size());
    for (int index = 0; index < partitions; ++index)
      if (group.holder({topic->id, index}) == nullptr) return false;
  }
  return true;
}

// What most members prefer of what is offered; the earlier offered among equals.
const std::string& ConsumerMachine::preferred_assignor(const ConsumerGroup& group) const {
  const std::vector<std::string>& offered = desk_.settings().consumer.assignors;
  ASSERT(!offered.empty());
  std::map<std::string, int> votes;
  for (const auto& [id, member] : group.members())
    if (member.metadata.assignor) ++votes[*member.metadata.assignor];
  return *std::ranges::max_element(
      offered, {}, [&](const std::string& name) { return votes.contains(name) ? votes[name] : 0; });
}

void ConsumerMachine::assign(ConsumerPlan& plan) {
  const ConsumerGroup& group = plan.group();
  const controller::Image& cluster = desk_.cluster();
  PartitionCounts counts;
  std::vector<Subscriber> subscribers;
  for (const auto& [id, member] : group.members()) {
    Subscriber& one = subscribers.emplace_back();
    one.id = id;
    one.instance_id = member.metadata.instance_id;
    one.before = group.target_of(id);
    for (const std::string& name : topics_of(group, member.metadata)) {
      const controller::TopicRef topic = cluster.topic(name);
      if (topic == nullptr || topic->id.is_zero()) continue;
      counts[topic->id] = static_cast<std::int32_t>(topic->partitions.size());
      one.topics.push_back(topic->id);
    }
    std::ranges::sort(one.topics);
  }
  const Assignor assignor = find_assignor(preferred_assignor(group));
  ASSERT(assignor != nullptr);
  Targets targets = assignor(subscribers, counts);
  for (auto& [id, target] : targets)
    if (!group.targets().contains(id) || group.target_of(id) != target)
      plan.set_target(id, std::move(target));
  plan.set_target_epoch(group.epoch());
}

// --- the log, and time ---

bool ConsumerMachine::commit(ConsumerPlan& plan, Entry& entry, Effects& out) {
  const std::string id = plan.group().id();
  std::vector<StoredRecord> records;
  if (entry.classic != nullptr && entry.classic->stored()) records.push_back(group_tombstone(id));
  std::vector<StoredRecord> changes =
      records_of(entry.fresh ? creation_of(*entry.fresh) : plan.changes());
  std::ranges::move(changes, std::back_inserter(records));
  if (!records.empty() && !desk_.append(records, out)) {
    plan.take_back();
    soft_.erase(id);
    return false;
  }
  if (entry.classic != nullptr) handover_.retire(id, out);
  if (entry.fresh) {
    ConsumerGroup& group =
        desk_.state().consumer_groups.emplace(id, std::move(*entry.fresh)).first->second;
    entry.fresh.reset();
    entry.known = &group;
    for (const auto& [member, state] : group.members()) watch(group, member);
  }
  return true;
}

// The member has been heard of, or is to be.
void ConsumerMachine::watch(const ConsumerGroup& group, const std::string& id) {
  const ConsumerMember& member = *group.find(id);
  const std::int32_t session_ms = member.is_classic()
                                      ? member.metadata.classic->session_timeout_ms
                                      : desk_.settings().consumer.session_timeout_ms;
  desk_.timers().set({TimerKey::Kind::consumer_session, group.id(), id}, desk_.after(session_ms));
  if (!member.is_classic()) {
    desk_.timers().cancel({TimerKey::Kind::consumer_join, group.id(), id});
    desk_.timers().cancel({TimerKey::Kind::consumer_sync, group.id(), id});
  }
  const TimerKey revocation{TimerKey::Kind::consumer_revocation, group.id(), id};
  const bool revokes =
      !member.is_classic() && member.current.state == MemberState::unrevoked_partitions;
  if (!revokes)
    desk_.timers().cancel(revocation);
  else if (!desk_.timers().is_set(revocation))
    desk_.timers().set(revocation, desk_.after(member.metadata.rebalance_timeout_ms));
}

void ConsumerMachine::loaded() {
  for (const auto& [name, group] : desk_.state().consumer_groups)
    for (const auto& [id, member] : group.members()) watch(group, id);
}

void ConsumerMachine::time_is_up(const TimerKey& key, Effects& out) {
  ConsumerGroup* const group = find(key.group);
  if (group == nullptr || group->find(key.member) == nullptr) return;
  if (!remove(*group, {key.member}, out))
    out.notes.push_back("A member of group " + key.group + " could not be dropped.");
}

void ConsumerMachine::cancel_timers(const std::string& group, const std::string& member) {
  using enum TimerKey::Kind;
  for (const TimerKey::Kind kind :
       {consumer_session, consumer_revocation, consumer_join, consumer_sync})
    desk_.timers().cancel({kind, group, member});
}

bool ConsumerMachine::remove(ConsumerGroup& group, const std::vector<std::string>& members,
                             Effects& out) {
  if (may_downgrade(group, members, 0))
    return downgrade(group, removal_of(group), members, Handover::Then::rebalance, out);
  ConsumerPlan plan(group);
  for (const std::string& id : members) plan.remove_member(id);
  drop_unused_patterns(plan);
  plan.set_epoch({group.epoch() + 1, hash_of_topics(group)});
  Entry entry{.known = &group};
  if (!commit(plan, entry, out)) return false;
  for (const std::string& id : members) cancel_timers(group.id(), id);
  return true;
}

std::vector<StoredRecord> ConsumerMachine::remove_empty(const std::string& name) {
  const auto found = desk_.state().consumer_groups.find(name);
  ASSERT(found != desk_.state().consumer_groups.end() && found->second.members().empty());
  std::vector<StoredRecord> out = records_of(removal_of(found->second));
  desk_.state().consumer_groups.erase(found);
  soft_.erase(name);
  return out;
}

ConsumerGroup* ConsumerMachine::find(std::string_view group) {
  const auto found = desk_.state().consumer_groups.find(group);
  return found == desk_.state().consumer_groups.end() ? nullptr : &found->second;
}

}  // namespace gregor::group
