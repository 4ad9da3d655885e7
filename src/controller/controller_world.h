// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: a controller and the coordination service it talks to, with the faults that the latter
// may have. Nothing happens by itself: run() lets requests and replies travel until all is quiet.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "controller/controller.h"
#include "controller/znode_paths.h"
#include "coordination/invariants.h"
#include "coordination/znode_tree.h"

namespace gregor::controller::test {

inline Settings settings_of(std::int32_t id) {
  Settings settings;
  settings.broker.id = model::BrokerId(id);
  settings.broker.endpoints = {{"PLAINTEXT", "PLAINTEXT", "127.0.0.1", 9092}};
  return settings;
}

class World {
 public:
  explicit World(Settings settings = settings_of(1))
      : settings_(std::move(settings)), controller_(settings_) {}

  // A new process: its session is new, the old one has ended.
  void start() {
    end_session();
    controller_ = Controller(settings_);
    reconnect();
  }
  // The same process with a new session.
  void reconnect() {
    end_session();
    in_flight_.clear();
    confirmations_.clear();
    session_ = tree.open_session(now.wall).transaction->session;
    model::Uuid fresh;
    fresh.bytes[0] = ++starts_;
    deliver(Started{session_, fresh});
  }
  void end_session() {
    if (session_ != coordination::SessionId{}) tell(tree.end_session(session_, now.wall));
    session_ = {};
  }

  void command(Command command) { deliver(std::move(command)); }
  void wake() { deliver(TimeReached{}); }

  // One request is served, or one reply arrives; false when there is nothing to do.
  bool advance() {
    for (InFlight& one : in_flight_)
      if (!one.reply && !one.watch) return serve(one), true;
    if (!confirmations_.empty()) {
      BrokerAnswered confirmed = std::move(confirmations_.front());
      confirmations_.pop_front();
      return deliver(std::move(confirmed)), true;
    }
    if (in_flight_.empty()) return false;
    InFlight first = std::move(in_flight_.front());
    in_flight_.pop_front();
    if (first.watch)
      deliver(std::move(*first.watch));
    else
      deliver(std::move(*first.reply));
    return true;
  }
  // Serves the next request but does not let its reply arrive.
  bool serve_one() {
    for (InFlight& one : in_flight_)
      if (!one.reply && !one.watch) return serve(one), true;
    return false;
  }
  void run() {
    for (int steps = 0; advance(); ++steps) {
      ASSERT(steps < 1'000'000);
      if (full_disk) lose_writes();
    }
    const auto broken = coordination::broken_invariant(tree);
    ASSERT(!broken, *broken);
  }
  // And gets it back. Nobody knows what became of the requests under way, served or not. Watches
  // survive.
  void lose_connection() {
    deliver(coordination::ConnectionRestored{});
    for (InFlight& one : in_flight_)
      if (!one.watch)
        one.reply = coordination::Reply{
            .id = one.request.id, .status = coordination::Status::connection_loss, .content = {}};
  }

  // What a service answers that cannot keep what it is told.
  void lose_writes() {
    for (InFlight& one : in_flight_)
      if (!one.watch && !one.reply &&
          std::holds_alternative<coordination::Multi>(one.request.operation))
        one.reply = coordination::Reply{
            .id = one.request.id, .status = coordination::Status::connection_loss, .content = {}};
  }

  // Another program changes the tree, in a session of its own.
  coordination::SessionId open() { return tree.open_session(now.wall).transaction->session; }
  void end(coordination::SessionId session) { tell(tree.end_session(session, now.wall)); }
  coordination::Status change(coordination::SessionId session,
                              std::vector<coordination::Change> changes) {
    const coordination::Request request{coordination::RequestId{0},
                                        coordination::Multi{std::move(changes)}};
    auto outcome = tree.handle(session, request, now.wall);
    const coordination::Status status = outcome.reply->status;
    tell(outcome);
    return status;
  }
  [[nodiscard]] std::optional<std::string> data(std::string_view path) const {
    const auto found = tree.znodes().find(path);
    return found == tree.znodes().end() ? std::nullopt : std::optional(found->second.data);
  }

  [[nodiscard]] const Controller& controller() const { return controller_; }
  [[nodiscard]] const Image& image() const { return controller_.image(); }
  [[nodiscard]] bool idle() const { return in_flight_.empty() && confirmations_.empty(); }
  [[nodiscard]] std::vector<coordination::Request> unserved() const {
    std::vector<coordination::Request> out;
    for (const InFlight& one : in_flight_)
      if (!one.reply && !one.watch) out.push_back(one.request);
    return out;
  }

  coordination::ZnodeTree tree;
  model::Now now{model::Timestamp{1'000'000}, model::Instant{0}};
  bool full_disk = false;
  Effects seen;  // what came out, but for the requests; the test empties it

 private:
  struct InFlight {
    coordination::Request request;
    std::optional<coordination::Reply> reply;  // served
    std::optional<coordination::WatchFired> watch;
  };

  void deliver(Event event) {
    Effects effects;
    controller_.step(now, std::move(event), effects);
    for (coordination::Request& request : effects.requests) {
      ASSERT(controller_.awaits(request.id));
      in_flight_.push_back({std::move(request), std::nullopt, std::nullopt});
    }
    const auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
    };
    // Brokers do as they are told.
    for (const BrokerRequest& request : effects.broker_requests)
      if (std::holds_alternative<StopReplica>(request.body))
        confirmations_.push_back({.request = request.id, .from = request.to, .partitions = {}});
    append(seen.changes, effects.changes);
    append(seen.answers, effects.answers);
    append(seen.notes, effects.notes);
    if (effects.fatal) seen.fatal = effects.fatal;
  }

  void serve(InFlight& one) {
    auto outcome = tree.handle(session_, one.request, now.wall);
    one.reply = std::move(outcome.reply);
    tell(outcome, true);
  }

  // A watch arrives behind the replies of what was served before the change that fired it; if that
  // change is this session's own, before its reply.
  void tell(const coordination::Outcome& outcome, bool own = false) {
    const auto unserved = std::ranges::find_if(
        in_flight_, [](const InFlight& one) { return !one.reply && !one.watch; });
    auto at = unserved - in_flight_.begin() - (own ? 1 : 0);
    for (const coordination::SessionWatch& fired : outcome.watches)
      if (fired.session == session_)
        in_flight_.insert(in_flight_.begin() + at++, InFlight{{}, std::nullopt, fired.watch});
  }

  Settings settings_;
  Controller controller_;
  coordination::SessionId session_;
  std::uint8_t starts_ = 0;
  std::deque<InFlight> in_flight_;
  std::deque<BrokerAnswered> confirmations_;
};

}  // namespace gregor::controller::test
