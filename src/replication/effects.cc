// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "replication/effects.h"

#include <fmt/format.h>

#include <utility>

namespace gregor::replication {

std::string_view name_of(Action action) {
  switch (action) {
    case Action::become_leader:
      return "BecomeLeader";
    case Action::become_follower:
      return "BecomeFollower";
    case Action::leader_append:
      return "LeaderAppend";
    case Action::handle_fetch:
      return "HandleFetch";
    case Action::follower_append:
      return "FollowerAppend";
    case Action::truncate_to_epoch:
      return "TruncateToEpoch";
    case Action::drop_stale_response:
      return "DropStaleResponse";
    case Action::advance_high_watermark:
      return "AdvanceHighWatermark";
    case Action::shrink_isr:
      return "ShrinkIsr";
    case Action::expand_isr:
      return "ExpandIsr";
    case Action::commit_isr:
      return "CommitIsr";
  }
  std::unreachable();
}

std::string to_string(const Transition& transition) {
  std::string out = fmt::format("{} epoch={} offset={}", name_of(transition.action),
                                transition.epoch.value(), transition.offset.value());
  if (transition.peer != model::no_broker) out += fmt::format(" peer={}", transition.peer.value());
  return out;
}

void Effects::clear() {
  std::vector<Transition> memory = std::move(trace);
  memory.clear();
  const bool still_observed = observed;
  *this = Effects();
  observed = still_observed;
  trace = std::move(memory);
}

}  // namespace gregor::replication
