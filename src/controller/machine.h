// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The inside of the controller (controller.h). Handlers by subject: machine_start.cc (registration
// and election), machine_load.cc (the tree is read and put right), machine_work.cc (commands),
// machine_chores.cc (what nobody has asked for, and what brokers answer).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/announcer.h"
#include "controller/controller.h"
#include "controller/loader.h"
#include "controller/plan.h"

namespace gregor::controller {

// What a request was sent for.
struct MakeBasePath {};
struct ReadClusterId {};
struct MakeClusterId {};
struct Register {};
struct ReadRegistration {};
struct ReadOwnUncleanness {};  // whether the controller has seen to it
struct ReadController {};
struct ReadControllerEpoch {};
struct MakeControllerEpoch {};
struct TakeOffice {};
struct ConfirmOffice {};  // and watch it
struct LoadRead {
  Read read;
};
struct ReadLogDirEvents {};  // and watch them
struct ReadLogDirEvent {
  std::string path;
};
struct WriteOfTask {
  std::size_t task = 0, write = 0;
};
struct Housekeeping {};  // whatever comes of it
using Purpose = std::variant<MakeBasePath, ReadClusterId, MakeClusterId, Register, ReadRegistration,
                             ReadOwnUncleanness, ReadController, ReadControllerEpoch,
                             MakeControllerEpoch, TakeOffice, ConfirmOffice, LoadRead,
                             ReadLogDirEvents, ReadLogDirEvent, WriteOfTask, Housekeeping>;

struct Waiting {
  Command command;
  int attempts = 0;
};

struct Failure {
  std::size_t write = 0;  // of the task
  coordination::Reply reply;
};

// Writes under way: those of a command, repairs of what was found in the tree, or a chore that
// nobody has asked for.
struct Running {
  enum class Kind : std::uint8_t { command, repairs, chore } kind = Kind::command;
  std::optional<Waiting> waiting;  // the command
  Plan plan;
  std::map<std::string, coordination::Zxid> incarnations;  // of topics that it has made
  std::vector<std::optional<Failure>> failures;            // the first of each task
  std::size_t outstanding = 0;                             // replies
  std::size_t done = 0;                                    // writes
};

class Controller::Machine {
 public:
  explicit Machine(Settings settings)
      : settings_(std::move(settings)), next_(settings_.first_request) {}

  void step(model::Now now, Event event, Effects& out);

  [[nodiscard]] const Image& image() const { return image_; }
  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] model::BrokerEpoch broker_epoch() const { return settings_.broker.epoch; }
  [[nodiscard]] bool awaits(coordination::RequestId id) const { return pending_.contains(id); }

 private:
  struct Pending {
    Purpose purpose;
    coordination::Operation operation;
  };
  using Reply = coordination::Reply;

  void on(const Started& started, Effects& out);
  void on(const Reply& reply, Effects& out);
  void on(const coordination::WatchFired& watch, Effects& out);
  void on(const Command& command, Effects& out);
  void on(const BrokerAnswered& answered, Effects& out);
  void on(const coordination::ConnectionRestored&, Effects& out);
  void on(const TimeReached&, Effects& out);

  void on_reply(const MakeBasePath&, const Pending& request, const Reply& reply, Effects& out);
  void on_reply(const ReadClusterId&, const Pending& request, const Reply& reply, Effects& out);
  void on_reply(const MakeClusterId&, const Pending& request, const Reply& reply, Effects& out);
  void on_reply(const Register&, const Pending& request, const Reply& reply, Effects& out);
  void on_reply(const ReadRegistration&, const Pending&, const Reply& reply, Effects& out);
  void on_reply(const ReadOwnUncleanness&, const Pending&, const Reply& reply, Effects& out);
  void on_reply(const ReadController&, const Pending&, const Reply& reply, Effects& out);
  void on_reply(const ReadControllerEpoch&, const Pending&, const Reply& reply, Effects& out);
  void on_reply(const MakeControllerEpoch&, const Pending&, const Reply& reply, Effects& out);
  void on_reply(const TakeOffice&, const Pending&, const Reply& reply, Effects& out);
  void on_reply(const ConfirmOffice&, const Pending& request, const Reply& reply, Effects& out);
  void on_reply(const LoadRead& load, const Pending& request, const Reply& reply, Effects& out);
  void on_reply(const ReadLogDirEvents&, const Pending& request, const Reply& reply, Effects& out);
  void on_reply(const ReadLogDirEvent& read, const Pending& request, const Reply& reply,
                Effects& out);
  void on_reply(const WriteOfTask& write, const Pending&, const Reply& reply, Effects& out);
  void on_reply(const Housekeeping&, const Pending&, const Reply&, Effects&) {}

  // start
  void prepare(Effects& out);
  void register_broker(Effects& out);
  void registered(model::BrokerEpoch epoch, Effects& out);
  void look_whether_settled(Effects& out);
  void registered_by_another(coordination::SessionId owner, Effects& out);
  void await_other_session();
  void elect(Effects& out);
  void resign(const std::string& why, Effects& out);
  void stand_by(model::BrokerId controller, Effects& out);
  // load
  void load(Loader::Scope scope, Effects& out);
  [[nodiscard]] Loader::Scope scope_of_changes() const;
  void read_more(Effects& out);
  void loaded(Effects& out);
  void put_into_what_is_known(Findings& brokers) const;
  void note_the_rest(const Loader::Loaded& loaded);
  void keep_the_unreadable();
  void count_bounced_as_dead();
  void trace_look(Effects& out) const;
  void take_over(Effects& out);
  void report(const std::vector<std::string>& faults, Effects& out);
  // work
  void work(Effects& out);
  bool begin_chore(Effects& out);
  void begin(Task task, Effects& out);
  void note_shutdown(const Command& command);
  void note_chores(const Change& change);
  // deletion
  void pursue_deletions(Effects& out);
  void note_offline(const BrokerAnswered& answered, Effects& out);
  // logs that fail
  void look_for_failed_logs(Effects& out);
  void run(Running running, Effects& out);
  void finish_running(Effects& out);
  void abandon_running(model::ErrorCode code, const std::string& why, Effects& out);
  void refuse_waiting(model::ErrorCode code, const std::string& why, Effects& out);
  // Whether the result of a task stands; otherwise the answer gets its error.
  bool settle(Running& running, std::size_t task, Effects& out);
  void note_notification(std::string path);
  void keep_house(Effects& out);

  // To be called when the transition has taken place; it is told what this node is then.
  void trace(Transition transition, Effects& out) const;
  void announce(Effects& out);
  [[nodiscard]] std::optional<model::Instant> wake_at() const;
  [[nodiscard]] Situation situation(const Image& image) const;
  void send(Purpose purpose, coordination::Operation operation, Effects& out);
  void resend(const Pending& request, Effects& out);
  void set_image(Image next, Effects& out);
  void give_up(std::string why, Effects& out);

  Settings settings_;
  coordination::RequestId next_;
  model::Now now_;
  Role role_ = Role::starting;
  Image image_;

  std::map<coordination::RequestId, Pending> pending_;
  Started started_{};
  bool in_office_ = false;  // during an election: /controller was ours when we looked
  model::ControllerEpoch epoch_{0};
  std::int32_t fence_ = 0;  // data version of /controller_epoch

  std::optional<Loader> loader_;
  std::optional<Findings> found_;  // while it is being repaired
  int loads_in_vain_ = 0;
  int losses_ = 0;        // of connections, since it last got somewhere
  bool stale_ = false;    // look for brokers again as soon as nothing is under way
  bool bounced_ = false;  // a broker counts as dead that has registered anew
  ProducerIdState producer_ids_;
  coordination::SessionId other_owner_;  // of this broker's registration
  std::optional<model::Instant> registration_deadline_;

  Announcer announcer_;
  coordination::Zxid as_of_;  // see Office
  bool may_raise_as_of_ = true;
  Births births_;
  std::map<model::BrokerId, model::BrokerEpoch> leaving_;  // asked for their shutdown
  std::set<std::string, std::less<>> due_;                 // topics that may need upkeep
  OfflineReplicas offline_;                                // until it has been seen to
  std::set<model::BrokerId> troubled_;                     // cannot serve all of their logs
  std::vector<coordination::Change> settled_;  // registrations of brokers that came back uncleanly
  std::optional<model::Instant> balance_at_;
  bool balance_due_ = false;
  std::set<std::string> reported_;  // faults

  // Topics that are being deleted: who has still to confirm that a replica is gone.
  struct Deletion {
    coordination::Zxid incarnation;
    std::set<std::pair<model::PartitionIndex, model::BrokerId>> awaited;
    bool stuck = false;  // it could not be removed
  };
  std::map<std::string, Deletion, std::less<>> deletions_;
  std::map<BrokerRequestId, BrokerRequest> stops_;           // not answered yet
  std::map<std::string, Incomplete, std::less<>> remnants_;  // of topics to be deleted

  std::deque<Waiting> waiting_;
  std::optional<Running> running_;
  // Notifications of config changes, oldest first, and when they may go.
  std::deque<std::pair<std::string, model::Timestamp>> notifications_;
};

}  // namespace gregor::controller
