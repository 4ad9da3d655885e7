// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// All replicas of one partition, a controller and a network, for tests. Nothing moves by itself:
// the test says which message arrives, who crashes, and when time passes. What users were told is
// remembered; what must hold of it is in world_properties.h.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "replication/replica.h"
#include "replication/toy_controller.h"
#include "replication/toy_log.h"

namespace gregor::replication::test {

struct WorldOptions {
  int brokers = 3;
  std::size_t min_in_sync = 2;
  bool flush_first = false;  // flush.messages=1
  std::int64_t lag_ms_max = 1000;
};

// A fetch on its way to the leader, and then its answer on the way back.
struct Fetch {
  BrokerId from, to;
  FollowerFetch request;
  bool after_backoff = false;
  std::optional<FetchResponse> response = std::nullopt;
  std::vector<Record> records = {};
};
struct LogStartFetch {
  BrokerId from, to;
  LeaderEpoch epoch;
};
struct Alteration {
  BrokerId from;
  IsrProposal proposal;
  std::optional<AlterPartitionAnswer> answer = std::nullopt;
};
using Message = std::variant<Fetch, LogStartFetch, Alteration>;

struct Waiter {
  int id;
  Offset needs;
};

struct Broker {
  ToyLog log;
  Offset checkpoint{0};  // of the high watermark
  bool crashed_before = false;
  std::uint64_t life = 1;  // counts processes
  BrokerEpoch epoch{1};
  std::optional<Replica> replica;  // none: down
  std::deque<Waiter> waiting;      // for acks=all
};

// A message knows in which life of its sender it was sent: the connection dies with the process.
struct Travelling {
  Message message;
  BrokerId sender;
  std::uint64_t life;
};

class World {
 public:
  explicit World(const WorldOptions& with)
      : options(with), controller(ids(with.brokers), with.min_in_sync) {
    for (const BrokerId id : ids(with.brokers)) {
      Broker& broker = brokers[id];
      broker.log = ToyLog(with.flush_first);
      broker.replica.emplace(settings_of(id), Offset(0));
    }
  }

  // --- users ---
  model::ErrorCode produce(BrokerId to, bool acks_all) {
    Broker& broker = brokers.at(to);
    const auto error = broker.replica->check_append(acks_all ? -1 : 1);
    if (error != model::ErrorCode::none) return error;
    const Record record{++last_id, broker.replica->state().epoch, acks_all};
    broker.log.append(record);
    if (acks_all) broker.waiting.push_back({record.id, broker.log.end()});
    step(to, LeaderAppended());
    return model::ErrorCode::none;
  }
  void delete_before(BrokerId at, Offset offset) {
    Broker& broker = brokers.at(at);
    if (broker.replica->leads() && offset <= broker.replica->state().high_watermark)
      broker.log.delete_before(offset);
  }
  void flush(BrokerId id) {
    brokers.at(id).log.flush();
    step(id, Flushed());
  }
  void pass(std::int64_t ms) {
    now += ms;
    for (auto& [id, broker] : brokers)
      if (broker.replica) step(id, TimeReached());
  }

  // --- the controller ---
  void tell(const Announcement& announcement) {
    const Broker& broker = brokers.at(announcement.to);
    if (broker.replica && broker.epoch == announcement.broker_epoch)
      step(announcement.to, announcement.news);
  }
  // To each broker the newest that there is for it.
  void tell_all() {
    std::map<BrokerId, Announcement> newest;
    for (const Announcement& one : controller.announced()) newest.insert_or_assign(one.to, one);
    for (const auto& [id, announcement] : newest) tell(announcement);
  }

  // --- faults ---
  // The process is gone; of the log the first records up to `keep` are found again.
  void crash(BrokerId id, Offset keep, bool checkpointed) {
    Broker& broker = brokers.at(id);
    ASSERT(broker.replica && keep >= broker.log.durable() && keep <= broker.log.end());
    const Offset high_watermark = broker.replica->state().high_watermark;
    broker.replica.reset();
    broker.waiting.clear();
    broker.log.truncate_to(keep);
    broker.log.flush();  // what was found is on the disk
    broker.checkpoint =
        checkpointed ? std::min(high_watermark, broker.log.end()) : broker.log.start();
    broker.checkpoint = std::max(broker.checkpoint, broker.log.start());
    broker.crashed_before = true;
  }
  void replace_disk(BrokerId id) {
    crash(id, brokers.at(id).log.end(), false);
    disk_was_lost = true;
    brokers.at(id).log = ToyLog(options.flush_first);
    brokers.at(id).checkpoint = Offset(0);
  }
  // It comes back and registers; its session was over. A living one registers anew.
  void enlist(BrokerId id, bool incomplete = false) {
    Broker& broker = brokers.at(id);
    ASSERT(!controller.is_registered(id));
    broker.epoch = controller.enlist(id, !broker.replica);
    if (broker.replica) return;
    ++broker.life;
    broker.replica.emplace(settings_of(id), broker.checkpoint, incomplete);
  }

  // --- the network ---
  // The message goes one leg: a request to its receiver, an answer to its sender.
  void deliver(std::size_t index) {
    Travelling travelling = take(index);
    std::visit([&](auto& message) { arrive(message, travelling); }, travelling.message);
  }
  // A connection breaks: the sender learns that there is no answer.
  void lose(std::size_t index) {
    Travelling travelling = take(index);
    Broker& sender = brokers.at(travelling.sender);
    if (!sender.replica || sender.life != travelling.life) return;
    constexpr auto lost = model::ErrorCode::network_exception;
    if (const auto* const fetch = std::get_if<Fetch>(&travelling.message))
      step(fetch->from, FetchResponse{.current_epoch = fetch->request.current_epoch,
                                      .offset = fetch->request.offset,
                                      .last_epoch = fetch->request.last_epoch,
                                      .error = lost,
                                      .diverging = {}});
    else if (const auto* const asked = std::get_if<LogStartFetch>(&travelling.message))
      step(asked->from, LeaderLogStart{.current_epoch = asked->epoch, .error = lost});
    else if (const auto* const alteration = std::get_if<Alteration>(&travelling.message))
      step(alteration->from,
           AlterPartitionAnswer{.leader_epoch = alteration->proposal.leader_epoch,
                                .partition_epoch = alteration->proposal.partition_epoch,
                                .error = lost,
                                .isr = {}});
  }
  // Handles a request without taking it off the network: it will arrive once more.
  void deliver_copy(std::size_t index) {
    network.push_back(network.at(index));
    deliver(network.size() - 1);
  }

  // One line a broker.
  [[nodiscard]] std::string text() const;

  WorldOptions options;
  ToyController controller;
  std::map<BrokerId, Broker> brokers;
  std::deque<Travelling> network;
  Instant now{0};
  int last_id = 0;

  // What users saw.
  std::vector<Record> committed;       // the longest sequence that anybody was shown
  std::map<int, Offset> acknowledged;  // records with acks=all, by id
  std::map<int, model::ErrorCode> failed;
  bool disk_was_lost = false;
  bool went_back = false;          // a high watermark, in the life of its broker
  std::vector<std::string> story;  // transitions and answers since somebody took them

 private:
  static BrokerSet ids(int count) {
    BrokerSet out;
    for (int id = 1; id <= count; ++id) out.insert(BrokerId(id));
    return out;
  }
  [[nodiscard]] Settings settings_of(BrokerId id) const {
    return {
        .self = id, .lag_ms_max = options.lag_ms_max, .min_insync_replicas = options.min_in_sync};
  }

  Travelling take(std::size_t index) {
    Travelling out = std::move(network.at(index));
    network.erase(network.begin() + static_cast<std::ptrdiff_t>(index));
    return out;
  }
  void send(BrokerId from, Message message) {
    network.push_back({std::move(message), from, brokers.at(from).life});
  }
  void send_back(Travelling& travelling) { network.push_back(std::move(travelling)); }

  void arrive(Fetch& fetch, Travelling& travelling) {
    Broker& follower = brokers.at(fetch.from);
    if (fetch.response) {
      if (!follower.replica || follower.life != travelling.life) return;
      const Effects effects = step(fetch.from, *fetch.response);
      if (!effects.append_fetched) return;
      for (const Record& record : fetch.records) follower.log.append(record);
      step(fetch.from, FollowerAppended{.had_records = true,
                                        .high_watermark = fetch.response->high_watermark,
                                        .log_start = fetch.response->log_start});
      return;
    }
    Broker& leader = brokers.at(fetch.to);
    if (!leader.replica) return send_back_error(fetch, travelling);
    const Effects effects = step(fetch.to, fetch.request);
    FetchResponse response{.current_epoch = fetch.request.current_epoch,
                           .offset = fetch.request.offset,
                           .last_epoch = fetch.request.last_epoch,
                           .error = effects.verdict->error,
                           .diverging = effects.verdict->diverging};
    if (response.error == model::ErrorCode::none) {
      response.high_watermark = leader.replica->state().high_watermark;
      response.log_start = leader.log.start();
      if (!response.diverging) fetch.records = leader.log.from(fetch.request.offset);
      if (fetch.records.size() > 2) fetch.records.resize(2);
      response.has_records = !fetch.records.empty();
    }
    if (response.error != model::ErrorCode::none)
      story.push_back(fmt::format("{}: fetch of {} refused, {}", fetch.to.value(),
                                  fetch.from.value(), name_of(response.error)));
    fetch.response = response;
    send_back(travelling);
  }
  void send_back_error(Fetch& fetch, Travelling& travelling) {
    fetch.response = FetchResponse{.current_epoch = fetch.request.current_epoch,
                                   .offset = fetch.request.offset,
                                   .last_epoch = fetch.request.last_epoch,
                                   .error = model::ErrorCode::network_exception,
                                   .diverging = {}};
    send_back(travelling);
  }
  void arrive(LogStartFetch& fetch, const Travelling& travelling) {
    Broker& follower = brokers.at(fetch.from);
    const Broker& leader = brokers.at(fetch.to);
    if (!follower.replica || follower.life != travelling.life) return;
    LeaderLogStart told{.current_epoch = fetch.epoch, .error = model::ErrorCode::network_exception};
    if (leader.replica) told.error = leader.replica->check_leader(fetch.epoch);
    if (told.error == model::ErrorCode::none) told.start = leader.log.start();
    step(fetch.from, told);
  }
  void arrive(Alteration& alteration, Travelling& travelling) {
    if (!alteration.answer) {
      alteration.answer = controller.alter(alteration.from, alteration.proposal);
      return send_back(travelling);
    }
    const Broker& leader = brokers.at(alteration.from);
    if (leader.replica && leader.life == travelling.life) step(alteration.from, *alteration.answer);
  }

  Effects step(BrokerId id, const Event& event);
  void perform(BrokerId id, const Effects& effects);
  void show(BrokerId id);
  void finish(BrokerId id, const Effects& effects);
};

inline Effects World::step(BrokerId id, const Event& event) {
  Effects effects;
  Replica& replica = *brokers.at(id).replica;
  const Offset high_watermark = replica.state().high_watermark;
  replica.step(now, brokers.at(id).log, event, effects);
  went_back = went_back || replica.state().high_watermark < high_watermark;
  for (const Transition& transition : effects.trace)
    story.push_back(fmt::format("{}: {}", id.value(), to_string(transition)));
  if (effects.error != model::ErrorCode::none)
    story.push_back(fmt::format("{}: refused, {}", id.value(), name_of(effects.error)));
  if (effects.now_complete) story.push_back(fmt::format("{}: complete", id.value()));
  perform(id, effects);
  return effects;
}

inline void World::perform(BrokerId id, const Effects& effects) {
  Broker& broker = brokers.at(id);
  if (effects.begin_epoch) broker.log.assign(*effects.begin_epoch);
  if (effects.truncate_to) broker.log.truncate_to(*effects.truncate_to);
  if (effects.restart_at) broker.log.restart_at(*effects.restart_at);
  if (effects.high_watermark) show(id);
  if (effects.log_start) broker.log.delete_before(*effects.log_start);
  finish(id, effects);
  if (effects.propose) send(id, Alteration{.from = id, .proposal = *effects.propose});
  if (const auto& fetch = effects.fetch)
    send(id, Fetch{.from = id,
                   .to = fetch->leader,
                   .request = {.replica = id,
                               .broker_epoch = broker.epoch,
                               .current_epoch = fetch->epoch,
                               .offset = fetch->offset,
                               .last_epoch = fetch->last_epoch,
                               .log_start = fetch->log_start},
                   .after_backoff = fetch->after_backoff});
  if (const auto& ask = effects.ask_log_start)
    send(id, LogStartFetch{.from = id, .to = ask->leader, .epoch = ask->epoch});
  if (effects.truncate_to || effects.restart_at) step(id, Truncated());
}

// What is below a high watermark, readers see. (What lies before the log's start was seen earlier.)
inline void World::show(BrokerId id) {
  const Broker& broker = brokers.at(id);
  const Offset to = broker.replica->state().high_watermark;
  for (Offset at(static_cast<std::int64_t>(committed.size())); at < to; ++at)
    committed.push_back(broker.log.at(at));
}

inline void World::finish(BrokerId id, const Effects& effects) {
  Broker& broker = brokers.at(id);
  while (!broker.waiting.empty() &&
         broker.waiting.front().needs <= broker.replica->state().high_watermark) {
    const Waiter& waiter = broker.waiting.front();
    acknowledged[waiter.id] = waiter.needs - 1;
    story.push_back(
        fmt::format("record {} acknowledged at {}", waiter.id, (waiter.needs - 1).value()));
    broker.waiting.pop_front();
  }
  if (!effects.fail_waiting) return;
  for (const Waiter& waiter : broker.waiting) {
    failed[waiter.id] = *effects.fail_waiting;
    story.push_back(fmt::format("record {} fails: {}", waiter.id, name_of(*effects.fail_waiting)));
  }
  broker.waiting.clear();
}

inline std::string text_of(const BrokerSet& brokers) {
  std::string out;
  for (const BrokerId id : brokers) out += (out.empty() ? "" : ",") + to_string(id);
  return out.empty() ? "nobody" : out;
}

inline std::string World::text() const {
  std::string out = fmt::format("controller: leader={} epoch={} isr={} eligible={}\n",
                                controller.leader().value(), controller.leader_epoch().value(),
                                text_of(controller.isr()), text_of(controller.eligible()));
  for (const auto& [id, broker] : brokers) {
    out += fmt::format("{}: {}", id.value(), broker.log.text());
    if (!broker.replica) {
      out += "down\n";
      continue;
    }
    const State& state = broker.replica->state();
    constexpr std::array<std::string_view, 3> roles = {"idle", "follower", "leader"};
    out += fmt::format("hw={} {} epoch={}", state.high_watermark.value(),
                       roles.at(static_cast<std::size_t>(state.role)), state.epoch.value());
    if (broker.replica->leads()) out += " isr=" + text_of(state.isr);
    if (state.proposed_isr) out += " proposed=" + text_of(*state.proposed_isr);
    if (state.incomplete) out += " incomplete";
    out += "\n";
  }
  return out;
}

}  // namespace gregor::replication::test
