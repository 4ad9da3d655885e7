// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/coordinator.h"

#include <fmt/format.h>

#include <utility>

#include "base/assert.h"
#include "group/machine.h"

namespace gregor::group {

using model::ErrorCode;

Coordinator::Coordinator(Settings settings)
    : machine_(std::make_unique<Machine>(std::move(settings))) {}
Coordinator::~Coordinator() = default;
Coordinator::Coordinator(Coordinator&&) noexcept = default;
Coordinator& Coordinator::operator=(Coordinator&&) noexcept = default;

void Coordinator::step(model::Now now, const Event& event, Effects& out) {
  machine_->step(now, event, out);
}
std::optional<model::Instant> Coordinator::deadline() const { return machine_->deadline(); }
bool Coordinator::is_loading() const { return machine_->is_loading(); }
const State& Coordinator::state() const { return machine_->state(); }

void Coordinator::Machine::step(model::Now now, const Event& event, Effects& out) {
  now_ = now;
  std::visit([&](const auto& one) { on(one, out); }, event);
}

void Coordinator::Machine::on(const Replayed& record, Effects&) {
  if (!loading_) return;
  auto change = parse_record(record.key, record.value);
  if (!change || std::holds_alternative<OtherChange>(*change)) {
    ++skipped_records_;
  } else if (std::holds_alternative<ObsoleteChange>(*change)) {
    // There is nothing to learn from it.
  } else if (const auto* consumer = std::get_if<ConsumerChange>(&*change)) {
    fold(state_.consumer_groups, *consumer);
  } else if (auto* offset = std::get_if<OffsetChange>(&*change)) {
    if (offset->offset) {
      state_.offsets.put(offset->group, offset->topic, offset->partition,
                         std::move(*offset->offset));
    } else {
      state_.offsets.remove(offset->group, offset->topic, offset->partition);
    }
  } else {
    auto& group = std::get<GroupChange>(*change);
    state_.groups.erase(group.group);
    if (group.value) state_.groups.emplace(group.group, ClassicGroup(group.group, *group.value));
  }
}

void Coordinator::Machine::on(const Loaded&, Effects& out) {
  if (!loading_) return;
  loading_ = false;
  out.appends.push_back({AppendId(++last_append_), {}});  // the end of the log may be lost yet
  if (skipped_records_ > 0)
    out.notes.push_back(fmt::format("{} records are not of a kind that is known: they are ignored.",
                                    skipped_records_));
  for (const auto& [name, topics] : state_.offsets.all())
    if (consumer_.find(name) == nullptr) find_or_make_group(name);
  consumer_.loaded();
  timers_.set({TimerKey::Kind::expiry, {}, {}},
              after(settings_.offsets_retention_check_interval_ms));
  for (auto& [name, group] : state_.groups) {
    for (const auto& [id, member] : group.members())
      expect_heartbeat(group, id, member.session_timeout_ms);
    // The limit may have been lowered. Those that do not get in again still have time to commit.
    if (std::cmp_greater(group.members().size(), settings_.group_size_max))
      prepare_rebalance(group, out);
  }
}

void Coordinator::Machine::on(const Resigned&, Effects& out) { forget_all(out); }

void Coordinator::Machine::on(const Request& request, Effects& out) {
  if (loading_) {
    out.answers.push_back(
        {request.token, refused(request.body, ErrorCode::coordinator_load_in_progress)});
    return;
  }
  std::visit([&](const auto& body) { serve(request, body, out); }, request.body);
}

void Coordinator::Machine::on(const ClusterChanged& changed, Effects&) {
  cluster_ = changed.cluster;
  ++cluster_version_;
}

void Coordinator::Machine::on(const Appended& appended, Effects& out) {
  const std::uint64_t id = appended.id.value();
  ASSERT(id <= last_append_);
  if (id <= confirmed_) return;  // of the time before it forgot everything
  if (!appended.result) {
    const ErrorCode error = error_of_append(appended.result.error().code);
    for (Deferred& deferred : deferred_) {
      turn_into_error(deferred.answer.response, error);
      deferred.append = 0;
    }
    out.notes.push_back("A record of groups could not be written: " +
                        appended.result.error().detail);
    forget_all(out);
    out.reload = true;
    return;
  }
  ASSERT(id == confirmed_ + 1);
  confirmed_ = id;
  while (!deferred_.empty() && deferred_.front().append <= confirmed_) {
    out.answers.push_back(std::move(deferred_.front().answer));
    deferred_.pop_front();
  }
}

void Coordinator::Machine::on(const TimeReached&, Effects& out) {
  while (const auto key = timers_.take_due(now_.monotonic)) {
    ClassicGroup* const group = find_group(key->group);
    switch (key->kind) {
      case TimerKey::Kind::session:
        session_expired(*key, out);
        break;
      case TimerKey::Kind::join:
        if (group != nullptr) join_time_is_up(*group, out);
        break;
      case TimerKey::Kind::sync:
        if (group != nullptr) sync_time_is_up(*group, out);
        break;
      case TimerKey::Kind::expiry:
        expire_offsets(out);
        break;
      case TimerKey::Kind::consumer_session:
      case TimerKey::Kind::consumer_revocation:
      case TimerKey::Kind::consumer_join:
      case TimerKey::Kind::consumer_sync:
        consumer_.time_is_up(*key, out);
        break;
    }
    drop_if_unborn(key->group);
  }
}

ClassicGroup* Coordinator::Machine::find_group(std::string_view group) {
  const auto found = state_.groups.find(group);
  return found == state_.groups.end() ? nullptr : &found->second;
}

ClassicGroup& Coordinator::Machine::find_or_make_group(const std::string& group) {
  if (ClassicGroup* const found = find_group(group)) return *found;
  return state_.groups.emplace(group, ClassicGroup(group, now_.wall)).first->second;
}

void Coordinator::Machine::remove_group(const std::string& name) {
  const auto found = state_.groups.find(name);
  if (found == state_.groups.end()) return;
  ASSERT(found->second.members().empty());
  for (const std::string& member : found->second.pending())
    timers_.cancel({TimerKey::Kind::session, name, member});
  timers_.cancel({TimerKey::Kind::join, name, {}});
  timers_.cancel({TimerKey::Kind::sync, name, {}});
  state_.groups.erase(found);
}

bool Coordinator::Machine::store_group(ClassicGroup& group, Effects& out) {
  auto value = group.snapshot();
  if (!append({group_record(group.id(), value)}, out)) return false;
  group.set_stored(std::move(value));
  return true;
}

void Coordinator::Machine::forget_all(Effects& out) {
  for (const auto& [name, group] : state_.groups) {
    for (const auto& [id, member] : group.members()) {
      if (member.joining)
        deferred_.push_back(
            {0,
             {*member.joining, refused(protocol::JoinGroupRequest{}, ErrorCode::not_coordinator)}});
      if (member.syncing)
        deferred_.push_back(
            {0,
             {*member.syncing, refused(protocol::SyncGroupRequest{}, ErrorCode::not_coordinator)}});
    }
  }
  for (Deferred& deferred : deferred_) {
    // What is not confirmed may have been lost with the leadership.
    if (deferred.append > confirmed_)
      turn_into_error(deferred.answer.response, ErrorCode::not_coordinator);
    out.answers.push_back(std::move(deferred.answer));
  }
  deferred_.clear();
  confirmed_ = last_append_;
  state_ = {};
  consumer_.forget_all();
  timers_.clear();
  loading_ = true;
  skipped_records_ = 0;
}

}  // namespace gregor::group
