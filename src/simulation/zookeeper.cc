// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/zookeeper.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "simulation/coordination_text.h"

namespace gregor::simulation {

using coordination::Outcome;
using coordination::Reply;
using coordination::Request;
using coordination::SessionId;
using coordination::Status;

// --- the service ---

Time ZooKeeper::arrival(HostId host, Dice& dice) {
  const auto cut = cut_until_.find(host);
  const Time until = cut == cut_until_.end() ? Time(0) : cut->second;
  return std::max({env_.now(), silent_until_, until}) + dice.between(latency_.least, latency_.most);
}

Time ZooKeeper::said(HostId host, Dice& dice) {
  const auto found = delays_.find(host);
  const bool is_late = found != delays_.end() && env_.now() < found->second.until;
  return arrival(host, dice) + (is_late ? found->second.extra_us : 0);
}

void ZooKeeper::open(ZooKeeperSession& by) {
  Outcome outcome = tree_.open_session(env_.clock().wall);
  const SessionId session = outcome.transaction->session;
  clients_[session] = &by;
  commit(outcome);
  if (by.is_behind_) by.settled_ = followed_;
  by.opened(session);
}

void ZooKeeper::handle(SessionId session, const Request& request) {
  if (!tree_.sessions().contains(session)) return;
  const auto client = clients_.find(session);
  if (client != clients_.end() && client->second->is_behind_)
    return handle_behind(*client->second, request);
  Outcome outcome = tree_.handle(session, request, env_.clock().wall);
  commit(outcome);
  if (outcome.reply) deliver(session, std::move(*outcome.reply));
}

// What it asks is done in its order: a read waits until what was written before is there.
void ZooKeeper::handle_behind(ZooKeeperSession& by, const Request& request) {
  const SessionId session = by.session_;
  by.settled_ = std::max(by.settled_, env_.now());
  if (!std::holds_alternative<coordination::Multi>(request.operation)) {
    env_.scheduler.at(by.settled_, [this, session, request] {
      if (!tree_behind_.sessions().contains(session)) return;
      Outcome outcome = tree_behind_.handle(session, request, env_.clock().wall);
      if (outcome.reply) deliver(session, std::move(*outcome.reply));
    });
    return;
  }
  Outcome outcome = tree_.handle(session, request, env_.clock().wall);
  commit(outcome);
  by.settled_ = std::max(by.settled_, followed_);
  if (outcome.reply)
    env_.scheduler.at(by.settled_, [this, session, reply = std::move(*outcome.reply)]() mutable {
      deliver(session, std::move(reply));
    });
}

void ZooKeeper::deliver(SessionId session, Reply reply) {
  const auto client = clients_.find(session);
  if (client != clients_.end()) client->second->answer(std::move(reply));
}

void ZooKeeper::commit(Outcome& outcome) {
  env_.effects.add(static_cast<std::uint64_t>(tree_.last_zxid().value()));
  fire(outcome.watches);
  if (lag_us_ == 0 || !outcome.transaction) return;
  followed_ = std::max(followed_, env_.now() + lag_us_);
  env_.scheduler.at(followed_, [this, transaction = *outcome.transaction] { follow(transaction); });
}

void ZooKeeper::follow(const coordination::Transaction& transaction) {
  auto watches = tree_behind_.replay(transaction);
  ASSERT(watches, watches ? "" : watches.error().detail);
  fire(*watches);
}

void ZooKeeper::end(SessionId session) {
  Outcome outcome = tree_.end_session(session, env_.clock().wall);
  commit(outcome);
  const auto client = clients_.find(session);
  if (client == clients_.end()) return;
  ZooKeeperSession* const of = client->second;
  clients_.erase(client);
  of->expired();
}

void ZooKeeper::fire(std::vector<coordination::SessionWatch>& watches) {
  for (coordination::SessionWatch& watch : watches) {
    const auto client = clients_.find(watch.session);
    if (client != clients_.end()) client->second->fired(std::move(watch.watch));
  }
}

void ZooKeeper::answer_nobody_until(Time until) {
  silent_until_ = until;
  env_.trouble(coordination_host, until, "answers nobody");
}

ZooKeeperSession* ZooKeeper::some_session(Dice& dice) {
  if (clients_.empty()) return nullptr;
  return std::next(clients_.begin(), static_cast<std::ptrdiff_t>(dice.below(clients_.size())))
      ->second;
}

void ZooKeeper::expire_some_session(Dice& dice) {
  if (ZooKeeperSession* const session = some_session(dice)) end(session->session_);
}

ZooKeeperSession* ZooKeeper::session_of(HostId host) {
  const auto found = std::ranges::find_if(
      clients_, [host](const auto& client) { return client.second->of_ == host; });
  return found == clients_.end() ? nullptr : found->second;
}

void ZooKeeper::expire_session_of(HostId host) {
  if (const ZooKeeperSession* const session = session_of(host)) end(session->session_);
}

void ZooKeeper::lose_connection_of(HostId host) {
  if (ZooKeeperSession* const session = session_of(host)) session->connection_lost();
}

void ZooKeeper::cut_off(HostId host, Time until) {
  cut_until_[host] = until;
  env_.trouble(host, until, "cut off from the coordination service");
  ZooKeeperSession* const session = session_of(host);
  if (session == nullptr) return;
  session->connection_lost();
  env_.scheduler.after(session->timeout_us_, [this, host, id = session->session_] {
    const auto cut = cut_until_.find(host);
    if (cut != cut_until_.end() && cut->second > env_.now()) end(id);
  });
}

void ZooKeeper::heal() {
  silent_until_ = env_.now();
  cut_until_.clear();
  delays_.clear();
}

void ZooKeeper::delay(HostId host, std::int64_t extra_us, Time until) {
  delays_[host] = {extra_us, until};
  env_.trouble(host, until, "what the coordination service says comes late");
}

void ZooKeeper::lose_some_connection(Dice& dice) {
  if (ZooKeeperSession* const session = some_session(dice)) session->connection_lost();
}

// --- a session ---

ZooKeeperSession::ZooKeeperSession(Environment& environment, ZooKeeper& service,
                                   std::int64_t timeout_us, Dice dice, HostId of, Host& host)
    : env_(environment),
      service_(service),
      timeout_us_(timeout_us),
      dice_(dice),
      of_(of),
      host_(host),
      is_behind_(service.lag_us_ > 0 && dice_.chance(1, 2)) {
  connect();
}

// The service learns of a dead process by its silence.
ZooKeeperSession::~ZooKeeperSession() {
  if (session_ == SessionId(0)) return;
  service_.clients_.erase(session_);
  env_.scheduler.after(timeout_us_,
                       [service = &service_, session = session_] { service->end(session); });
}

void ZooKeeperSession::connect() {
  session_ = SessionId(0);
  env_.scheduler.at(std::max(service_.arrival(of_, dice_), paused_until_),
                    [this, alive = std::weak_ptr(alive_)] {
                      if (alive.lock() && session_ == SessionId(0)) service_.open(*this);
                    });
}

void ZooKeeperSession::opened(SessionId session) {
  session_ = session;
  from_service("a session", [this, session] { host_.session_opened(session); });
}

template <class Message>
void ZooKeeperSession::from_service(const Message& what, Scheduler::Action action) {
  last_heard_ = std::max({service_.said(of_, dice_), settled_, last_heard_});
  env_.scheduler.at(last_heard_, [this, alive = std::weak_ptr(alive_), session = session_,
                                  action = std::move(action)]() mutable {
    if (alive.lock() && session_ == session) action();
  });
  if (env_.onlooker != nullptr)
    env_.onlooker->passed({coordination_host, of_, env_.now(), last_heard_}, to_text(what));
}

void ZooKeeperSession::submit(std::vector<Request> requests) {
  for (Request& request : requests) {
    if (session_ == SessionId(0)) continue;  // of a session that is lost: never answered
    const Number number = ++requests_;
    under_way_[number] = request.id;
    last_sent_ = std::max(service_.arrival(of_, dice_), last_sent_);
    if (env_.onlooker != nullptr)
      env_.onlooker->passed({of_, coordination_host, env_.now(), last_sent_}, to_text(request));
    env_.scheduler.at(last_sent_, [this, alive = std::weak_ptr(alive_), session = session_, number,
                                   service = &service_, request = std::move(request)] {
      // What a process has sent arrives also when it is dead by then.
      if (alive.lock() && session_ == session)
        reached(number, request);
      else
        service->handle(session, request);
    });
  }
}

// Whatever was lost with a connection may have been done all the same.
void ZooKeeperSession::reached(Number number, const Request& request) {
  if (under_way_.contains(number) || dice_.chance(1, 2)) service_.handle(session_, request);
}

void ZooKeeperSession::answer(Reply reply) {
  const Reply shown{reply.id, reply.status, {}};
  from_service(shown, [this, reply = std::move(reply)]() mutable {
    const auto found =
        std::ranges::find_if(under_way_, [&](const auto& one) { return one.second == reply.id; });
    if (found == under_way_.end()) return;  // lost with its connection
    under_way_.erase(found);
    host_.coordination_replied(std::move(reply));
  });
}

void ZooKeeperSession::fired(coordination::WatchFired watch) {
  const coordination::WatchFired shown = watch;
  from_service(shown,
               [this, watch = std::move(watch)]() mutable { host_.watch_fired(std::move(watch)); });
}

void ZooKeeperSession::connection_lost() {
  env_.mark("connection to the coordination service lost");
  env_.trouble(of_, env_.now(), "its connection to the coordination service is lost");
  from_service("a connection", [this] { host_.connection_restored(); });
  for (const auto& [number, id] : std::exchange(under_way_, {})) {
    const Reply lost{id, Status::connection_loss, {}};
    from_service(lost, [this, lost] { host_.coordination_replied(lost); });
  }
}

void ZooKeeperSession::expired() {
  env_.mark("session expired");
  env_.trouble(of_, env_.now(), "its session expires");
  under_way_.clear();
  connect();
}

void ZooKeeperSession::pause(Time until) {
  paused_until_ = std::max(paused_until_, until);
  if (until - env_.now() < timeout_us_ || session_ == SessionId(0)) return;
  env_.scheduler.after(timeout_us_,
                       [service = &service_, session = session_] { service->end(session); });
}

model::Result<> ZooKeeperSession::close() {
  if (session_ == SessionId(0)) return {};
  service_.clients_.erase(session_);
  service_.end(std::exchange(session_, SessionId(0)));
  return {};
}

}  // namespace gregor::simulation
