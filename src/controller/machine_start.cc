// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// From an open session to an elected controller, or one that stands by.

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "controller/machine.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

using coordination::Create;
using coordination::CreateMode;
using coordination::GetData;
using coordination::Multi;
using coordination::SetData;
using coordination::Status;

namespace {

bool done(const coordination::Reply& reply) {
  return reply.status == Status::ok || reply.status == Status::node_exists;
}

const coordination::DataReply& data_of(const coordination::Reply& reply) {
  return std::get<coordination::DataReply>(reply.content);
}

std::string name_of(Status status) {
  return fmt::format("ZooKeeper status {}", static_cast<std::int32_t>(status));
}

}  // namespace

void Controller::Machine::on(const Started& started, Effects& out) {
  started_ = started;
  pending_.clear();
  loader_.reset();
  found_.reset();
  in_office_ = stale_ = false;
  registration_deadline_.reset();
  losses_ = 0;
  abandon_running(model::ErrorCode::request_timed_out,
                  "The session with the coordination service was lost.", out);
  role_ = Role::starting;
  prepare(out);
}

// The paths that Kafka's brokers rely on. Replies come in order, so the cluster's id is read last.
void Controller::Machine::prepare(Effects& out) {
  for (const std::string_view path : znode::base_paths())
    send(MakeBasePath{}, Multi{{Create{std::string(path), ""}}}, out);
  send(ReadClusterId{}, GetData{std::string(znode::cluster_id)}, out);
}

void Controller::Machine::on_reply(const MakeBasePath&, const Pending& request, const Reply& reply,
                                   Effects& out) {
  if (reply.status == Status::connection_loss)
    resend(request, out);
  else if (!done(reply))
    give_up("making the paths of the coordination tree: " + name_of(reply.status), out);
}

void Controller::Machine::on_reply(const ReadClusterId&, const Pending& request, const Reply& reply,
                                   Effects& out) {
  if (reply.status == Status::connection_loss) return resend(request, out);
  if (reply.status == Status::no_node)
    return send(MakeClusterId{},
                Multi{{Create{std::string(znode::cluster_id),
                              znode::encode_cluster_id(to_string(started_.cluster_id))}}},
                out);
  if (reply.status != Status::ok)
    return give_up("reading the cluster's id: " + name_of(reply.status), out);
  auto id = znode::decode_cluster_id(data_of(reply).data);
  if (!id) return give_up(fmt::format("{}: {}", znode::cluster_id, id.error().detail), out);
  if (!image_.cluster_id.empty() && *id != image_.cluster_id)
    return give_up(fmt::format("cluster {} became cluster {}", image_.cluster_id, *id), out);
  Image next = image_;
  next.cluster_id = std::move(*id);
  set_image(std::move(next), out);
  register_broker(out);
}

void Controller::Machine::on_reply(const MakeClusterId&, const Pending&, const Reply& reply,
                                   Effects& out) {
  if (!done(reply) && reply.status != Status::connection_loss)
    return give_up("making the cluster's id: " + name_of(reply.status), out);
  send(ReadClusterId{}, GetData{std::string(znode::cluster_id)}, out);
}

// --- registration ---

void Controller::Machine::register_broker(Effects& out) {
  const znode::BrokerRegistration registration{.version = 5,
                                               .endpoints = settings_.broker.endpoints,
                                               .rack = settings_.broker.rack,
                                               .jmx_port = -1,
                                               .timestamp = now_.wall,
                                               .features = {},
                                               .unclean_shutdown = settings_.unclean_shutdown};
  send(Register{},
       Multi{{Create{znode::broker(settings_.broker.id), znode::encode(registration),
                     CreateMode::ephemeral}}},
       out);
}

void Controller::Machine::on_reply(const Register&, const Pending&, const Reply& reply,
                                   Effects& out) {
  if (reply.status == Status::ok) {
    const auto& results = std::get<coordination::MultiReply>(reply.content).results;
    return registered(model::BrokerEpoch(results.at(0).stat.czxid.value()), out);
  }
  if (reply.status != Status::node_exists && reply.status != Status::connection_loss)
    return give_up("registering the broker: " + name_of(reply.status), out);
  send(ReadRegistration{}, GetData{znode::broker(settings_.broker.id), true}, out);
}

// A registration by another session is that of this broker before it was restarted, or of another
// broker with the same id: either way it must go first.
void Controller::Machine::on_reply(const ReadRegistration&, const Pending& request,
                                   const Reply& reply, Effects& out) {
  if (reply.status == Status::connection_loss) return resend(request, out);
  if (reply.status == Status::no_node) return register_broker(out);
  if (reply.status != Status::ok)
    return give_up("reading the broker's registration: " + name_of(reply.status), out);
  const coordination::Stat& stat = data_of(reply).stat;
  if (stat.ephemeral_owner == started_.session)
    return registered(model::BrokerEpoch(stat.czxid.value()), out);
  registered_by_another(stat.ephemeral_owner, out);
}

// The last word is that of another attempt to register (on TimeReached): a write, to which only an
// ensemble with a quorum answers, and only after it has ended the sessions that were over. What is
// read may be older, and comes from a server that has not noticed yet that it is cut off.
void Controller::Machine::registered_by_another(coordination::SessionId owner, Effects& out) {
  if (registration_deadline_ && owner == other_owner_) {
    if (now_.monotonic < *registration_deadline_) return;
    return give_up(fmt::format("broker.id {} is in use: another process is registered with it "
                               "(session 0x{:x})",
                               settings_.broker.id.value(), owner.value()),
                   out);
  }
  other_owner_ = owner;
  await_other_session();
  out.notes.push_back(fmt::format(
      "Broker {} is registered by another session (0x{:x}); waiting for that session to end.",
      settings_.broker.id.value(), owner.value()));
}

void Controller::Machine::await_other_session() {
  if (settings_.registration_wait_ms > 0)
    registration_deadline_ = now_.monotonic + settings_.registration_wait_ms;
}

// Other sessions may have got their time anew meanwhile.
void Controller::Machine::on(const coordination::ConnectionRestored&, Effects&) {
  if (registration_deadline_) await_other_session();
}

void Controller::Machine::registered(model::BrokerEpoch epoch, Effects& out) {
  if (role_ != Role::starting) return;  // found out twice
  settings_.broker.epoch = epoch;
  registration_deadline_.reset();
  elect(out);
  trace({.action = Action::learn_registration}, out);
}

// The controller takes the word out of the registration once it has done what follows from it.
void Controller::Machine::look_whether_settled(Effects& out) {
  send(ReadOwnUncleanness{}, GetData{znode::broker(settings_.broker.id), true}, out);
}

void Controller::Machine::on_reply(const ReadOwnUncleanness&, const Pending& request,
                                   const Reply& reply, Effects& out) {
  if (reply.status == Status::connection_loss) return resend(request, out);
  if (reply.status != Status::ok || !settings_.unclean_shutdown) return;
  const coordination::DataReply& data = data_of(reply);
  const auto registration = znode::decode_broker(data.data);
  if (data.stat.ephemeral_owner != started_.session || !registration) return;
  if (registration->unclean_shutdown) return;  // it is watched
  settings_.unclean_shutdown = false;
  out.unclean_shutdown_settled = true;
}

// --- election ---

void Controller::Machine::elect(Effects& out) {
  role_ = Role::electing;
  in_office_ = false;
  if (settings_.unclean_shutdown) look_whether_settled(out);
  send(ReadController{}, GetData{std::string(znode::controller), true}, out);
}

void Controller::Machine::on_reply(const ReadController&, const Pending& request,
                                   const Reply& reply, Effects& out) {
  if (reply.status == Status::connection_loss) return resend(request, out);
  if (reply.status != Status::ok && reply.status != Status::no_node)
    return give_up("reading the controller: " + name_of(reply.status), out);
  if (reply.status == Status::ok) {
    // Ours, if a connection was lost just when this broker was elected. The epoch is counted up
    // once more then, so that it is certainly no other's.
    in_office_ = data_of(reply).stat.ephemeral_owner == started_.session;
    if (!in_office_) {
      const auto other = znode::decode_controller(data_of(reply).data);
      if (!other) report({fmt::format("{}: {}", znode::controller, other.error().detail)}, out);
      return stand_by(other ? other->broker : model::no_broker, out);
    }
  }
  send(ReadControllerEpoch{}, GetData{std::string(znode::controller_epoch)}, out);
}

void Controller::Machine::on_reply(const ReadControllerEpoch&, const Pending& request,
                                   const Reply& reply, Effects& out) {
  if (reply.status == Status::connection_loss) return resend(request, out);
  if (reply.status == Status::no_node)
    return send(MakeControllerEpoch{},
                Multi{{Create{std::string(znode::controller_epoch),
                              znode::encode(model::ControllerEpoch{0})}}},
                out);
  if (reply.status != Status::ok)
    return give_up("reading the controller's epoch: " + name_of(reply.status), out);
  const auto epoch = znode::decode_controller_epoch(data_of(reply).data);
  if (!epoch)
    return give_up(fmt::format("{}: {}", znode::controller_epoch, epoch.error().detail), out);
  if (epoch->value() == std::numeric_limits<std::int32_t>::max())
    return give_up("the epochs of controllers are used up", out);
  epoch_ = *epoch + 1;
  trace({.action = Action::read_controller}, out);
  const znode::ControllerRegistration registration{settings_.broker.id, now_.wall};
  Multi office;
  if (!in_office_)
    office.changes.emplace_back(
        Create{std::string(znode::controller), znode::encode(registration), CreateMode::ephemeral});
  office.changes.emplace_back(SetData{std::string(znode::controller_epoch), znode::encode(epoch_),
                                      data_of(reply).stat.version});
  send(TakeOffice{}, std::move(office), out);
}

void Controller::Machine::on_reply(const MakeControllerEpoch&, const Pending&, const Reply& reply,
                                   Effects& out) {
  if (!done(reply) && reply.status != Status::connection_loss)
    return give_up("making the controller's epoch: " + name_of(reply.status), out);
  send(ReadControllerEpoch{}, GetData{std::string(znode::controller_epoch)}, out);
}

void Controller::Machine::on_reply(const TakeOffice&, const Pending&, const Reply& reply,
                                   Effects& out) {
  if (reply.status != Status::ok) {  // another was faster, or nobody knows
    elect(out);
    return trace({.action = Action::lose_election}, out);
  }
  fence_ = std::get<coordination::MultiReply>(reply.content).results.back().stat.version;
  announcer_.end();
  leaving_.clear();
  deletions_.clear();
  due_.clear();
  offline_.clear();
  troubled_.clear();
  settled_.clear();
  stops_.clear();
  load(Loader::Scope::whole, out);
  trace({.action = Action::take_office}, out);
}

// The watch from the election has fired with this broker's own znode: office is watched anew.
void Controller::Machine::on_reply(const ConfirmOffice&, const Pending& request, const Reply& reply,
                                   Effects& out) {
  if (reply.status == Status::connection_loss) return resend(request, out);
  const bool ours =
      reply.status == Status::ok && data_of(reply).stat.ephemeral_owner == started_.session;
  if (!ours) resign("/controller is no longer held by this broker's session", out);
}

void Controller::Machine::stand_by(model::BrokerId controller, Effects& out) {
  role_ = Role::standby;
  losses_ = 0;
  Image next = image_;
  next.controller = controller;
  set_image(std::move(next), out);
  trace({.action = Action::read_controller, .broker = controller}, out);
  refuse_waiting(model::ErrorCode::not_controller,
                 "This is not the correct controller for this cluster.", out);
}

void Controller::Machine::resign(const std::string& why, Effects& out) {
  out.notes.push_back("No longer the controller: " + why + ".");
  pending_.clear();
  loader_.reset();
  found_.reset();
  abandon_running(model::ErrorCode::request_timed_out, "The controller is being elected again.",
                  out);
  elect(out);
  trace({.action = Action::resign}, out);
}

void Controller::Machine::on(const coordination::WatchFired& watch, Effects& out) {
  if (watch.path == znode::controller) {
    if (role_ == Role::standby) return elect(out);
    const bool in_office = role_ == Role::active || role_ == Role::loading;
    if (in_office && watch.kind != coordination::WatchKind::created)
      resign("/controller was removed or changed", out);
  } else if (watch.path == znode::broker_ids) {
    stale_ = true;
    work(out);
  } else if (watch.path == znode::log_dir_events) {
    if (role_ == Role::active || role_ == Role::loading) look_for_failed_logs(out);
  } else if (watch.path == znode::broker(settings_.broker.id) && role_ != Role::starting) {
    if (settings_.unclean_shutdown) look_whether_settled(out);
  } else if (watch.path == znode::broker(settings_.broker.id)) {
    // Who looked just after the other registration had gone watches for the next one, which is the
    // one that it then made itself.
    if (watch.kind != coordination::WatchKind::created) register_broker(out);
  }
}

}  // namespace gregor::controller
