// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Random members, commits, silences, failing records and crashes of the coordinator, against a
// model that knows only what was asked and answered:
// - a commit that was answered with success is there after every crash; one that was not answered
//   is there or not, whole; nothing else ever is (G5, G6);
// - a commit is accepted only for the generation that is current, and from a member that has not
//   left since (G4);
// - within a generation every member is told the assignment that its leader made for it (G1);
// - generations that are told rise from one rebalance to the next (G3);
// - offsets vanish only when they are deleted, or expired in a group at rest (G9);
// - a replay of the log finds what the coordinator has confirmed (G7);
// - every request is answered once.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <ostream>
#include <set>

#include "group/group_world.h"

namespace gregor::group {
namespace {

using model::ErrorCode;
using test::World;

constexpr int clients = 4;
constexpr std::int64_t retention_ms = 200'000;
constexpr std::int64_t step_ms = 2000;

// clang-format off
enum class What {
  join, join_static, sync, beat, leave, commit, commit_as_zombie, remove_offset, pass, confirm,
  fail, crash, resign
};
// clang-format on

struct Happening {
  What what = What::join;
  int client = 0;
  int partition = 0;
  std::int64_t amount = 0;
};
std::ostream& operator<<(std::ostream& out, const Happening& h) {
  return out << "{" << static_cast<int>(h.what) << " client " << h.client << " partition "
             << h.partition << " amount " << h.amount << "}";
}

rc::Gen<Happening> a_happening() {
  using rc::gen::inRange;
  // Rare things are rare: a rebalance needs some peace to come to its end.
  return rc::gen::build<Happening>(
      rc::gen::set(&Happening::what, rc::gen::weightedElement<What>({{12, What::join},
                                                                     {4, What::join_static},
                                                                     {12, What::sync},
                                                                     {6, What::beat},
                                                                     {2, What::leave},
                                                                     {10, What::commit},
                                                                     {3, What::commit_as_zombie},
                                                                     {2, What::remove_offset},
                                                                     {6, What::pass},
                                                                     {10, What::confirm},
                                                                     {1, What::fail},
                                                                     {2, What::crash},
                                                                     {1, What::resign}})),
      rc::gen::set(&Happening::client, inRange(0, clients)),
      rc::gen::set(&Happening::partition, inRange(0, 3)),
      rc::gen::set(&Happening::amount, inRange<std::int64_t>(0, 1000)));
}

struct Client {
  std::string id;
  std::int32_t generation = -1;
  bool leads = false;
  std::vector<std::string> members;  // as it was told as leader
  bool is_out = false;               // it was told, or is known by others to be
};

class Run {
 public:
  Run() : world_(settings()) {}

  void step(const Happening& h) {
    Client& client = clients_[h.client];
    switch (h.what) {
      case What::join:
        return join(h.client, std::nullopt);
      case What::join_static:
        return join(h.client, "instance" + std::to_string(h.client % 2));
      case What::sync:
        return sync(h.client);
      case What::beat:
        return beat(client);
      case What::leave:
        return leave(h.client);
      case What::commit:
        return commit(h, client.id, client.generation);
      case What::commit_as_zombie:
        return commit(h, client.id, client.generation - 1);
      case What::remove_offset:
        return remove_offset(h.partition);
      case What::pass:
        return pass(h.amount * (h.client == 0 ? 400 : 20));
      case What::confirm:
        return confirm();
      case What::fail:
        return fail();
      case What::crash:
        return crash(static_cast<std::size_t>(h.amount % 3));
      case What::resign:
        return resign();
    }
  }

  void finish() {
    while (!world_.waiting.empty()) confirm();
    world_.step(Resigned{});
    read_answers();
    RC_ASSERT(asked_.empty());
    crash(0);
  }

 private:
  static Settings settings() {
    return {.initial_rebalance_delay_ms = 0,
            .offsets_retention_ms = retention_ms,
            .offsets_retention_check_interval_ms = 20'000};
  }

  // --- requests ---
  void ask(int client, RequestBody body, const char* kind) {
    const Token token(++tokens_);
    asked_[token] = {client, kind};
    const std::size_t before = world_.waiting.size();
    RC_ASSERT(world_.ask(std::move(body), model::ApiVersion(9), "c") == token);
    last_new_appends_ = world_.waiting.size() - before;
    read_answers();
  }

  void join(int client, std::optional<std::string> instance) {
    if (waits(client)) return;
    protocol::JoinGroupRequest request;
    request.group_id = "g";
    request.member_id = instance ? "" : clients_[client].id;
    request.group_instance_id = instance;
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 15'000;
    request.protocol_type = "consumer";
    request.protocols.push_back({"range", test::subscription({"subscribed"}), {}});
    ask(client, request, "join");
  }

  void sync(int client) {
    Client& from = clients_[client];
    if (waits(client) || from.generation < 0) return;
    protocol::SyncGroupRequest request;
    request.group_id = "g";
    request.member_id = from.id;
    request.generation_id = from.generation;
    if (from.leads)
      for (const std::string& member : from.members)
        request.assignments.push_back({member, assignment(from.generation, member), {}});
    ask(client, request, "sync");
  }

  static base::Bytes assignment(std::int32_t generation, const std::string& member) {
    return base::to_bytes(base::as_bytes(std::to_string(generation) + " " + member));
  }

  void beat(const Client& client) {
    protocol::HeartbeatRequest request;
    request.group_id = "g";
    request.member_id = client.id;
    request.generation_id = client.generation;
    ask(0, request, "beat");
  }

  void leave(int client) {
    protocol::LeaveGroupRequest request;
    request.group_id = "g";
    request.members.emplace_back().member_id = clients_[client].id;
    ask(client, request, "leave");
  }

  void commit(const Happening& h, const std::string& member, std::int32_t generation) {
    protocol::OffsetCommitRequest request;
    request.group_id = "g";
    request.member_id = member;
    request.generation_id_or_member_epoch = generation;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    auto& one = topic.partitions.emplace_back();
    one.partition_index = h.partition;
    one.committed_offset = ++offset_;
    const bool members_before = has_members();
    const std::int32_t current = current_generation();
    const Token token(tokens_ + 1);
    ask(0, request, "commit");
    if (last_new_appends_ == 0) return;
    // Accepted, if its record survives; which nobody may say yet.
    RC_ASSERT(asked_.contains(token));
    if (members_before) {
      RC_ASSERT(generation == current);
      RC_ASSERT(!out_.contains(member));
    }
    expected_.push_back({token, h.partition, offset_, world_.now.wall});
    apply_confirmed();
  }

  void remove_offset(int partition) {
    protocol::OffsetDeleteRequest request;
    request.group_id = "g";
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back().partition_index = partition;
    ask(0, request, "forget");
    if (last_new_appends_ > 0) expected_.push_back({Token(0), partition, -1, world_.now.wall});
  }

  // --- the world ---
  void pass(std::int64_t ms) {
    // Small steps, so that what expires is seen when it does.
    for (; ms > 0; ms -= step_ms) {
      while (!world_.waiting.empty()) confirm();
      const bool rebalanced = is_rebalancing();
      const bool rest_counts = had_members();
      const auto before = offsets_of(world_.coordinator.state());
      world_.pass(std::min(ms, step_ms));
      if (has_members())
        rested_since_ = std::nullopt;
      else if (!rested_since_)
        rested_since_ = world_.now.wall;
      read_answers();
      while (!world_.waiting.empty()) confirm();
      const auto after = offsets_of(world_.coordinator.state());
      for (const auto& [partition, offset] : before)
        if (!after.contains(partition)) may_have_expired(partition, rebalanced, rest_counts);
    }
  }

  void may_have_expired(std::int32_t partition, bool rebalanced, bool rest_counts) {
    const bool old = world_.now.wall - committed_at_.at(partition) >= retention_ms;
    RC_ASSERT(old);
    if (rested_since_ && rest_counts)
      RC_ASSERT(world_.now.wall - *rested_since_ + step_ms >= retention_ms);
    RC_ASSERT(!rebalanced || !is_rebalancing());
  }

  void confirm() {
    if (world_.waiting.empty()) return;
    world_.confirm();
    read_answers();
    apply_confirmed();
  }

  void fail() {
    if (world_.waiting.empty()) return;
    world_.fail(ErrorCode::kafka_storage_error);
    RC_ASSERT(std::exchange(world_.reload, false));
    read_answers();
    expected_.clear();
    world_.load();
    taken_over();
  }

  void resign() {
    world_.step(Resigned{});
    read_answers();
    expected_.clear();
    world_.waiting.clear();
    world_.load();
    taken_over();
  }

  void crash(std::size_t survive) {
    const std::size_t log_before = world_.log.size();
    world_.crash(survive);
    for (std::size_t at = log_before; at < world_.log.size(); ++at) apply(world_.log[at]);
    expected_.clear();
    asked_.clear();
    world_.answers.clear();
    taken_over();
  }

  void taken_over() {
    world_.answers.clear();
    asked_.clear();
    log_read_ = world_.log.size();
    RC_ASSERT(offsets_of(world_.coordinator.state()) == model_);
    const auto group = world_.coordinator.state().groups.find("g");
    told_generation_ = -1;
    if (group != world_.coordinator.state().groups.end())
      told_generation_ = group->second.generation();
    for (auto& [index, client] : clients_) client.leads = false;
    assigned_.clear();
    out_.clear();
    // Of members that joined and never got an assignment the log knows nothing.
    if (has_members())
      rested_since_ = std::nullopt;
    else if (had_members())
      rested_since_ = group->second.state_since();
  }

  // What the log has taken, it holds; the model follows the log's order.
  void apply_confirmed() {
    for (; log_read_ < world_.log.size(); ++log_read_) apply(world_.log[log_read_]);
    if (!world_.waiting.empty()) return;
    RC_ASSERT(offsets_of(world_.coordinator.state()) == model_);
    replay_agrees();
  }

  void apply(const StoredRecord& record) {
    std::optional<base::BytesView> value;
    if (record.value) value = *record.value;
    const auto change = parse_record(base::BytesView(record.key), value);
    const auto* offset = std::get_if<OffsetChange>(&*change);
    if (offset == nullptr) return;
    // Each is one that was asked for, in order, or an expiry.
    if (!expected_.empty()) {
      const Expected next = expected_.front();
      const bool is_next = next.partition == offset->partition &&
                           next.offset == (offset->offset ? offset->offset->offset.value() : -1);
      if (is_next) expected_.erase(expected_.begin());
      RC_ASSERT(is_next || !offset->offset);
    } else {
      RC_ASSERT(!offset->offset);
    }
    if (offset->offset) {
      model_[offset->partition] = offset->offset->offset.value();
      committed_at_[offset->partition] = offset->offset->committed_at;
    } else {
      model_.erase(offset->partition);
    }
  }

  void replay_agrees() {
    Coordinator other(settings());
    Effects effects;
    for (const StoredRecord& one : world_.log) {
      std::optional<base::BytesView> value;
      if (one.value) value = *one.value;
      other.step(world_.now, Replayed{base::BytesView(one.key), value}, effects);
    }
    other.step(world_.now, Loaded{}, effects);
    const State& ours = world_.coordinator.state();
    RC_ASSERT(other.state().offsets == ours.offsets);
    for (const auto& [name, group] : ours.groups) {
      const auto found = other.state().groups.find(name);
      if (!group.stored()) continue;
      RC_ASSERT(found != other.state().groups.end());
      RC_ASSERT(found->second.stored() == group.stored());
    }
  }

  // --- answers ---
  void read_answers() {
    // A group that nothing is left of begins anew.
    if (!world_.coordinator.state().groups.contains("g")) told_generation_ = -1;
    for (const Answer& answer : std::exchange(world_.answers, {})) {
      const auto found = asked_.find(answer.token);
      RC_ASSERT(found != asked_.end());
      const Asked asked = found->second;
      asked_.erase(found);
      if (const auto* joined = std::get_if<protocol::JoinGroupResponse>(&answer.response))
        joined_as(asked.client, *joined);
      else if (const auto* synced = std::get_if<protocol::SyncGroupResponse>(&answer.response))
        synced_as(asked.client, *synced);
      else if (const auto* left = std::get_if<protocol::LeaveGroupResponse>(&answer.response))
        left_as(*left);
      else if (const auto* done = std::get_if<protocol::OffsetCommitResponse>(&answer.response))
        committed(answer.token, *done);
    }
  }

  void joined_as(int index, const protocol::JoinGroupResponse& answer) {
    Client& client = clients_[index];
    client.leads = false;
    if (answer.error_code == ErrorCode::member_id_required) client.id = answer.member_id;
    if (answer.error_code == ErrorCode::unknown_member_id ||
        answer.error_code == ErrorCode::fenced_instance_id)
      client.id.clear();
    if (answer.error_code != ErrorCode::none) return;
    client.id = answer.member_id;
    client.generation = answer.generation_id;
    client.leads =
        answer.leader == answer.member_id && !answer.members.empty() && !answer.skip_assignment;
    client.members.clear();
    for (const auto& member : answer.members) client.members.push_back(member.member_id);
    RC_ASSERT(answer.generation_id >= told_generation_);
    if (answer.generation_id > told_generation_) assigned_.clear();
    told_generation_ = answer.generation_id;
  }

  void synced_as(int index, const protocol::SyncGroupResponse& answer) {
    if (answer.error_code != ErrorCode::none || answer.assignment.empty()) return;
    const Client& client = clients_[index];
    const std::string text(base::as_text(answer.assignment));
    const auto [known, fresh] = assigned_.emplace(text, client.id);
    // A static member may have taken over a place, which keeps its assignment.
    const bool own = text == base::as_text(assignment(client.generation, client.id));
    RC_ASSERT(own || client.id.starts_with("instance"));
    RC_ASSERT(fresh || known->second == client.id || client.id.starts_with("instance"));
  }

  void left_as(const protocol::LeaveGroupResponse& answer) {
    if (answer.error_code == ErrorCode::none && answer.members.size() == 1 &&
        answer.members[0].error_code == ErrorCode::none)
      out_.insert(answer.members[0].member_id);
  }

  // A commit may be answered only when the log has it.
  void committed(Token token, const protocol::OffsetCommitResponse& answer) {
    if (answer.topics.at(0).partitions.at(0).error_code != ErrorCode::none) return;
    for (; log_read_ < world_.log.size(); ++log_read_) apply(world_.log[log_read_]);
    for (const Expected& one : expected_) RC_ASSERT(!(one.token == token));
  }

  // --- helpers ---
  bool waits(int client) const {
    for (const auto& [token, asked] : asked_)
      if (asked.client == client && (asked.kind == "join" || asked.kind == "sync")) return true;
    return false;
  }
  bool has_members() const {
    const auto& groups = world_.coordinator.state().groups;
    const auto group = groups.find("g");
    return group != groups.end() && !group->second.is(GroupState::empty);
  }
  std::int32_t current_generation() const {
    const auto& groups = world_.coordinator.state().groups;
    const auto group = groups.find("g");
    return group == groups.end() ? -1 : group->second.generation();
  }
  // As far as it can be known: a group that never got an assignment is forgotten by a failover.
  bool had_members() const {
    const auto& groups = world_.coordinator.state().groups;
    const auto group = groups.find("g");
    return group != groups.end() && group->second.protocol_type().has_value();
  }
  bool is_rebalancing() const {
    const auto& groups = world_.coordinator.state().groups;
    const auto group = groups.find("g");
    return group != groups.end() && (group->second.is(GroupState::preparing_rebalance) ||
                                     group->second.is(GroupState::completing_rebalance));
  }
  using Model = std::map<std::int32_t, std::int64_t>;
  static Model offsets_of(const State& state) {
    Model out;
    for (const auto& [group, topics] : state.offsets.all())
      for (const auto& [topic, partitions] : topics)
        for (const auto& [partition, offset] : partitions) out[partition] = offset.offset.value();
    return out;
  }

  struct Asked {
    int client = 0;
    std::string kind;
  };
  struct Expected {
    Token token;
    std::int32_t partition = 0;
    std::int64_t offset = 0;  // -1: removed
    model::Timestamp at;
  };

  World world_;
  std::map<int, Client> clients_;
  std::map<Token, Asked> asked_;
  std::uint64_t tokens_ = 0;
  std::size_t last_new_appends_ = 0;

  Model model_;  // what the log holds
  std::map<std::int32_t, model::Timestamp> committed_at_;
  std::vector<Expected> expected_;  // was accepted, and is not in the log yet
  std::size_t log_read_ = 0;
  std::int64_t offset_ = 0;
  std::int32_t told_generation_ = -1;
  std::map<std::string, std::string> assigned_;  // in this generation: text -> member
  std::set<std::string> out_;
  std::optional<model::Timestamp> rested_since_;
};

RC_GTEST_PROP(CoordinatorModel, KeepsItsPromisesUnderFaults, ()) {
  const auto happenings =
      *rc::gen::scale(3, rc::gen::container<std::vector<Happening>>(a_happening()));
  Run run;
  for (const Happening& happening : happenings) run.step(happening);
  run.finish();
}

}  // namespace
}  // namespace gregor::group
