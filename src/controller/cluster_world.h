// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: several brokers with a controller each, one coordination service, and what they say to
// each other. Nothing happens by itself: run() lets everything travel until all is quiet. A process
// can be held up (it neither hears nor is heard), lose its session, its life, or replies.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "controller/controller.h"
#include "controller/controller_world.h"
#include "coordination/invariants.h"
#include "coordination/znode_tree.h"

namespace gregor::controller::test {

class ClusterWorld {
 public:
  struct Process {
    Settings settings;
    Controller controller;
    coordination::SessionId session;
    std::deque<coordination::Request> unserved;
    std::deque<Event> inbox;  // replies, watches and the rest, in order
    bool held = false;
    bool deaf = false;  // it answers no request of the controller
    Effects seen;       // what came out, but for requests; the test empties it
  };
  using Processes = std::map<std::int32_t, Process>;

  // A new process; an earlier one of this id has died, and its session is over.
  void start(std::int32_t id, const std::function<void(Settings&)>& adjust = {}) {
    kill(id);
    Settings settings = settings_of(id);
    settings.auto_leader_rebalance_enable = false;
    if (adjust) adjust(settings);
    if (settings.unclean_shutdown) unsettled_.insert(id);
    settings.unclean_shutdown = unsettled_.contains(id);
    Process process{.settings = settings,
                    .controller = Controller(settings),
                    .session = {},
                    .unserved = {},
                    .inbox = {},
                    .seen = {}};
    processes_.insert_or_assign(id, std::move(process));
    open_session(id);
  }
  // The process dies, and its session ends.
  void kill(std::int32_t id) {
    const auto found = processes_.find(id);
    if (found == processes_.end()) return;
    const coordination::SessionId session = found->second.session;
    processes_.erase(found);
    end(session);
  }
  // The service ends the session. The process hears of it when it hears anything.
  void expire(std::int32_t id) {
    Process& process = processes_.at(id);
    end(process.session);
    process.unserved.clear();
    std::erase_if(process.inbox, [](const Event& event) { return !concerns_brokers(event); });
    open_session(id);
  }
  // What is under way is lost, served or not: nobody knows.
  void lose_connection(std::int32_t id) {
    Process& process = processes_.at(id);
    process.inbox.emplace_back(coordination::ConnectionRestored{});
    for (Event& event : process.inbox)
      if (auto* reply = std::get_if<coordination::Reply>(&event)) event = loss_of(reply->id);
    for (const coordination::Request& request : process.unserved)
      process.inbox.emplace_back(loss_of(request.id));
    process.unserved.clear();
  }

  void command(std::int32_t id, Command command) { deliver(id, Event(std::move(command))); }
  void give(std::int32_t id, Event event) { processes_.at(id).inbox.push_back(std::move(event)); }

  // One request is served, or one event heard; false when there is nothing to do for it.
  bool advance(std::int32_t id) {
    const auto found = processes_.find(id);
    if (found == processes_.end() || found->second.held) return false;
    Process& process = found->second;
    if (!process.inbox.empty()) {
      Event event = std::move(process.inbox.front());
      process.inbox.pop_front();
      deliver(id, std::move(event));
      return true;
    }
    return serve(id);
  }
  bool serve(std::int32_t id) {
    Process& process = processes_.at(id);
    if (process.unserved.empty()) return false;
    const coordination::Request request = std::move(process.unserved.front());
    process.unserved.pop_front();
    auto outcome = tree.handle(process.session, request, now.wall);
    if (on_served) on_served(id, request, *outcome.reply);
    tell(outcome);
    process.inbox.emplace_back(std::move(*outcome.reply));
    return true;
  }
  void run() {
    for (int steps = 0; step_all(); ++steps) ASSERT(steps < 1'000'000);
    const auto broken = coordination::broken_invariant(tree);
    ASSERT(!broken, *broken);
  }

  // Another program changes the tree, in a session of its own.
  coordination::Status change(std::vector<coordination::Change> changes) {
    if (other_ == coordination::SessionId{})
      other_ = tree.open_session(now.wall).transaction->session;
    auto outcome = tree.handle(
        other_, {coordination::RequestId{0}, coordination::Multi{std::move(changes)}}, now.wall);
    tell(outcome);
    return outcome.reply->status;
  }
  [[nodiscard]] std::optional<std::string> data(std::string_view path) const {
    const auto found = tree.znodes().find(path);
    return found == tree.znodes().end() ? std::nullopt : std::optional(found->second.data);
  }
  // Who says that it is the controller.
  [[nodiscard]] std::vector<std::int32_t> active() const {
    std::vector<std::int32_t> out;
    for (const auto& [id, process] : processes_)
      if (process.controller.role() == Role::active) out.push_back(id);
    return out;
  }
  [[nodiscard]] Processes& processes() { return processes_; }
  [[nodiscard]] const Processes& processes() const { return processes_; }

  coordination::ZnodeTree tree;
  model::Now now{model::Timestamp{1'000'000}, model::Instant{0}};
  // Tests look on: at what was served, and at what is said to brokers.
  std::function<void(std::int32_t, const coordination::Request&, const coordination::Reply&)>
      on_served;
  std::function<void(std::int32_t, const BrokerRequest&)> on_sent;

 private:
  static bool concerns_brokers(const Event& event) {
    return std::holds_alternative<BrokerAnswered>(event) || std::holds_alternative<Command>(event);
  }
  static coordination::Reply loss_of(coordination::RequestId id) {
    return {.id = id, .status = coordination::Status::connection_loss, .content = {}};
  }
  void open_session(std::int32_t id) {
    Process& process = processes_.at(id);
    process.session = tree.open_session(now.wall).transaction->session;
    model::Uuid fresh;
    fresh.bytes[0] = ++starts_;
    process.inbox.emplace_back(Started{process.session, fresh});
  }
  void end(coordination::SessionId session) {
    if (session != coordination::SessionId{}) tell(tree.end_session(session, now.wall));
  }
  void tell(const coordination::Outcome& outcome) {
    for (const coordination::SessionWatch& fired : outcome.watches)
      for (auto& [id, process] : processes_)
        if (process.session == fired.session) process.inbox.emplace_back(fired.watch);
  }
  bool step_all() {
    bool any = false;
    std::vector<std::int32_t> ids;
    for (const auto& [id, process] : processes_) ids.push_back(id);
    for (const std::int32_t id : ids) any = advance(id) || any;
    return any;
  }
  void deliver(std::int32_t id, Event event) {
    Process& process = processes_.at(id);
    Effects effects;
    process.controller.step(now, std::move(event), effects);
    for (coordination::Request& request : effects.requests)
      process.unserved.push_back(std::move(request));
    const auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
    };
    append(process.seen.changes, effects.changes);
    append(process.seen.answers, effects.answers);
    append(process.seen.notes, effects.notes);
    process.seen.wake_at = effects.wake_at;
    if (effects.fatal) process.seen.fatal = effects.fatal;
    if (effects.unclean_shutdown_settled) unsettled_.erase(id);
    for (const BrokerRequest& request : effects.broker_requests) send(id, request);
    append(process.seen.broker_requests, effects.broker_requests);
  }
  // Receivers do as they are told, at once, unless they are deaf or no longer those who are meant.
  void send(std::int32_t from, const BrokerRequest& request) {
    if (on_sent) on_sent(from, request);
    const auto to = processes_.find(request.to.value());
    const bool heard = to != processes_.end() && !to->second.deaf && !to->second.held;
    if (heard && std::holds_alternative<StopReplica>(request.body))
      give(from, BrokerAnswered{.request = request.id, .from = request.to, .partitions = {}});
  }

  Processes processes_;
  std::set<std::int32_t> unsettled_;  // stopped uncleanly; kept on disk, whoever dies
  coordination::SessionId other_;
  std::uint8_t starts_ = 0;
};

}  // namespace gregor::controller::test
