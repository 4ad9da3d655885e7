// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/coordination_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <variant>
#include <vector>

namespace gregor::simulation {
namespace {

using coordination::Status;
using coordination::WatchKind;

std::string to_text(const coordination::Create& change) {
  return fmt::format("create {} {}", change.path, change.data);
}
std::string to_text(const coordination::Remove& change) { return "remove " + change.path; }
std::string to_text(const coordination::SetData& change) {
  return fmt::format("set {} {}", change.path, change.data);
}
std::string to_text(const coordination::Check& change) {
  return fmt::format("check {} is version {}", change.path, change.version);
}
std::string to_text(const coordination::GetData& read) {
  return fmt::format("get {}{}", read.path, read.watch ? ", and watch it" : "");
}
std::string to_text(const coordination::GetChildren& read) {
  return fmt::format("list {}{}", read.path, read.watch ? ", and watch it" : "");
}
std::string to_text(const coordination::Multi& multi) {
  std::vector<std::string> changes;
  changes.reserve(multi.changes.size());
  for (const auto& change : multi.changes)
    changes.push_back(std::visit([](const auto& one) { return to_text(one); }, change));
  return fmt::format("{}", fmt::join(changes, "; "));
}

std::string_view name_of(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::runtime_inconsistency:
      return "runtime inconsistency";
    case Status::connection_loss:
      return "connection loss";
    case Status::bad_arguments:
      return "bad arguments";
    case Status::no_node:
      return "no node";
    case Status::bad_version:
      return "bad version";
    case Status::no_children_for_ephemerals:
      return "no children for ephemerals";
    case Status::node_exists:
      return "node exists";
    case Status::not_empty:
      return "not empty";
    case Status::session_expired:
      return "session expired";
  }
  std::unreachable();
}

std::string_view name_of(WatchKind kind) {
  switch (kind) {
    case WatchKind::created:
      return "was created";
    case WatchKind::removed:
      return "was removed";
    case WatchKind::data_changed:
      return "has changed";
    case WatchKind::children_changed:
      return "has other children";
  }
  std::unreachable();
}

}  // namespace

std::string to_text(const coordination::Request& request) {
  return fmt::format("({}) {}", request.id.value(),
                     std::visit([](const auto& one) { return to_text(one); }, request.operation));
}

std::string to_text(const coordination::Reply& reply) {
  return fmt::format("({}) {}", reply.id.value(), name_of(reply.status));
}

std::string to_text(const coordination::WatchFired& watch) {
  return fmt::format("{} {}", watch.path, name_of(watch.kind));
}

}  // namespace gregor::simulation
