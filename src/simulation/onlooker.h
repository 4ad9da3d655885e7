// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Who looks on while a world runs, and sees more than the lines of its transcript: what went from
// whom to whom, and from when to when something was the matter with whom. Nobody draws dice for an
// onlooker, and nothing that it is told goes into the hash of effects: a world that is watched is
// the same world.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/typed_number.h"
#include "simulation/scheduler.h"

namespace gregor::simulation {

using HostId = base::TypedId<struct HostIdTag, std::int32_t>;
using LinkId = base::TypedId<struct LinkIdTag, std::uint64_t>;

// Brokers have the hosts of their ids; clients are behind them.
inline constexpr HostId coordination_host{0};
inline constexpr std::int32_t first_client_host = 1000;

// Something that left `from` for `to`, and when it came there, or was found to be lost.
struct Passage {
  HostId from;
  HostId to;
  Time sent;
  Time ended;
  bool lost = false;
};

// A frame of a connection.
struct FramePassage {
  Passage passage;
  LinkId link;
  bool is_request = false;  // the caller's; else the listener's
  base::BytesView frame;    // without the length prefix; valid during the call
};

// Something is the matter with a host, at one instant or until it ends: by itself, or because
// everything heals.
struct Trouble {
  HostId host;
  Time begin;
  Time end;
  std::string what;
};

class Onlooker {
 public:
  virtual ~Onlooker() = default;
  virtual void joined(HostId, std::string_view /*name*/) {}
  virtual void said(Time, std::string_view /*who*/, std::string_view /*what*/) {}
  virtual void traced(Time, std::string_view /*line*/) {}  // as `gregor server --trace` writes it
  virtual void passed(const FramePassage&) {}
  // Between a broker and the coordination service.
  virtual void passed(const Passage&, std::string_view /*what*/) {}
  virtual void troubled(const Trouble&) {}
  virtual void healed(Time) {}  // whatever troubles there were
};

}  // namespace gregor::simulation
