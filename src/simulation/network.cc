// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/network.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "protocol/frame.h"

namespace gregor::simulation {
namespace {

using End = Network::End;

constexpr std::size_t index_of(End end) { return static_cast<std::size_t>(end); }
constexpr End other(End end) { return end == End::caller ? End::listener : End::caller; }

base::BytesView without_size(const base::Bytes& frame) {
  ASSERT(frame.size() >= protocol::frame_size_bytes);
  return base::BytesView(frame).subspan(protocol::frame_size_bytes);
}

}  // namespace

void Network::listen(const broker::PeerAddress& address, HostId host, Listener& listener) {
  hosts_.insert(host);
  listeners_[address] = {host, &listener};
}

// Never before what was sent earlier.
Time Network::arrival(Link& link, End at, std::int64_t extra_us) {
  const Path& path = paths_[{link.hosts[index_of(other(at))], link.hosts[index_of(at)]}];
  Time when =
      env_.now() + link.dice.between(latency_.least, latency_.most) + path.extra_us + extra_us;
  when = std::max({when, path.blocked_until, link.last_arrival[index_of(at)]});
  return link.last_arrival[index_of(at)] = when;
}

Dice Network::dice_of_next(HostId from, HostId to) {
  const std::uint64_t number = ++connects_[{from, to}];
  return env_.dice_of(fmt::format("connection {} of {} to {}", number, from.value(), to.value()));
}

LinkId Network::connect(HostId from, Caller& caller, const broker::PeerAddress& to) {
  hosts_.insert(from);
  const LinkId id(next_link_++);
  Link& link = links_[id];
  link.caller = &caller;
  const auto found = listeners_.find(to);
  if (found == listeners_.end()) {
    link.hosts = {from, from};
    link.dice = dice_of_next(from, from);
    env_.scheduler.at(arrival(link, End::caller),
                      [this, id] { hear_close(id, End::caller, "no such host", true); });
    return id;
  }
  link.hosts = {from, found->second.first};
  link.dice = dice_of_next(from, found->second.first);
  link.listener = found->second.second;
  env_.scheduler.at(arrival(link, End::listener), [this, id] { opening(id); });
  return id;
}

void Network::opening(LinkId id) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.broken) return;
  Link& link = found->second;
  if (!link.open[index_of(End::caller)]) return forget_if_closed(id);
  if (!link.listener->accepts()) {
    env_.scheduler.at(arrival(link, End::caller),
                      [this, id] { hear_close(id, End::caller, "connection refused", true); });
    return;
  }
  link.open[index_of(End::listener)] = true;
  link.listener->link_accepted(id, link.hosts[index_of(End::caller)]);
  env_.scheduler.at(arrival(link, End::caller), [this, id] {
    const auto opened = links_.find(id);
    if (opened == links_.end() || opened->second.broken) return;
    if (opened->second.open[index_of(End::caller)]) opened->second.caller->link_opened(id);
  });
}

void Network::send(LinkId id, End from, base::Bytes frame) {
  const auto found = links_.find(id);
  if (found == links_.end() || !found->second.open[index_of(from)] || found->second.broken) return;
  const End to = other(from);
  const Time when = arrival(found->second, to, to == End::listener ? delay_of(frame) : 0);
  Sent sent{id, found->second.hosts, to, env_.now(), std::move(frame)};
  env_.scheduler.at(when, [this, sent = std::move(sent)] { arrive(sent); });
}

void Network::arrive(const Sent& sent) {
  const auto found = links_.find(sent.link);
  const bool lost =
      found == links_.end() || found->second.broken || !found->second.open[index_of(sent.to)];
  show(sent, lost);
  if (lost) return;
  const auto view = without_size(sent.frame);
  if (sent.to == End::caller)
    found->second.caller->caller_frame(sent.link, view);
  else
    found->second.listener->listener_frame(sent.link, view);
}

void Network::show(const Sent& sent, bool lost) const {
  if (env_.onlooker == nullptr) return;
  env_.onlooker->passed({.passage = {.from = sent.hosts[index_of(other(sent.to))],
                                     .to = sent.hosts[index_of(sent.to)],
                                     .sent = sent.at,
                                     .ended = env_.now(),
                                     .lost = lost},
                         .link = sent.link,
                         .is_request = sent.to == End::listener,
                         .frame = without_size(sent.frame)});
}

void Network::close(LinkId id, End by) {
  const auto found = links_.find(id);
  if (found == links_.end() || !found->second.open[index_of(by)]) return;
  Link& link = found->second;
  link.open[index_of(by)] = false;
  const End at = other(by);
  if (!link.broken && link.listener != nullptr)
    env_.scheduler.at(arrival(link, at),
                      [this, id, at] { hear_close(id, at, "closed by the other end", false); });
  forget_if_closed(id);
}

void Network::hear_close(LinkId id, End at, const std::string& reason, bool broken) {
  const auto found = links_.find(id);
  if (found == links_.end() || !found->second.open[index_of(at)]) return;
  Link& link = found->second;
  if (at == End::listener) {
    link.listener->listener_closed(id, broken);  // closes its end when it has answered
    return;
  }
  link.open[index_of(at)] = false;
  Caller* const caller = link.caller;
  forget_if_closed(id);
  caller->caller_closed(id, reason);
}

void Network::forget_if_closed(LinkId id) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  const Link& link = found->second;
  if (!link.open[index_of(End::caller)] && !link.open[index_of(End::listener)]) links_.erase(found);
}

void Network::drop(HostId host) {
  for (const LinkId id : links())
    for (const End end : {End::caller, End::listener}) {
      const auto found = links_.find(id);
      if (found != links_.end() && found->second.hosts[index_of(end)] == host) close(id, end);
    }
}

// --- faults ---

std::vector<LinkId> Network::links() const {
  std::vector<LinkId> ids;
  ids.reserve(links_.size());
  for (const auto& [id, link] : links_) ids.push_back(id);
  return ids;
}

void Network::break_link(LinkId id, bool seen) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.broken) return;
  found->second.broken = true;
  const auto& [one, two] = found->second.hosts;
  env_.trouble(one, env_.now(),
               fmt::format("its connection to {} breaks{}", two.value(), seen ? "" : ", unseen"));
  if (!seen) return;
  for (const End end : {End::caller, End::listener})
    if (found->second.open[index_of(end)])
      env_.scheduler.after(found->second.dice.between(latency_.least, 20 * latency_.most),
                           [this, id, end] { hear_close(id, end, "connection reset", true); });
}

void Network::slow_down(HostId from, HostId to, std::int64_t extra_us) {
  paths_[{from, to}].extra_us = extra_us;
  if (extra_us > 0) env_.trouble(from, forever, fmt::format("slow: its path to {}", to.value()));
}

void Network::block(HostId from, HostId to, Time until) {
  paths_[{from, to}].blocked_until = until;
  env_.trouble(from, until, fmt::format("blocked: its path to {}", to.value()));
}

void Network::slow_api(model::ApiKey key, std::int64_t extra_us, Time until) {
  slow_apis_[key] = {extra_us, until};
}

std::int64_t Network::delay_of(const base::Bytes& request) const {
  if (slow_apis_.empty() || request.size() < protocol::frame_size_bytes + sizeof(std::int16_t))
    return 0;
  const auto key = base::load_big_endian<std::int16_t>(request.data() + protocol::frame_size_bytes);
  const auto found = slow_apis_.find(model::ApiKey(key));
  return found != slow_apis_.end() && env_.now() < found->second.until ? found->second.extra_us : 0;
}

void Network::heal() {
  paths_.clear();
  slow_apis_.clear();
  for (const LinkId id : links()) {
    const auto found = links_.find(id);
    if (found == links_.end() || !found->second.broken) continue;
    for (const End end : {End::caller, End::listener})
      env_.scheduler.after(found->second.dice.between(latency_.least, latency_.most),
                           [this, id, end] { hear_close(id, end, "connection reset", true); });
  }
}

}  // namespace gregor::simulation
