// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One broker as a process on a simulated host: the real shards (broker/shard.h), each with a queue
// of events that it takes one after the other, and what is around them in server/: connections that
// hand over one request at a time, timers, syncs that run elsewhere, the coordination service,
// connections to peers. What outlives the process is its disk.
//
//   down -> starting -> serving -> stopping -> down     and from each of them to down when it dies
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/messages.h"
#include "broker/shard.h"
#include "log/simulated_disk.h"
#include "model/broker_settings.h"
#include "simulation/coordination_session.h"
#include "simulation/environment.h"
#include "simulation/network.h"
#include "simulation/wall_clock.h"
#include "simulation/zookeeper.h"

namespace gregor::simulation {

struct BrokerPlan {
  model::BrokerId id;
  std::uint32_t shards = 1;
  model::SettingMap settings;
  Latency step{.least = 1, .most = 30};      // that a shard needs for an event
  Latency sync{.least = 100, .most = 5000};  // of a sync job
  bool syncs_read_late =
      false;  // a sync takes what was written until it ends, else until it begins
};

class BrokerProcess final : Listener, Caller, CoordinationSession::Host {
 public:
  enum class State : std::uint8_t { down, starting, serving, stopping };
  friend std::string_view name_of(State state);
  enum class Death : std::uint8_t { process, power };

  // Without a ZooKeeper it keeps its cluster's state itself.
  BrokerProcess(Environment& environment, Network& network, ZooKeeper* zookeeper, BrokerPlan plan);
  ~BrokerProcess() override;

  void start();  // from down
  void stop();   // in good order
  // Nothing is flushed; in a power cut the disk keeps what it must, and chance decides on the rest.
  void die(Death death);
  void lose_power(log::Unsynced unsynced);  // what of it is kept is told
  void replace_disk();                      // by an empty one; the process dies
  // Dies before the nth effect from now on comes out.
  void die_before_effect(std::uint64_t n, Death death);
  // Dies by a power cut at the nth change of the disk from now on.
  void cut_power_at_change(std::uint64_t n);
  void pause(Time until);
  // From its next start on.
  void reconfigure(const BrokerPlan& plan);
  [[nodiscard]] const BrokerPlan& plan() const { return plan_; }
  [[nodiscard]] WallClock& wall_clock() { return wall_clock_; }
  // So many bytes are left.
  void fill_disk(std::uint64_t left, Time until);
  void heal();  // no fault is left

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] HostId host() const { return HostId(plan_.id.value()); }
  [[nodiscard]] const broker::PeerAddress& address() const { return address_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] log::SimulatedDisk& disk() { return *disk_; }
  [[nodiscard]] const log::SimulatedDisk& disk() const { return *disk_; }
  [[nodiscard]] const model::BrokerSettings& settings() const { return settings_; }
  [[nodiscard]] std::uint64_t starts() const { return starts_; }
  [[nodiscard]] std::uint64_t power_cuts() const { return power_cuts_; }
  [[nodiscard]] std::uint64_t disks_lost() const { return disks_lost_; }
  // What was not synced, or everything.
  [[nodiscard]] bool has_lost_something() const { return power_cuts_ + disks_lost_ > 0; }
  [[nodiscard]] std::uint64_t unclean_deaths() const { return unclean_deaths_; }
  // When it entered its state.
  [[nodiscard]] Time since() const { return since_; }

 private:
  struct Request {
    broker::ConnectionId connection;
    base::Bytes frame;
  };
  struct PeerAnswer {
    broker::PeerRequestId id;
    base::Bytes frame;
  };
  struct TimerDue {
    std::uint64_t setting;  // which: a timer that was set anew is not due
  };
  using Letter = std::variant<broker::Event, Request, PeerAnswer, TimerDue>;

  struct Shard {
    std::shared_ptr<broker::Shard> machine;
    std::deque<Letter> letters;
    bool turn_scheduled = false;
    std::uint64_t timer_setting = 0;
    bool ready = false;
    bool stopped = false;
  };
  struct Connection {
    LinkId link;
    std::uint32_t shard = 0;
    std::deque<base::Bytes> frames;  // that wait
    bool busy = false;               // a request is with the shard
    bool leaving = false;            // the client says no more
  };
  struct PeerKey {
    std::uint32_t shard = 0;
    broker::PeerAddress to;
    broker::PeerLane lane = broker::PeerLane::control;
    friend auto operator<=>(const PeerKey&, const PeerKey&) = default;
  };
  struct PeerLink {
    LinkId link;
    struct Waiting {
      broker::PeerRequestId id;
      std::int32_t correlation = 0;
      Time deadline{0};
    };
    std::deque<Waiting> waiting;
    std::vector<base::Bytes> unsent;  // until the connection is open
    bool open = false;
  };

  // broker_process.cc: the process, and the turns of its shards
  void enter(State state);
  void end_process(const char* how);
  void begin_coordination();
  void exit(const std::string& why);
  void finish_stop();
  void check_stop_deadline(std::uint64_t incarnation);
  void in_this_life(Time when, Scheduler::Action action);
  void post(std::uint32_t shard, Letter letter);
  void schedule_turn(std::uint32_t shard);
  void take_turn(std::uint32_t shard);
  void take(std::uint32_t shard, Letter letter);
  [[nodiscard]] bool power_is_off();
  void step(std::uint32_t shard, broker::Event event);

  // broker_effects.cc: what comes out of a step
  void perform(std::uint32_t shard, broker::Effects& effects);
  void note(std::uint32_t shard, const broker::Effects& effects);
  void perform_on_connections(std::uint32_t shard, broker::Effects& effects);
  void perform_elsewhere(std::uint32_t shard, broker::Effects& effects);
  void change_state(std::uint32_t shard, const broker::Effects& effects);
  bool dies_here();
  void reply(const broker::Reply& reply);
  void set_timer(std::uint32_t shard, std::optional<model::Instant> at);
  void run_sync(std::uint32_t shard, broker::SyncJob job);

  // broker_connections.cc: clients and peers
  [[nodiscard]] bool accepts() const override { return state_ == State::serving; }
  void link_accepted(LinkId link, HostId from) override;
  void listener_frame(LinkId link, base::BytesView frame) override;
  void listener_closed(LinkId link, bool broken) override;
  void request_done(broker::ConnectionId id);
  void hand_over(broker::ConnectionId id);
  void close_connection(broker::ConnectionId id);
  void send_to_peer(std::uint32_t shard, broker::PeerRequest request);
  void close_overdue(const PeerKey& key);
  void close_peer(const PeerKey& key, const std::string& reason);
  [[nodiscard]] std::optional<PeerKey> peer_of(LinkId link) const;
  void link_opened(LinkId link) override;
  void caller_frame(LinkId link, base::BytesView frame) override;
  void caller_closed(LinkId link, const std::string& reason) override;

  void session_opened(coordination::SessionId session) override;
  void connection_restored() override;
  void coordination_replied(coordination::Reply reply) override;
  void watch_fired(coordination::WatchFired watch) override;
  void coordination_failed(const std::string& why) override;

  Environment& env_;
  Network& network_;
  ZooKeeper* const zookeeper_;
  BrokerPlan plan_;                      // of this life
  std::optional<BrokerPlan> next_plan_;  // of the next one, if it is another
  const std::string name_;
  const broker::PeerAddress address_;
  model::BrokerSettings settings_;
  WallClock wall_clock_;
  Dice dice_;  // of this life
  std::unique_ptr<log::SimulatedDisk> disk_;

  State state_ = State::down;
  Time since_{0};
  Time paused_until_{0};
  std::uint64_t starts_ = 0;  // also the number of this life
  std::uint64_t power_cuts_ = 0;
  std::uint64_t disks_lost_ = 0;
  std::uint64_t unclean_deaths_ = 0;
  std::deque<Shard> shards_;
  std::unique_ptr<CoordinationSession> coordination_;
  std::map<broker::ConnectionId, Connection> connections_;
  std::map<LinkId, broker::ConnectionId> by_link_;
  std::map<PeerKey, PeerLink> peers_;
  std::uint64_t next_connection_ = 1;
  std::deque<Letter> due_;  // what a step has caused for its own shard, before anything else
  std::optional<std::uint64_t> effects_left_;  // until it dies
  Death death_ = Death::process;
};

}  // namespace gregor::simulation
