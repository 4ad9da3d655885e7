// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/broker_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "log/data_files.h"

namespace gregor::simulation {
namespace {

// As in server/node.cc.
constexpr std::int64_t stop_deadline = 30 * second;

constexpr std::uint16_t port = 9092;

model::BrokerSettings settings_of(const BrokerPlan& plan, const broker::PeerAddress& address) {
  model::SettingMap all = plan.settings;
  const std::string listener = fmt::format("PLAINTEXT://{}:{}", address.host, address.port);
  all.insert_or_assign("broker.id", std::to_string(plan.id.value()));
  all.insert_or_assign("log.dirs", "/data");
  all.insert_or_assign("listeners", listener);
  all.insert_or_assign("advertised.listeners", listener);
  auto loaded = model::broker_settings_from(std::move(all));
  ASSERT(loaded, loaded ? "" : loaded.error().detail);
  return std::move(loaded->settings);
}

}  // namespace

std::string_view name_of(BrokerProcess::State state) {
  switch (state) {
    case BrokerProcess::State::down:
      return "down";
    case BrokerProcess::State::starting:
      return "starting";
    case BrokerProcess::State::serving:
      return "serving";
    case BrokerProcess::State::stopping:
      return "stopping";
  }
  return "?";
}

BrokerProcess::BrokerProcess(Environment& environment, Network& network, ZooKeeper* zookeeper,
                             BrokerPlan plan)
    : env_(environment),
      network_(network),
      zookeeper_(zookeeper),
      plan_(std::move(plan)),
      name_(fmt::format("broker-{}", plan_.id.value())),
      address_{name_, port},
      settings_(settings_of(plan_, address_)),
      wall_clock_(environment),
      dice_(environment.dice_of(name_)),
      disk_(std::make_unique<log::SimulatedDisk>()) {
  network_.listen(address_, host(), *this);
}

BrokerProcess::~BrokerProcess() = default;

// --- the process ---

void BrokerProcess::enter(State state) {
  state_ = state;
  since_ = env_.now();
  env_.say(name_, [&] { return name_of(state); });
}

void BrokerProcess::in_this_life(Time when, Scheduler::Action action) {
  env_.scheduler.at(when, [this, life = starts_, action = std::move(action)]() mutable {
    if (life == starts_ && state_ != State::down) action();
  });
}

void BrokerProcess::start() {
  ASSERT(state_ == State::down);
  ++starts_;
  if (next_plan_) {
    plan_ = *std::exchange(next_plan_, std::nullopt);
    settings_ = settings_of(plan_, address_);
  }
  dice_ = env_.dice_of(fmt::format("{} in life {}", name_, starts_));
  enter(State::starting);
  for (const std::string& folder : settings_.log_dirs)
    if (auto made = disk_->create_folder(folder); !made) return exit(made.error().detail);
  if (auto synced = disk_->sync_folder("/"); !synced) return exit(synced.error().detail);
  for (std::uint32_t id = 0; id < plan_.shards; ++id) {
    Shard& shard = shards_.emplace_back();
    shard.machine = std::make_shared<broker::Shard>(
        broker::ShardContext{.id = broker::ShardId(id),
                             .shards = plan_.shards,
                             .settings = &settings_,
                             .disk = disk_.get(),
                             .boot = fmt::format("boot {}", power_cuts_),
                             .seed = dice_.next(),
                             .log_at_least = broker::Severity::debug,
                             .traced_as = env_.trace ? std::optional(starts_) : std::nullopt});
    post(id, broker::Event(broker::Started{}));
  }
  begin_coordination();
}

void BrokerProcess::begin_coordination() {
  CoordinationSession::Host& host = *this;
  if (zookeeper_ != nullptr) {
    const std::int64_t timeout_us = settings_.zookeeper_session_timeout_ms * millisecond;
    coordination_ = std::make_unique<ZooKeeperSession>(
        env_, *zookeeper_, timeout_us,
        env_.dice_of(fmt::format("session of {} in life {}", name_, starts_)), this->host(), host);
    return;
  }
  auto session = EmbeddedSession::open(env_, *disk_, settings_.log_dirs.front(), host);
  if (!session) return exit(session.error().detail);
  coordination_ = std::move(*session);
}

// What the process itself gives up with: server/ ends with exit code 1.
void BrokerProcess::exit(const std::string& why) {
  env_.say(name_, [&] { return "gives up: " + why; });
  env_.mark("broker gave up");
  die(power_is_off() ? Death::power : Death::process);
}

void BrokerProcess::die(Death death) {
  if (state_ == State::down) return;
  if (death == Death::power) {
    constexpr std::array kinds = {log::Unsynced::by_chance, log::Unsynced::all_lost,
                                  log::Unsynced::all_kept};
    return lose_power(dice_.pick(kinds));
  }
  end_process("process ends");
  disk_ = disk_->after_process_death();
}

void BrokerProcess::lose_power(log::Unsynced unsynced) {
  if (state_ == State::down) return;
  end_process("loses power");
  disk_ = disk_->after_power_loss(dice_, unsynced);
  ++power_cuts_;
}

void BrokerProcess::replace_disk() {
  if (state_ != State::down) end_process("process ends, and its disk is lost");
  disk_ = std::make_unique<log::SimulatedDisk>();
  ++disks_lost_;
}

// The disk outlives those who have its files open.
void BrokerProcess::end_process(const char* how) {
  ++unclean_deaths_;
  if (state_ == State::starting) env_.mark("death while starting");
  if (state_ == State::stopping) env_.mark("death while stopping");
  coordination_.reset();
  shards_.clear();
  due_.clear();
  connections_.clear();
  by_link_.clear();
  peers_.clear();
  effects_left_.reset();
  network_.drop(host());
  env_.say(name_, [how] { return how; });
  enter(State::down);
}

void BrokerProcess::die_before_effect(std::uint64_t n, Death death) {
  effects_left_ = n;
  death_ = death;
}

void BrokerProcess::cut_power_at_change(std::uint64_t n) { disk_->power_off_after(n); }

bool BrokerProcess::power_is_off() { return disk_->faults().changes_left == 0; }

void BrokerProcess::pause(Time until) {
  paused_until_ = std::max(paused_until_, until);
  env_.trouble(host(), until, "paused");
  if (coordination_) coordination_->pause(until);
}

void BrokerProcess::reconfigure(const BrokerPlan& plan) {
  ASSERT(plan.id == plan_.id);
  next_plan_ = plan;
}

void BrokerProcess::fill_disk(std::uint64_t left, Time until) {
  disk_->faults().capacity = disk_->faults().used + left;
  env_.trouble(host(), until, "its disk is full");
  env_.scheduler.at(until, [this] { disk_->faults().capacity = log::SimulatedFaults{}.capacity; });
}

void BrokerProcess::heal() {
  paused_until_ = env_.now();
  wall_clock_.heal();
  effects_left_.reset();
  if (power_is_off()) return die(Death::power);
  disk_->faults().changes_left = log::SimulatedFaults{}.changes_left;
  disk_->faults().capacity = log::SimulatedFaults{}.capacity;
  disk_->faults().failing.clear();
}

void BrokerProcess::stop() {
  if (state_ != State::starting && state_ != State::serving) return;
  enter(State::stopping);
  for (std::uint32_t id = 0; id < plan_.shards; ++id)
    post(id, broker::Event(broker::StopRequested{}));
  in_this_life(env_.now() + stop_deadline, [this, begun = since_] {
    if (paused_until_ < begun) env_.violate("stop-in-time", name_ + " did not stop within 30 s");
    exit("the shards did not stop in time");
  });
}

void BrokerProcess::finish_stop() {
  if (auto closed = coordination_->close(); !closed) return exit(closed.error().detail);
  env_.mark("clean stop");
  const std::string mark = fmt::format("{}/{}", settings_.log_dirs.front(), log::clean_stop_name);
  const bool clean = disk_->exists(mark);  // else it says itself that it could not end all logs
  die(Death::process);
  if (clean) --unclean_deaths_;
}

// --- turns ---

void BrokerProcess::post(std::uint32_t shard, Letter letter) {
  shards_[shard].letters.push_back(std::move(letter));
  schedule_turn(shard);
}

void BrokerProcess::schedule_turn(std::uint32_t shard) {
  if (shards_[shard].turn_scheduled) return;
  shards_[shard].turn_scheduled = true;
  const Time when = env_.now() + dice_.between(plan_.step.least, plan_.step.most);
  in_this_life(std::max(when, paused_until_), [this, shard] { take_turn(shard); });
}

void BrokerProcess::take_turn(std::uint32_t shard) {
  shards_[shard].turn_scheduled = false;
  if (env_.now() < paused_until_) return schedule_turn(shard);
  if (power_is_off()) return die(Death::power);
  const std::uint64_t life = starts_;
  const auto is_over = [&] { return life != starts_ || state_ == State::down; };
  Letter letter = std::move(shards_[shard].letters.front());
  shards_[shard].letters.pop_front();
  take(shard, std::move(letter));
  while (!is_over() && !due_.empty()) {
    Letter next = std::move(due_.front());
    due_.pop_front();
    take(shard, std::move(next));
  }
  if (!is_over() && !shards_[shard].letters.empty()) schedule_turn(shard);
}

void BrokerProcess::take(std::uint32_t shard, Letter letter) {
  if (auto* event = std::get_if<broker::Event>(&letter)) {
    step(shard, std::move(*event));
  } else if (auto* request = std::get_if<Request>(&letter)) {
    // Also of a client that has closed the connection since.
    step(shard, broker::RequestReceived{request->connection, request->frame});
  } else if (auto* answer = std::get_if<PeerAnswer>(&letter)) {
    step(shard, broker::PeerReplied{answer->id, answer->frame});
  } else if (std::get<TimerDue>(letter).setting == shards_[shard].timer_setting) {
    step(shard, broker::TimeReached{});
  }
}

void BrokerProcess::step(std::uint32_t shard, broker::Event event) {
  env_.effects.add(std::uint64_t{event.index()} << 32U | shard);
  broker::Effects effects;
  const std::shared_ptr<broker::Shard> machine = shards_[shard].machine;
  machine->step(wall_clock_.now(), std::move(event), effects);
  if (power_is_off()) {
    env_.mark("power cut inside a step");
    die(Death::power);
  } else {
    perform(shard, effects);
  }
  env_.effects.end_step();
}

// --- the coordination service ---

void BrokerProcess::session_opened(coordination::SessionId session) {
  post(0, broker::Event(broker::CoordinationConnected{session}));
}

void BrokerProcess::connection_restored() {
  post(0, broker::Event(broker::CoordinationRestored{}));
}

void BrokerProcess::coordination_replied(coordination::Reply reply) {
  post(0, broker::Event(broker::CoordinationReplied{std::move(reply)}));
}

void BrokerProcess::watch_fired(coordination::WatchFired watch) {
  post(0, broker::Event(broker::CoordinationWatchFired{std::move(watch)}));
}

void BrokerProcess::coordination_failed(const std::string& why) {
  if (power_is_off()) return die(Death::power);
  exit(why);
}

}  // namespace gregor::simulation
