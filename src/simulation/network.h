// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A network of TCP connections. What is sent on one arrives in order, after a while, whole – or the
// connection breaks, and what was under way is lost. Between connections there is no order.
//
// Faults: connections that break, seen by both ends or (half-open) by none; paths that are slow or
// carry nothing for a while, each direction for itself; hosts that die.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "broker/peer.h"
#include "simulation/environment.h"

namespace gregor::simulation {

// Whoever makes a connection. Nothing is called before the call that causes it returns.
class Caller {
 public:
  virtual ~Caller() = default;
  virtual void link_opened(LinkId link) = 0;
  // Without the length prefix; valid during the call.
  virtual void caller_frame(LinkId link, base::BytesView frame) = 0;
  // Also when it could not be made. The link is of no further use.
  virtual void caller_closed(LinkId link, const std::string& reason) = 0;
};

// Whoever accepts connections.
class Listener {
 public:
  virtual ~Listener() = default;
  [[nodiscard]] virtual bool accepts() const = 0;
  virtual void link_accepted(LinkId link, HostId from) = 0;
  virtual void listener_frame(LinkId link, base::BytesView frame) = 0;
  // The caller says no more (it may still read), or the connection is broken.
  virtual void listener_closed(LinkId link, bool broken) = 0;
};

// Microseconds that a frame takes.
struct Latency {
  std::int64_t least = 50;
  std::int64_t most = 500;
};

class Network {
 public:
  enum class End : std::uint8_t { caller, listener };

  Network(Environment& environment, Latency latency) : env_(environment), latency_(latency) {}

  void listen(const broker::PeerAddress& address, HostId host, Listener& listener);

  LinkId connect(HostId from, Caller& caller, const broker::PeerAddress& to);
  // A whole frame with its length prefix. Nothing happens if that end is closed.
  void send(LinkId link, End from, base::Bytes frame);
  // The other end hears of it after what was sent before.
  void close(LinkId link, End by);
  // All connections of the host, as when its process dies.
  void drop(HostId host);

  // --- faults ---
  [[nodiscard]] std::vector<LinkId> links() const;
  [[nodiscard]] const std::set<HostId>& hosts() const { return hosts_; }  // heard of so far
  // What is under way is lost. Unseen: nobody is told.
  void break_link(LinkId link, bool seen);
  void slow_down(HostId from, HostId to, std::int64_t extra_us);
  void block(HostId from, HostId to, Time until);
  // Requests of that API, and what comes after them on their connections.
  void slow_api(model::ApiKey key, std::int64_t extra_us, Time until);
  void heal();  // paths and APIs, and half-open connections end

 private:
  struct Link {
    Caller* caller = nullptr;
    Listener* listener = nullptr;
    std::array<HostId, 2> hosts;
    std::array<bool, 2> open = {true, false};  // by End
    std::array<Time, 2> last_arrival{};        // at the end
    bool broken = false;
    Dice dice{0};
  };
  struct Sent {
    LinkId link;
    std::array<HostId, 2> hosts;  // by End
    End to = End::caller;
    Time at;
    base::Bytes frame;
  };
  struct Path {
    std::int64_t extra_us = 0;
    Time blocked_until{0};
  };

  struct SlowApi {
    std::int64_t extra_us = 0;
    Time until{0};
  };

  [[nodiscard]] Time arrival(Link& link, End at, std::int64_t extra_us = 0);
  [[nodiscard]] std::int64_t delay_of(const base::Bytes& request) const;
  void show(const Sent& sent, bool lost) const;
  void opening(LinkId id);
  void arrive(const Sent& sent);
  void hear_close(LinkId id, End at, const std::string& reason, bool broken);
  void forget_if_closed(LinkId id);
  [[nodiscard]] Dice dice_of_next(HostId from, HostId to);

  Environment& env_;
  const Latency latency_;
  std::map<broker::PeerAddress, std::pair<HostId, Listener*>> listeners_;
  std::map<LinkId, Link> links_;
  std::set<HostId> hosts_;
  std::map<std::pair<HostId, HostId>, Path> paths_;
  std::map<model::ApiKey, SlowApi> slow_apis_;
  std::map<std::pair<HostId, HostId>, std::uint64_t> connects_;  // that were tried
  std::uint64_t next_link_ = 1;
};

}  // namespace gregor::simulation
