// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The elected controller reads the tree, puts right what a predecessor left half done, and takes
// over. It does so again whenever it may have lost track of the tree.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/machine.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

using coordination::Status;

namespace {

// How long after its election a controller looks after preferred leaders, as in Kafka.
constexpr std::int64_t first_balance_ms = 5'000;

// What may never fall, but did: the tree was replaced by an older one, or by another. "" if
// nothing.
std::string step_back(const Image& from, const Image& to, model::ControllerEpoch epoch) {
  if (epoch < from.controller_epoch)
    return fmt::format("controller epoch {} after {}", epoch.value(),
                       from.controller_epoch.value());
  for (const auto& [name, topic] : to.topics) {
    const TopicRef before = from.topic(topic->id);
    const std::size_t known = before ? before->partitions.size() : 0;
    if (topic->partitions.size() < known)
      return fmt::format("topic {} has {} partitions after {}", name, topic->partitions.size(),
                         known);
    for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
      const Partition& now = topic->partitions[at];
      if (now.controller_epoch > epoch)
        return fmt::format("{}-{} was written by a controller of epoch {}", name, at,
                           now.controller_epoch.value());
      if (at >= known) continue;
      const Partition& old = before->partitions[at];
      if (now.partition_epoch < old.partition_epoch || now.leader_epoch < old.leader_epoch ||
          (now.leader_epoch == old.leader_epoch && now.leader != old.leader))
        return fmt::format("{}-{} has leader epoch {}, state {} after leader epoch {}, state {}",
                           name, at, now.leader_epoch.value(), now.partition_epoch.value(),
                           old.leader_epoch.value(), old.partition_epoch.value());
    }
  }
  return {};
}

}  // namespace

void Controller::Machine::load(Loader::Scope scope, Effects& out) {
  role_ = Role::loading;
  stale_ = false;
  found_.reset();
  loader_.emplace(scope);
  send(ConfirmOffice{}, coordination::GetData{std::string(znode::controller), true}, out);
  read_more(out);
}

// Brokers register by themselves; all else in the tree is the work of the controller in office, and
// is as it has left it. Where something was not as it should be, all of it is looked at.
Loader::Scope Controller::Machine::scope_of_changes() const {
  const auto lacks_state = [](const Partition& one) { return one.partition_epoch.value() < 0; };
  const bool as_it_should_be = remnants_.empty() && may_raise_as_of_ &&
                               std::ranges::none_of(image_.topics, [&](const auto& topic) {
                                 return std::ranges::any_of(topic.second->partitions, lacks_state);
                               });
  return as_it_should_be ? Loader::Scope::brokers : Loader::Scope::whole;
}

void Controller::Machine::put_into_what_is_known(Findings& brokers) const {
  auto found = std::exchange(brokers.image.brokers, {});
  brokers.image = image_;
  brokers.image.brokers = std::move(found);
  brokers.has_features = true;
}

void Controller::Machine::read_more(Effects& out) {
  for (Read& read : loader_->next()) {
    coordination::Operation operation = Loader::operation_of(read);
    send(LoadRead{std::move(read)}, std::move(operation), out);
  }
  if (loader_->done()) loaded(out);
}

void Controller::Machine::on_reply(const LoadRead& load, const Pending& request, const Reply& reply,
                                   Effects& out) {
  if (reply.status == Status::connection_loss) return resend(request, out);
  if (auto taken = loader_->take(load.read, reply); !taken)
    return give_up(taken.error().detail, out);
  read_more(out);
}

void Controller::Machine::loaded(Effects& out) {
  const bool whole = loader_->scope() == Loader::Scope::whole;
  auto loaded = loader_->finish();
  loader_.reset();
  if (!whole)
    put_into_what_is_known(loaded.findings);
  else if (auto back = step_back(image_, loaded.findings.image, epoch_); !back.empty())
    return give_up("the coordination tree went back in time: " + back, out);
  if (!loaded.findings.image.brokers.contains(settings_.broker.id)) {  // somebody removed it
    role_ = Role::starting;
    return register_broker(out);
  }
  report(loaded.faults, out);
  if (whole) note_the_rest(loaded);
  found_ = std::move(loaded.findings);
  found_->image.cluster_id = image_.cluster_id;
  found_->image.controller = settings_.broker.id;
  found_->image.controller_epoch = epoch_;
  keep_the_unreadable();
  count_bounced_as_dead();
  trace_look(out);
  settled_.clear();
  for (const auto& [id, registration] : found_->unclean) settled_.emplace_back(registration);

  Running repairs;
  repairs.kind = Running::Kind::repairs;
  repairs.plan.tasks = plan_repairs(situation(found_->image), *found_, started_.cluster_id);
  run(std::move(repairs), out);
}

// What a look at the whole tree tells beside the image.
void Controller::Machine::note_the_rest(const Loader::Loaded& loaded) {
  producer_ids_ = loaded.producer_ids;
  as_of_ = loaded.as_of;
  may_raise_as_of_ = loaded.findings.unreadable.empty();
  births_ = loaded.findings.births;
  notifications_.clear();
  for (const std::string& name : loaded.config_changes)
    note_notification(fmt::format("{}/{}", znode::config_changes, name));
  remnants_ = loaded.findings.incomplete;
  for (const auto& [name, incomplete] : remnants_) due_.insert(name);
}

// Of a topic that cannot be understood any more the last that was known goes on to count: nobody
// must take it for deleted.
void Controller::Machine::keep_the_unreadable() {
  for (const std::string& name : found_->unreadable)
    if (const TopicRef known = image_.topic(name)) found_->image.put(known);
}

// A broker that has registered anew since the last look was gone in between, and perhaps its disk
// with it. Those who are in sync with it have to go on without it before it comes back.
void Controller::Machine::count_bounced_as_dead() {
  if (!announcer_.speaks()) return;
  for (const auto& [id, before] : image_.brokers) {
    const auto found = found_->image.brokers.find(id);
    if (found == found_->image.brokers.end() || found->second.epoch == before.epoch) continue;
    found_->image.brokers.erase(found);
    bounced_ = true;
  }
}

// Whoever has been in office for a while looks again because brokers came or went.
void Controller::Machine::trace_look(Effects& out) const {
  if (!out.observed) return;
  const auto& before = image_.brokers;
  const auto& now = found_->image.brokers;
  const std::vector<model::BrokerId> alive = found_->image.broker_ids();
  const std::size_t made = out.trace.size();
  for (const auto& [id, broker] : before)
    if (announcer_.speaks() && !now.contains(id))
      trace({.action = Action::lose_broker, .broker = id, .alive = alive}, out);
  for (const auto& [id, broker] : now)
    if (announcer_.speaks() && !before.contains(id))
      trace({.action = Action::welcome_broker, .broker = id, .alive = alive}, out);
  if (out.trace.size() == made) trace({.action = Action::load, .alive = alive}, out);
}

void Controller::Machine::report(const std::vector<std::string>& faults, Effects& out) {
  for (const std::string& fault : faults)
    if (reported_.insert(fault).second)
      out.notes.push_back("Not understood, and left alone: " + fault);
}

// After the repairs: what was found, with them in it, is the image now.
void Controller::Machine::take_over(Effects& out) {
  role_ = Role::active;
  loads_in_vain_ = losses_ = 0;
  Image next = std::move(found_->image);
  found_.reset();
  set_image(std::move(next), out);
  std::erase_if(leaving_, [&](const auto& one) {
    const auto broker = image_.brokers.find(one.first);
    return broker == image_.brokers.end() || broker->second.epoch != one.second;
  });
  if (std::exchange(bounced_, false)) stale_ = true;
  if (!announcer_.speaks()) {
    announcer_.begin();
    balance_at_ = now_.monotonic + first_balance_ms;
    look_for_failed_logs(out);
  }
  // Somebody may be there now who can lead what they cannot.
  for (const model::BrokerId id : std::exchange(troubled_, {})) announcer_.tell_again(id);
  out.notes.push_back(fmt::format("Broker {} is the controller, epoch {}: {} topics, {} brokers.",
                                  settings_.broker.id.value(), epoch_.value(), image_.topics.size(),
                                  image_.brokers.size()));
  work(out);
}

void Controller::Machine::give_up(std::string why, Effects& out) {
  role_ = Role::failed;
  pending_.clear();
  abandon_running(model::ErrorCode::unknown_server_error, why, out);
  refuse_waiting(model::ErrorCode::unknown_server_error, why, out);
  out.fatal = std::move(why);
}

}  // namespace gregor::controller
