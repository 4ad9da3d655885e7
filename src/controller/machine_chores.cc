// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the controller does without being asked, between two commands: elections and the ends of
// reassignments that some change has made due, the removal of topics whose replicas are all gone,
// and leadership that goes back to the preferred replicas. And what brokers tell of their logs.

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "controller/elections.h"
#include "controller/machine.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

void Controller::Machine::begin(Task task, Effects& out) {
  Running chore;
  chore.kind = Running::Kind::chore;
  chore.plan.tasks.push_back(std::move(task));
  run(std::move(chore), out);
}

// False when there is nothing to do.
bool Controller::Machine::begin_chore(Effects& out) {
  if (!settled_.empty()) {  // the repairs have been written
    Task settled;
    settled.writes = fenced_writes(fence_, std::exchange(settled_, {}));
    return begin(std::move(settled), out), true;
  }
  for (const auto& [partition, brokers] : offline_) due_.insert(partition.topic);
  if (!due_.empty()) {
    Task upkeep =
        plan_upkeep(situation(image_), {.topics = std::exchange(due_, {}), .offline = offline_});
    if (!upkeep.writes.empty()) return begin(std::move(upkeep), out), true;
    offline_.clear();  // where nobody can take over
  }
  for (const auto& [name, deletion] : deletions_) {
    const auto topic = image_.deleting.find(name);
    if (!deletion.awaited.empty() || deletion.stuck || topic == image_.deleting.end()) continue;
    const auto remnant = remnants_.find(name);
    const TopicRef gone = topic->second;
    begin(removal_of(situation(image_), *gone, true,
                     remnant == remnants_.end() ? nullptr : &remnant->second),
          out);
    return true;
  }
  if (std::exchange(balance_due_, false)) {
    Task balance = plan_balance(situation(image_));
    if (!balance.writes.empty()) return begin(std::move(balance), out), true;
  }
  return false;
}

// After a change by a command or a chore.
void Controller::Machine::note_chores(const Change& change) {
  if (const auto* topic = std::get_if<TopicChanged>(&change)) {
    if (topic->after != nullptr && std::ranges::any_of(topic->after->partitions, is_reassigned))
      due_.insert(topic->after->name);
    if (topic->after != nullptr)
      std::erase_if(offline_,
                    [&](const auto& one) { return one.first.topic == topic->after->name; });
  } else if (const auto* configs = std::get_if<ConfigsChanged>(&change)) {
    // It may allow an unclean election.
    if (const auto* name = std::get_if<TopicName>(&configs->resource))
      due_.insert(name->name);
    else
      for (const auto& [name_of_any, topic_of_any] : image_.topics) due_.insert(name_of_any);
  }
}

// From now on the broker is given no duties; it does not help to ask for it twice.
void Controller::Machine::note_shutdown(const Command& command) {
  const auto* shutdown = std::get_if<ControlledShutdown>(&command.body);
  if (shutdown == nullptr) return;
  const auto broker = image_.brokers.find(shutdown->broker);
  if (broker != image_.brokers.end() && broker->second.epoch == shutdown->epoch)
    leaving_.insert_or_assign(shutdown->broker, shutdown->epoch);
}

// --- deletions ---

// Notes whom to wait for, and what was asked of them in this step.
void Controller::Machine::pursue_deletions(Effects& out) {
  std::erase_if(deletions_, [&](const auto& one) { return !image_.deleting.contains(one.first); });
  for (const auto& [name, topic] : image_.deleting) {
    const auto [entry, fresh] = deletions_.try_emplace(name);
    if (!fresh) continue;
    entry->second.incarnation = topic->incarnation;
    for (std::size_t at = 0; at < topic->partitions.size(); ++at)
      for (const model::BrokerId id : topic->partitions[at].replicas)
        entry->second.awaited.insert({model::PartitionIndex(static_cast<std::int32_t>(at)), id});
  }
  std::erase_if(stops_, [&](const auto& one) {
    const auto broker = image_.brokers.find(one.second.to);
    return broker == image_.brokers.end() || broker->second.epoch != one.second.broker_epoch;
  });
  for (const BrokerRequest& request : out.broker_requests)
    if (std::holds_alternative<StopReplica>(request.body)) stops_.emplace(request.id, request);
}

void Controller::Machine::on(const BrokerAnswered& answered, Effects& out) {
  const auto asked = stops_.find(answered.request);
  if (asked == stops_.end()) return note_offline(answered, out);
  if (asked->second.to != answered.from) return;
  const BrokerRequest request = std::move(asked->second);
  stops_.erase(asked);
  if (answered.error != model::ErrorCode::none) return;
  for (const StoppedReplica& replica : std::get<StopReplica>(request.body).replicas) {
    const model::TopicPartition partition{replica.topic, replica.partition};
    const bool failed =
        std::ranges::any_of(answered.partitions, [&](const BrokerAnswered::OfPartition& one) {
          return one.partition == partition && one.error != model::ErrorCode::none;
        });
    const auto deletion = deletions_.find(replica.topic);
    if (failed || !replica.topic_deleted || deletion == deletions_.end()) continue;
    if (deletion->second.incarnation != replica.incarnation) continue;
    deletion->second.awaited.erase({replica.partition, request.to});
  }
  work(out);
}

// A broker was told of replicas that it has, and cannot open their logs: others shall lead.
void Controller::Machine::note_offline(const BrokerAnswered& answered, Effects& out) {
  if (answered.error != model::ErrorCode::none) return;
  for (const BrokerAnswered::OfPartition& one : answered.partitions)
    if (one.error == model::ErrorCode::kafka_storage_error) {
      offline_[one.partition].insert(answered.from);
      troubled_.insert(answered.from);
    }
  work(out);
}

// --- logs that fail while they serve ---

// A broker leaves a notification, and is asked then which of its logs it can still serve. Who has
// been asked need not be asked again: a broker that registers anew, and everyone in another term,
// is told everything, and answers to that.
void Controller::Machine::look_for_failed_logs(Effects& out) {
  send(ReadLogDirEvents{}, coordination::GetChildren{std::string(znode::log_dir_events), true},
       out);
}

// At most so many at a time: that they are removed makes the watch fire, and brings the next ones.
void Controller::Machine::on_reply(const ReadLogDirEvents&, const Pending& request,
                                   const Reply& reply, Effects& out) {
  if (reply.status == coordination::Status::connection_loss) return resend(request, out);
  const auto* children = std::get_if<coordination::ChildrenReply>(&reply.content);
  if (children == nullptr) return;
  std::size_t reads = 0;
  for (const std::string& name : children->names) {
    const std::string path = fmt::format("{}/{}", znode::log_dir_events, name);
    if (!path.starts_with(znode::log_dir_event_prefix())) continue;
    if (++reads > reads_in_flight_max) return;
    send(ReadLogDirEvent{path}, coordination::GetData{path, false}, out);
  }
}

void Controller::Machine::on_reply(const ReadLogDirEvent& read, const Pending& request,
                                   const Reply& reply, Effects& out) {
  if (reply.status == coordination::Status::connection_loss) return resend(request, out);
  const auto* data = std::get_if<coordination::DataReply>(&reply.content);
  if (data == nullptr) return;  // it has been seen to
  if (const auto broker = znode::decode_log_dir_event(data->data))
    announcer_.tell_again(*broker);
  else
    out.notes.push_back(
        fmt::format("Not understood, and removed: {}: {}", read.path, broker.error().detail));
  for (coordination::Multi& write : fenced_writes(fence_, {coordination::Remove{read.path}}))
    send(Housekeeping{}, std::move(write), out);
}

// --- time ---

void Controller::Machine::on(const TimeReached&, Effects& out) {
  if (role_ == Role::starting && registration_deadline_ &&
      now_.monotonic >= *registration_deadline_)
    return register_broker(out);
  if (role_ != Role::active || !balance_at_ || now_.monotonic < *balance_at_) return;
  balance_at_ = now_.monotonic + settings_.leader_imbalance_check_interval_ms;
  balance_due_ = settings_.auto_leader_rebalance_enable;
  work(out);
}

std::optional<model::Instant> Controller::Machine::wake_at() const {
  if (role_ == Role::starting)
    return registration_deadline_ > now_.monotonic ? registration_deadline_ : std::nullopt;
  // While the tree is read again there is nothing to do in time; it is asked again afterwards.
  const bool others = image_.brokers.size() > 1;
  const bool balances = role_ == Role::active && settings_.auto_leader_rebalance_enable && others;
  return balances ? balance_at_ : std::nullopt;
}

}  // namespace gregor::controller
