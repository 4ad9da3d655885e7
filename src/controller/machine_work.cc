// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Commands, one after the other: planned, written, and answered once it is known what became of the
// writes.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/assert.h"
#include "controller/machine.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

using coordination::Status;
using model::ErrorCode;

namespace {

// How often a command is planned anew because the tree was not what it was believed to be, and how
// often repairs are.
constexpr int attempts_max = 3;

// How long notifications of config changes stay for other brokers to read, as in Kafka.
constexpr std::int64_t notification_ms = std::int64_t{15} * 60 * 1000;

const std::vector<coordination::ChangeResult>* results_of(const coordination::Reply& reply) {
  const auto* multi = std::get_if<coordination::MultiReply>(&reply.content);
  return multi == nullptr || multi->results.empty() ? nullptr : &multi->results;
}

// The check of the controller's epoch comes first in every write.
bool is_fenced(const coordination::Reply& reply) {
  const auto* results = results_of(reply);
  return results != nullptr && results->front().status != Status::ok &&
         results->front().status != Status::runtime_inconsistency;
}

// Which change of the write failed.
std::string culprit(const coordination::Multi& write, const coordination::Reply& reply) {
  const auto* results = results_of(reply);
  for (std::size_t at = 0; results != nullptr && at < results->size(); ++at)
    if ((*results)[at].status == reply.status && at < write.changes.size())
      return std::visit([](const auto& change) { return change.path; }, write.changes[at]);
  return "the write";
}

model::Error error_of(const Task& task, const Failure& failure) {
  const coordination::Reply& reply = failure.reply;
  if (reply.status == Status::connection_loss)
    return {ErrorCode::request_timed_out,
            "The connection to the coordination service was lost; whether the change was made is "
            "unknown."};
  if (is_fenced(reply))
    return {ErrorCode::not_controller, "This is not the correct controller for this cluster."};
  return {ErrorCode::unknown_server_error,
          fmt::format("The coordination service refused the change: status {} at {}.",
                      static_cast<std::int32_t>(reply.status),
                      culprit(task.writes.at(failure.write), reply))};
}

void put_into(Image& image, const Change& change) {
  if (const auto* topic = std::get_if<TopicChanged>(&change)) {
    if (topic->after)
      image.put(topic->after);
    else if (topic->before)
      image.remove_topic(topic->before->name);
  } else if (const auto* configs = std::get_if<ConfigsChanged>(&change)) {
    if (configs->configs)
      image.configs.insert_or_assign(configs->resource, configs->configs);
    else
      image.configs.erase(configs->resource);
  }
}

// A topic that was made just now is known by the number of the write that made it.
void set_incarnation(Change& change, const std::map<std::string, coordination::Zxid>& made) {
  auto* topic = std::get_if<TopicChanged>(&change);
  if (topic == nullptr || topic->after == nullptr) return;
  const auto found = made.find(topic->after->name);
  if (found == made.end()) return;
  Topic known = *topic->after;
  known.incarnation = found->second;
  topic->after = std::make_shared<const Topic>(std::move(known));
}

}  // namespace

void Controller::Machine::on(const Command& command, Effects& out) {
  if (role_ == Role::standby || role_ == Role::failed) {
    out.answers.push_back(refusal(
        command,
        role_ == Role::standby
            ? model::Error{ErrorCode::not_controller,
                           "This is not the correct controller for this cluster."}
            : model::Error{ErrorCode::unknown_server_error, "The controller has given up."}));
    return;
  }
  waiting_.push_back({command, 0});
  work(out);
}

void Controller::Machine::work(Effects& out) {
  while (role_ == Role::active && !running_) {
    if (stale_) return load(scope_of_changes(), out);
    if (begin_chore(out)) continue;
    if (waiting_.empty()) return;
    Running next;
    next.waiting = std::move(waiting_.front());
    waiting_.pop_front();
    note_shutdown(next.waiting->command);
    next.plan = plan(situation(image_), next.waiting->command);
    run(std::move(next), out);
  }
}

void Controller::Machine::run(Running running, Effects& out) {
  ASSERT(!running_);
  running.failures.resize(running.plan.tasks.size());
  for (const Task& task : running.plan.tasks) running.outstanding += task.writes.size();
  running_ = std::move(running);
  const auto& tasks = running_->plan.tasks;
  for (std::size_t task = 0; task < tasks.size(); ++task)
    for (std::size_t write = 0; write < tasks[task].writes.size(); ++write)
      send(WriteOfTask{task, write}, tasks[task].writes[write], out);
  if (running_->outstanding == 0) finish_running(out);
}

void Controller::Machine::on_reply(const WriteOfTask& write, const Pending&, const Reply& reply,
                                   Effects& out) {
  ASSERT(running_);
  ASSERT(running_->outstanding > 0);
  auto& failure = running_->failures.at(write.task);
  if (reply.status == Status::ok) {
    ++running_->done;
    for (const auto& result : std::get<coordination::MultiReply>(reply.content).results) {
      if (result.path.starts_with(znode::config_changes)) note_notification(result.path);
      if (const auto topic = znode::topic_of(result.path))
        running_->incarnations.emplace(*topic, result.stat.czxid);
      if (const auto partition = znode::partition_of_state(result.path))
        births_.note(*partition, result.stat.czxid);
    }
  } else if (!failure) {
    failure = Failure{write.write, reply};
  }
  if (--running_->outstanding == 0) finish_running(out);
}

bool Controller::Machine::settle(Running& running, std::size_t at, Effects& out) {
  Task& task = running.plan.tasks[at];
  if (const auto& failure = running.failures[at]) {
    for (const std::size_t result : task.results)
      set_error(running.plan.answer, result, error_of(task, *failure));
    return false;
  }
  const bool is_repair = running.kind == Running::Kind::repairs;
  Image& image = is_repair ? found_->image : image_;
  for (Change& change : task.changes) {
    set_incarnation(change, running.incarnations);
    put_into(image, change);
    if (const auto* topic = std::get_if<TopicChanged>(&change); topic != nullptr && out.observed)
      for (Transition& made : transitions_of(*topic)) trace(std::move(made), out);
    if (is_repair) continue;
    note_chores(change);
    if (const auto* topic = std::get_if<TopicChanged>(&change); topic != nullptr && !topic->after)
      births_.forget(topic->before->name);
    out.changes.push_back(std::move(change));
  }
  if (task.marked) image.deleting.insert_or_assign(task.marked->name, task.marked);
  if (!task.removed.empty()) image.deleting.erase(task.removed);
  if (may_raise_as_of_)
    for (const auto& [topic, incarnation] : running.incarnations)
      as_of_ = std::max(as_of_, incarnation);
  if (task.producer_ids) producer_ids_ = *task.producer_ids;
  return true;
}

void Controller::Machine::finish_running(Effects& out) {
  Running running = std::move(*running_);
  running_.reset();
  bool failed = false, lost = false, fenced = false;
  for (std::size_t at = 0; at < running.plan.tasks.size(); ++at) {
    if (settle(running, at, out)) continue;
    const Reply& reply = running.failures[at]->reply;
    failed = true;
    lost = lost || reply.status == Status::connection_loss;
    fenced = fenced || is_fenced(reply);
  }
  const bool in_vain = failed && !lost && !fenced && running.done == 0;
  if (running.kind == Running::Kind::repairs) {
    loads_in_vain_ = in_vain ? loads_in_vain_ + 1 : 0;
    if (loads_in_vain_ >= attempts_max)
      return give_up("the coordination tree cannot be put right", out);
  } else if (running.kind == Running::Kind::chore) {
    for (const Task& task : running.plan.tasks)
      if (const auto stuck = deletions_.find(task.removed); in_vain && stuck != deletions_.end())
        stuck->second.stuck = true;
  } else if (in_vain && ++running.waiting->attempts < attempts_max) {
    waiting_.push_front(std::move(*running.waiting));
  } else {
    out.answers.push_back(std::move(running.plan.answer));
  }
  if (fenced) return resign("another controller was elected", out);
  if (failed) return load(Loader::Scope::whole, out);
  if (running.kind == Running::Kind::repairs) return take_over(out);
  keep_house(out);
  work(out);
}

void Controller::Machine::abandon_running(ErrorCode code, const std::string& why, Effects& out) {
  if (running_ && running_->waiting)
    out.answers.push_back(refusal(running_->waiting->command, {code, why}));
  running_.reset();
}

void Controller::Machine::refuse_waiting(ErrorCode code, const std::string& why, Effects& out) {
  for (const Waiting& waiting : waiting_)
    out.answers.push_back(refusal(waiting.command, {code, why}));
  waiting_.clear();
}

// --- notifications of config changes: every controller removes what all brokers have had time to
// read ---

void Controller::Machine::note_notification(std::string path) {
  notifications_.emplace_back(std::move(path), now_.wall + notification_ms);
}

void Controller::Machine::keep_house(Effects& out) {
  while (!notifications_.empty() && notifications_.front().second <= now_.wall) {
    for (coordination::Multi& write :
         fenced_writes(fence_, {coordination::Remove{notifications_.front().first}}))
      send(Housekeeping{}, std::move(write), out);
    notifications_.pop_front();
  }
}

}  // namespace gregor::controller
