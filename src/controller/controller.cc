// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/controller.h"

#include <iterator>
#include <utility>

#include "base/assert.h"
#include "controller/invariants.h"
#include "controller/machine.h"

namespace gregor::controller {

namespace {

// Requests that may be lost before the controller gets anywhere.
constexpr int losses_max = 10'000;

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

Controller::Controller(Settings settings)
    : machine_(std::make_unique<Machine>(std::move(settings))) {}
Controller::~Controller() = default;
Controller::Controller(Controller&&) noexcept = default;
Controller& Controller::operator=(Controller&&) noexcept = default;

void Controller::step(model::Now now, Event event, Effects& out) {
  machine_->step(now, std::move(event), out);
}

const Image& Controller::image() const { return machine_->image(); }
Role Controller::role() const { return machine_->role(); }
model::BrokerEpoch Controller::broker_epoch() const { return machine_->broker_epoch(); }
bool Controller::awaits(coordination::RequestId id) const { return machine_->awaits(id); }

void Controller::Machine::step(model::Now now, Event event, Effects& out) {
  now_ = now;
  const model::ControllerEpoch epoch_before = image_.controller_epoch;
  Effects effects;
  effects.observed = out.observed;
  std::visit([&](const auto& one) { on(one, effects); }, event);
  announce(effects);
  const auto broken =
      broken_invariant(Step{image_, effects, role_, settings_.broker.id, epoch_before, epoch_});
  ASSERT(!broken, *broken);
  append(out.requests, effects.requests);
  append(out.broker_requests, effects.broker_requests);
  append(out.changes, effects.changes);
  append(out.answers, effects.answers);
  append(out.notes, effects.notes);
  append(out.trace, effects.trace);
  if (effects.fatal) out.fatal = std::move(effects.fatal);
  if (effects.unclean_shutdown_settled) out.unclean_shutdown_settled = true;
  out.wake_at = wake_at();
}

// What brokers have to know of what has changed in this step.
void Controller::Machine::announce(Effects& out) {
  if (role_ != Role::active && role_ != Role::loading) announcer_.end();
  announcer_.announce(image_, out.changes, {settings_.broker.id, epoch_, as_of_, leaving_, births_},
                      out.broker_requests);
  pursue_deletions(out);
}

void Controller::Machine::on(const Reply& reply, Effects& out) {
  const auto found = pending_.find(reply.id);
  if (found == pending_.end()) return;
  if (reply.status == coordination::Status::session_expired) {
    pending_.clear();
    loader_.reset();
    found_.reset();
    role_ = Role::starting;
    abandon_running(model::ErrorCode::request_timed_out,
                    "The session with the coordination service was lost.", out);
    return;
  }
  const Pending request = std::move(found->second);
  pending_.erase(found);
  if (reply.status == coordination::Status::connection_loss && ++losses_ > losses_max)
    return give_up("the coordination service took no write (is its disk full?)", out);
  std::visit([&](const auto& purpose) { on_reply(purpose, request, reply, out); }, request.purpose);
}

Situation Controller::Machine::situation(const Image& image) const {
  return {.image = image,
          .settings = settings_,
          .epoch = epoch_,
          .fence = fence_,
          .producer_ids = producer_ids_,
          .leaving = leaving_,
          .births = births_};
}

void Controller::Machine::send(Purpose purpose, coordination::Operation operation, Effects& out) {
  const coordination::RequestId id = next_;
  next_ = coordination::RequestId(id.value() + 1);
  out.requests.push_back({id, operation});
  pending_.emplace(id, Pending{std::move(purpose), std::move(operation)});
}

void Controller::Machine::trace(Transition transition, Effects& out) const {
  if (!out.observed) return;
  transition.phase = role_;
  transition.broker_epoch = settings_.broker.epoch;
  transition.office_epoch = epoch_;
  out.trace.push_back(std::move(transition));
}

void Controller::Machine::resend(const Pending& request, Effects& out) {
  send(request.purpose, request.operation, out);
}

void Controller::Machine::set_image(Image next, Effects& out) {
  for (Change& change : difference(image_, next)) out.changes.push_back(std::move(change));
  image_ = std::move(next);
}

}  // namespace gregor::controller
