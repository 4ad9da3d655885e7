// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Random members of one consumer group, topics that come, grow and go, answers that are lost,
// records that fail and coordinators that are replaced. The members are as real consumers are: they
// give up at once what they are not told to have any more, and take what they are told. Then:
// - no partition is in the hands of two members (G1);
// - the epochs that a member is told never go back (G3);
// - a commit is accepted only from a member, with its epoch (G4), and survives (G5);
// - a replay of the log finds the very same groups (G7);
// - when the faults end, everybody has its target, and all partitions are in somebody's hands (G2).
// The invariants of the group (invariants.h) are checked by the world after every step.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <ostream>

#include "base/ranges.h"
#include "group/consumer_report.h"
#include "group/group_world.h"

namespace gregor::group {
namespace {

using model::ErrorCode;
using test::World;

constexpr int clients = 5;
constexpr const char* topics[] = {"t", "u", "v"};

// clang-format off
enum class What {
  beat, beat_unheard, leave, go_away, vanish, restart, commit, subscribe, topic, pass, confirm,
  fail, crash
};
// clang-format on

struct Happening {
  What what = What::beat;
  int client = 0;
  std::int64_t amount = 0;
};
std::ostream& operator<<(std::ostream& out, const Happening& h) {
  return out << "{" << static_cast<int>(h.what) << " client " << h.client << " amount " << h.amount
             << "}";
}

rc::Gen<Happening> a_happening() {
  using rc::gen::inRange;
  return rc::gen::build<Happening>(
      rc::gen::set(&Happening::what, rc::gen::weightedElement<What>({{24, What::beat},
                                                                     {4, What::beat_unheard},
                                                                     {2, What::leave},
                                                                     {2, What::go_away},
                                                                     {2, What::vanish},
                                                                     {2, What::restart},
                                                                     {4, What::commit},
                                                                     {2, What::subscribe},
                                                                     {3, What::topic},
                                                                     {3, What::pass},
                                                                     {14, What::confirm},
                                                                     {1, What::fail},
                                                                     {2, What::crash}})),
      rc::gen::set(&Happening::client, inRange(0, clients)),
      rc::gen::set(&Happening::amount, inRange<std::int64_t>(0, 1000)));
}

struct Client {
  std::string id;
  std::int32_t epoch = 0;
  Partitions owned;
  std::vector<std::string> wants = {"t"};
  bool asks_all = true;  // its next heartbeat leaves nothing out
  bool waits = false;    // for an answer
};

class Run {
 public:
  Run() : world_(settings()) {
    for (int at = 0; at < clients; ++at) rename(at);
    tell_topics();
  }

  void step(const Happening& h) {
    Client& client = clients_[h.client];
    switch (h.what) {
      case What::beat:
        return beat(h.client, true);
      case What::beat_unheard:
        return beat(h.client, false);
      case What::leave:
        return leave(h.client, leaving_epoch);
      case What::go_away:
        return leave(h.client, is_static(h.client) ? away_epoch : leaving_epoch);
      case What::vanish:  // without a word, and comes back as somebody else
        return rename(h.client);
      case What::restart:  // of the client's session: it drops all and joins again
        return begin_again(client);
      case What::commit:
        return commit(client, h.amount);
      case What::subscribe:
        client.wants = {topics[h.amount % 3], topics[(h.amount / 3) % 3]};
        client.asks_all = true;
        return;
      case What::topic:
        return change_topic(h.amount);
      case What::pass:
        return pass(h.amount * 30);
      case What::confirm:
        return confirm();
      case What::fail:
        return fail();
      case What::crash:
        return crash(static_cast<std::size_t>(h.amount % 3));
    }
  }

  void finish() {
    confirm_all();
    world_.answers.clear();
    crash(0);
    for (int round = 0; round < 40; ++round) {
      for (int at = 0; at < clients; ++at) {
        beat(at, true);
        confirm_all();
      }
      pass(2000);
    }
    everything_is_settled();
  }

 private:
  static Settings settings() {
    Settings out;
    out.consumer.session_timeout_ms = 20'000;
    return out;
  }
  static bool is_static(int client) { return client < 2; }

  void rename(int client) {
    clients_[client].id = "m" + std::to_string(++names_);
    begin_again(clients_[client]);
    clients_[client].waits = false;
    std::erase_if(asked_, [&](const auto& one) { return one.second == client; });
  }
  static void begin_again(Client& client) {
    client.epoch = joining_epoch;
    client.owned.clear();
    client.asks_all = true;
  }

  // --- requests ---
  void beat(int index, bool heard) {
    Client& client = clients_[index];
    if (client.waits) return;
    protocol::ConsumerGroupHeartbeatRequest request;
    request.group_id = "g";
    request.member_id = client.id;
    request.member_epoch = client.epoch;
    if (is_static(index)) request.instance_id = "instance" + std::to_string(index);
    if (client.asks_all || client.epoch == joining_epoch) {
      request.rebalance_timeout_ms = 15'000;
      request.subscribed_topic_names = client.wants;
    }
    using Entry = protocol::ConsumerGroupHeartbeatRequest::TopicPartitions;
    request.topic_partitions = entries_of<Entry>(client.owned);
    const Token token(++tokens_);
    if (heard) {
      asked_[token] = index;
      client.waits = true;
      client.asks_all = false;
    } else {
      client.asks_all = true;
    }
    RC_ASSERT(world_.ask(request, model::ApiVersion(1), "c") == token);
    read_answers();
  }

  void leave(int index, std::int32_t epoch) {
    Client& client = clients_[index];
    protocol::ConsumerGroupHeartbeatRequest request;
    request.group_id = "g";
    request.member_id = client.id;
    request.member_epoch = epoch;
    if (is_static(index)) request.instance_id = "instance" + std::to_string(index);
    ++tokens_;
    world_.ask(request, model::ApiVersion(1), "c");
    rename(index);
    read_answers();
  }

  void commit(const Client& client, std::int64_t amount) {
    protocol::OffsetCommitRequest request;
    request.group_id = "g";
    request.member_id = client.id;
    request.generation_id_or_member_epoch = amount % 4 == 0 ? client.epoch - 1 : client.epoch;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back().committed_offset = ++offset_;
    const ConsumerGroup* const group = find_group();
    const std::size_t before = world_.waiting.size();
    const Token token(++tokens_);
    world_.ask(request, model::ApiVersion(9), "c");
    if (world_.waiting.size() > before) {
      // By who was a member in that epoch, or by nobody in particular to a group of nobody.
      const bool is_simple = request.generation_id_or_member_epoch < 0 &&
                             (group == nullptr || group->members().empty());
      const ConsumerMember* const member = group == nullptr ? nullptr : group->find(client.id);
      RC_ASSERT(is_simple || (member != nullptr &&
                              member->current.epoch == request.generation_id_or_member_epoch));
      commits_[token] = offset_;
    }
    read_answers();
  }

  // --- the world ---
  void tell_topics() {
    std::vector<test::TopicOfTest> out;
    for (const auto& [name, topic] : topics_) out.push_back(topic);
    world_.step(ClusterChanged{test::cluster_of(out)});
  }
  void change_topic(std::int64_t amount) {
    const std::string name = topics[amount % 3];
    const auto known = topics_.find(name);
    if (known == topics_.end())
      topics_[name] = {name, 1 + static_cast<std::int32_t>(amount % 5),
                       name + std::to_string(++names_)};
    else if (amount % 4 == 0)
      topics_.erase(known);
    else
      ++known->second.partitions;
    tell_topics();
  }
  void pass(std::int64_t ms) {
    world_.pass(ms);
    read_answers();
  }
  void confirm() {
    if (world_.waiting.empty()) return;
    world_.confirm();
    read_answers();
    if (world_.waiting.empty()) replay_agrees();
  }
  void confirm_all() {
    while (!world_.waiting.empty()) confirm();
  }
  void fail() {
    if (world_.waiting.empty()) return;
    world_.fail(ErrorCode::kafka_storage_error);
    RC_ASSERT(std::exchange(world_.reload, false));
    read_answers();
    world_.load();
    taken_over();
  }
  void crash(std::size_t survive) {
    world_.answers.clear();
    world_.crash(survive);
    tell_topics();
    taken_over();
  }
  // Whoever waits hears nothing more, and asks anew.
  void taken_over() {
    for (auto& [index, client] : clients_) {
      client.waits = false;
      client.asks_all = true;
    }
    asked_.clear();
    commits_.clear();
    if (acknowledged_) RC_ASSERT(committed() >= *acknowledged_);
    replay_agrees();
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
    RC_ASSERT(other.state().consumer_groups == world_.coordinator.state().consumer_groups);
  }

  // --- answers ---
  void read_answers() {
    for (const Answer& answer : std::exchange(world_.answers, {})) {
      if (const auto commit = commits_.find(answer.token); commit != commits_.end()) {
        const auto& told = std::get<protocol::OffsetCommitResponse>(answer.response);
        if (told.topics.at(0).partitions.at(0).error_code == ErrorCode::none)
          acknowledged_ = std::max(acknowledged_.value_or(0), commit->second);
        commits_.erase(commit);
        continue;
      }
      const auto asked = asked_.find(answer.token);
      if (asked == asked_.end()) continue;  // nobody hears it
      Client& client = clients_[asked->second];
      asked_.erase(asked);
      hear(client, std::get<protocol::ConsumerGroupHeartbeatResponse>(answer.response));
    }
    owners_are_alone();
  }

  static void hear(Client& client, const protocol::ConsumerGroupHeartbeatResponse& told) {
    client.waits = false;
    if (told.error_code != ErrorCode::none) {
      if (told.error_code != ErrorCode::unreleased_instance_id) begin_again(client);
      client.asks_all = true;
      return;
    }
    RC_ASSERT(told.member_epoch >= client.epoch);
    client.epoch = told.member_epoch;
    if (told.assignment) client.owned = partitions_of(told.assignment->topic_partitions);
  }

  // Those that the group does not know any more do not know that yet.
  void owners_are_alone() {
    const ConsumerGroup* const group = find_group();
    if (group == nullptr) return;
    Partitions all;
    for (const auto& [index, client] : clients_) {
      if (group->find(client.id) != nullptr)
        std::ranges::copy(client.owned, std::back_inserter(all));
    }
    RC_ASSERT(base::distinct(all));
  }

  void everything_is_settled() {
    const ConsumerGroup* const group = find_group();
    RC_ASSERT(group != nullptr);
    RC_ASSERT(group->members().size() == static_cast<std::size_t>(clients));
    RC_ASSERT(group->state() == "Stable");
    Partitions owned;
    for (const auto& [index, client] : clients_) {
      RC_ASSERT(client.owned == group->target_of(client.id));
      std::ranges::copy(client.owned, std::back_inserter(owned));
    }
    std::ranges::sort(owned);
    Partitions all;
    for (const auto& [name, topic] : topics_)
      if (group->is_subscribed_to(name))
        for (std::int32_t at = 0; at < topic.partitions; ++at)
          all.push_back({test::id_of_topic(topic.id), at});
    std::ranges::sort(all);
    RC_ASSERT(owned == all);
  }

  // --- helpers ---
  const ConsumerGroup* find_group() const {
    const auto& groups = world_.coordinator.state().consumer_groups;
    const auto found = groups.find("g");
    return found == groups.end() ? nullptr : &found->second;
  }
  std::int64_t committed() const {
    const CommittedOffset* const found = world_.coordinator.state().offsets.find("g", "t", 0);
    return found == nullptr ? 0 : found->offset.value();
  }

  World world_;
  std::map<int, Client> clients_;
  std::map<std::string, test::TopicOfTest> topics_{{"t", {"t", 4, "t0"}}, {"u", {"u", 3, "u0"}}};
  std::map<Token, int> asked_;
  std::map<Token, std::int64_t> commits_;
  std::optional<std::int64_t> acknowledged_;
  std::uint64_t tokens_ = 0;
  int names_ = 0;
  std::int64_t offset_ = 0;
};

RC_GTEST_PROP(ConsumerModel, KeepsItsPromisesUnderFaults, ()) {
  const auto happenings =
      *rc::gen::scale(3, rc::gen::container<std::vector<Happening>>(a_happening()));
  Run run;
  for (const Happening& happening : happenings) run.step(happening);
  run.finish();
}

}  // namespace
}  // namespace gregor::group
