// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Three brokers, each with a controller, under random faults: processes die, sessions end, replies
// are lost, a process is held up while the others go on. Meanwhile topics come and go, in-sync
// replicas change, replicas move. An onlooker at the coordination service holds every write to the
// rules of the spec (spec/ControllerElection.tla):
// - C1, C2: each controller epoch is taken once, by one more than the last; C3: what is written of
//   a partition is written in the newest epoch, by who took it;
// - C5: leader epochs rise, and name one leader each; C6, C7: the leader is in sync, and somebody
//   always is; C13: nobody leads who was neither in sync nor eligible before;
// - CandidateCompleteness: while enough are in sync these alone have what is committed; who lost
//   the power before it came back has not. Nobody is elected who lacks something that another one
//   has.
// When the faults are over, one controller is left, what it knows is what the tree says, every
// partition that can be led is led, and every broker has been told so, in whatever order it heard.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <tuple>

#include "base/ranges.h"
#include "controller/cluster_world.h"
#include "controller/invariants.h"
#include "controller/znodes.h"

namespace gregor::controller {
namespace {

using test::ClusterWorld;

constexpr int brokers = 3;
constexpr const char* topic_names[] = {"t", "u"};

enum class What {
  start,
  kill,
  expire,
  lose,
  hold,
  go,
  advance,
  create,
  remove,
  propose,
  shut_down,
  elect,
  reassign,
  cancel,
  hear
};

struct Happening {
  What what = What::advance;
  int who = 1;
  int topic = 0;
  int amount = 0;  // of steps; which replicas
};
std::ostream& operator<<(std::ostream& out, const Happening& h) {
  return out << "{" << static_cast<int>(h.what) << " who " << h.who << " topic " << h.topic
             << " amount " << h.amount << "}";
}

// A subset of the brokers, at least one, in an order that `number` says.
std::vector<model::BrokerId> some_brokers(int number) {
  std::vector<model::BrokerId> out;
  for (int at = 0; at < brokers; ++at)
    if (((number >> at) & 1) != 0) out.emplace_back(at + 1);
  if (out.empty()) out.emplace_back(1);
  if ((number & 8) != 0) std::ranges::reverse(out);
  return out;
}

// What one broker has made of what it was told (spec: Newer, HandleUpdateMetadata).
struct Receiver {
  using Place = std::tuple<coordination::Zxid, model::LeaderEpoch, model::PartitionEpoch>;
  struct Known {
    Place place;
    bool gone = false;
    Partition state;
  };
  using Table = std::map<model::TopicPartition, Known>;

  static bool is_newer(const Known& one, const Known& other) {
    const auto incarnation = std::get<0>(one.place), known = std::get<0>(other.place);
    if (incarnation != known) return incarnation > known;
    if (other.gone || one.gone) return one.gone && !other.gone;
    return one.place > other.place;
  }
  static void take(Table& table, const model::TopicPartition& partition, Known next) {
    const auto [entry, fresh] = table.try_emplace(partition, next);
    if (!fresh && is_newer(next, entry->second)) entry->second = std::move(next);
  }
  static Known known(const AnnouncedPartition& one) {
    return {{one.incarnation, one.state.leader_epoch, one.state.partition_epoch}, false, one.state};
  }
  static Known gone(coordination::Zxid incarnation) {
    return {{incarnation, model::LeaderEpoch{0}, model::PartitionEpoch{0}}, true, {}};
  }
  // What is not named, and not younger than `as_of`, is gone.
  static void forget_others(Table& table, const std::vector<AnnouncedPartition>& named,
                            coordination::Zxid as_of) {
    std::set<model::TopicPartition> kept;
    for (const auto& one : named) kept.insert({one.topic, one.partition});
    for (auto& [partition, known_of_it] : table)
      if (!kept.contains(partition) && std::get<0>(known_of_it.place) <= as_of)
        known_of_it = gone(std::get<0>(known_of_it.place));
  }

  void hear(const BrokerRequest& request, model::BrokerEpoch own) {
    if (request.broker_epoch < own || request.controller_epoch < newest) return;
    newest = request.controller_epoch;
    if (const auto* told = std::get_if<LeaderAndIsr>(&request.body)) {
      if (told->complete) forget_others(replicas, told->partitions, told->as_of);
      for (const auto& one : told->partitions) {
        take(replicas, {one.topic, one.partition}, known(one));
        stopped.erase({one.topic, one.partition});
      }
    } else if (const auto* metadata_told = std::get_if<UpdateMetadata>(&request.body)) {
      if (metadata_told->complete)
        forget_others(metadata, metadata_told->partitions, metadata_told->as_of);
      for (const auto& one : metadata_told->gone)
        for (std::int32_t at = 0; at < one.partitions; ++at)
          take(metadata, {one.topic, model::PartitionIndex(at)}, gone(one.incarnation));
      for (const auto& one : metadata_told->partitions)
        take(metadata, {one.topic, one.partition}, known(one));
    } else {
      for (const auto& one : std::get<StopReplica>(request.body).replicas) stop(one);
    }
  }
  void stop(const StoppedReplica& one) {
    const model::TopicPartition partition{one.topic, one.partition};
    if (!one.remove) {  // the broker asked for its shutdown
      stopped.insert(partition);
      return;
    }
    if (one.topic_deleted) return take(replicas, partition, gone(one.incarnation));
    const auto found = replicas.find(partition);
    if (found != replicas.end() && !found->second.gone &&
        std::get<0>(found->second.place) == one.incarnation &&
        std::get<1>(found->second.place) <= one.leader_epoch)
      replicas.erase(found);
  }

  model::ControllerEpoch newest{0};
  Table replicas, metadata;
  std::set<model::TopicPartition> stopped;  // but kept
};

class Run {
 public:
  explicit Run(std::int32_t min_insync_replicas) : min_insync_replicas_(min_insync_replicas) {
    world_.on_served = [this](std::int32_t id, const coordination::Request& request,
                              const coordination::Reply& reply) { judge(id, request, reply); };
    world_.on_sent = [this](std::int32_t from, const BrokerRequest& request) {
      under_way_[request.to].emplace_back(from, request);
    };
    for (int id = 1; id <= brokers; ++id) start(id, false);
    settle();
  }

  void step(const Happening& h) {
    if (command(h)) return;
    const bool lives = world_.processes().contains(h.who);
    if (h.what == What::start) return start(h.who, h.amount % 2 != 0);
    if (!lives) return;
    ClusterWorld::Process& process = world_.processes().at(h.who);
    if (h.what == What::kill)
      world_.kill(h.who);
    else if (h.what == What::expire)
      world_.expire(h.who);
    else if (h.what == What::lose)
      world_.lose_connection(h.who);
    else if (h.what == What::hold || h.what == What::go)
      process.held = h.what == What::hold;
    else if (h.what == What::hear)
      hear(h.who);
    else
      for (int left = h.amount; left > 0 && world_.advance(h.who); --left) continue;
  }

  // The faults are over.
  void settle() {
    for (int id = 1; id <= brokers; ++id) {
      if (!world_.processes().contains(id)) start(id, false);
      world_.processes().at(id).held = false;
    }
    for (bool more = true; more;) {
      world_.run();
      more = false;
      for (int id = 1; id <= brokers; ++id) more = hear(id) || more;
    }
    const auto active = world_.active();
    RC_ASSERT(active.size() == std::size_t{1});
    for (auto& [id, process] : world_.processes()) {
      RC_ASSERT(!process.seen.fatal.has_value());
      process.seen = {};
    }
    const Image& image = world_.processes().at(active.front()).controller.image();
    RC_ASSERT(!broken_invariant(image).has_value());
    RC_ASSERT(image.brokers.size() == std::size_t{brokers});
    RC_ASSERT(image.deleting.empty());
    compare_with_tree(image);
    for (int id = 1; id <= brokers; ++id) compare_with_broker(image, id);
  }

 private:
  void start(int id, bool lost_power) {
    receivers_.erase(id);
    world_.start(id, [&](Settings& settings) {
      settings.min_insync_replicas = min_insync_replicas_;
      settings.unclean_shutdown = lost_power;
    });
    world_.processes().at(id).deaf = true;  // hear() answers instead
  }

  // Everything that is under way to the broker arrives.
  bool hear(int id) {
    auto requests = std::exchange(under_way_[model::BrokerId(id)], {});
    bool any = false;
    for (const auto& [from, request] : requests) {
      const auto registered = registered_epoch(id);
      if (registered != request.broker_epoch) continue;  // for an earlier life
      any = true;
      receivers_[id].hear(request, registered);
      if (std::holds_alternative<StopReplica>(request.body) && world_.processes().contains(from))
        world_.give(from,
                    BrokerAnswered{.request = request.id, .from = request.to, .partitions = {}});
    }
    return any;
  }

  [[nodiscard]] model::BrokerEpoch registered_epoch(int id) const {
    const auto found = world_.tree.znodes().find("/brokers/ids/" + std::to_string(id));
    return model::BrokerEpoch(found == world_.tree.znodes().end() ? -1
                                                                  : found->second.czxid.value());
  }

  // Whatever is asked is asked of somebody who thinks that it is the controller.
  bool command(const Happening& h) {
    const auto body = body_of(h);
    if (!body) return false;
    const auto active = world_.active();
    if (!active.empty())
      world_.command(active[static_cast<std::size_t>(h.amount) % active.size()],
                     {Token(++tokens_), *body});
    return true;
  }

  std::optional<decltype(Command::body)> body_of(const Happening& h) {
    const std::string name = topic_names[h.topic];
    const model::TopicPartition partition{name, model::PartitionIndex(h.amount % 2)};
    if (h.what == What::create) {
      NewTopic topic;
      topic.name = name;
      topic.id.bytes = {1, 2, 3};
      topic.id.bytes[15] = static_cast<std::uint8_t>(++ids_);
      topic.id.bytes[14] = static_cast<std::uint8_t>(ids_ >> 8);
      topic.assignments = {{model::PartitionIndex(0), some_brokers(h.amount)},
                           {model::PartitionIndex(1), some_brokers(h.amount ^ 8)}};
      return CreateTopics{.topics = {topic}};
    }
    if (h.what == What::remove) return DeleteTopics{{DeleteTopic{name, {}}}};
    if (h.what == What::elect) return ElectLeaders{};
    if (h.what == What::reassign)
      return AlterPartitionReassignments{{{partition, some_brokers(h.amount / 2)}}};
    if (h.what == What::cancel) return AlterPartitionReassignments{{{partition, std::nullopt}}};
    const model::BrokerId who(h.who);
    if (h.what == What::shut_down) return ControlledShutdown{who, registered_epoch(h.who)};
    if (h.what == What::propose) return proposal(h, partition);
    return std::nullopt;
  }

  // By the broker as a leader, as far as it knows.
  AlterPartition proposal(const Happening& h, const model::TopicPartition& partition) {
    AlterPartition out{
        .leader = model::BrokerId(h.who), .epoch = registered_epoch(h.who), .partitions = {}};
    const auto& replicas = receivers_[h.who].replicas;
    const auto found = replicas.find(partition);
    if (found == replicas.end()) return out;
    const Partition& state = found->second.state;
    ProposedIsr isr{.topic = partition.topic,
                    .topic_id = {},
                    .partition = partition.partition,
                    .leader_epoch = state.leader_epoch,
                    .partition_epoch = state.partition_epoch,
                    .isr = {}};
    for (const model::BrokerId id : state.replicas)
      if (id == out.leader || ((h.amount >> id.value()) & 1) == 0)
        isr.isr.push_back({id, registered_epoch(id.value())});
    out.partitions.push_back(isr);
    return out;
  }

  // --- the onlooker ---

  void judge(std::int32_t id, const coordination::Request& request,
             const coordination::Reply& reply) {
    const auto* multi = std::get_if<coordination::Multi>(&request.operation);
    if (multi == nullptr || reply.status != coordination::Status::ok) return;
    for (const coordination::Change& change : multi->changes) {
      if (const auto* set = std::get_if<coordination::SetData>(&change)) {
        if (set->path == "/controller_epoch") judge_office(id, std::stoi(set->data));
        if (set->path.ends_with("/state")) judge_state(id, set->path, set->data);
      } else if (const auto* create = std::get_if<coordination::Create>(&change)) {
        if (create->path.ends_with("/state")) {
          states_.erase(create->path);
          leaders_.erase(create->path);
          complete_.erase(create->path);
          judge_state(id, create->path, create->data);
        }
        if (create->path.starts_with("/brokers/ids/") &&
            znode::decode_broker(create->data)->unclean_shutdown)
          for (auto& [path, has_all] : complete_)
            has_all.erase(model::BrokerId(std::stoi(create->path.substr(13))));
      }
    }
  }
  void judge_office(std::int32_t id, int epoch) {
    RC_ASSERT(epoch == newest_epoch_ + 1);
    newest_epoch_ = epoch;
    holder_ = id;
  }
  void judge_state(std::int32_t id, const std::string& path, const std::string& data) {
    const auto state = znode::decode_state(data);
    RC_ASSERT(state.has_value());
    RC_ASSERT(state->controller_epoch.value() == newest_epoch_);
    RC_ASSERT(holder_ == id);
    RC_ASSERT(!state->isr.empty());
    RC_ASSERT(state->leader == model::no_broker || base::contains(state->isr, state->leader));
    const auto before = states_.find(path);
    if (before != states_.end()) {
      RC_ASSERT(state->leader_epoch >= before->second.leader_epoch);
      RC_ASSERT(state->leader == model::no_broker ||
                base::contains(before->second.isr, state->leader) ||
                base::contains(before->second.eligible, state->leader));
      judge_candidates(id, path, before->second, *state);
    } else {
      complete_[path].insert(state->isr.begin(), state->isr.end());
    }
    enough_[path] = std::min(replicas_at(path), static_cast<std::size_t>(min_insync_replicas_));
    RC_ASSERT(state->eligible.empty() || state->isr.size() < enough_.at(path));
    const auto [leader, fresh] = leaders_[path].emplace(state->leader_epoch, state->leader);
    RC_ASSERT(leader->second == state->leader);
    states_.insert_or_assign(path, *state);
  }

  // `complete_`: who has all that may be committed.
  void judge_candidates(std::int32_t id, const std::string& path,
                        const znode::PartitionState& before, const znode::PartitionState& state) {
    std::set<model::BrokerId>& has_all = complete_[path];
    if (before.isr.size() >= enough_.at(path))
      std::erase_if(has_all, [&](model::BrokerId who) { return !base::contains(before.isr, who); });
    if (state.leader != model::no_broker && state.leader != before.leader) {
      RC_ASSERT(has_all.empty() || has_all.contains(state.leader));
      has_all.insert(state.leader);
    }
    // By its leader, which has seen what they have.
    const Image& image = world_.processes().at(id).controller.image();
    if (state.leader_epoch == before.leader_epoch && has_all.contains(state.leader))
      for (const model::BrokerId who : state.isr)
        if (!base::contains(before.isr, who) &&
            image.brokers.at(who).epoch == registered_epoch(who.value()))
          has_all.insert(who);
  }
  // Of the assignment at the time of the write, with that of the same write.
  [[nodiscard]] std::size_t replicas_at(const std::string& state_path) const {
    const auto parts = topic_and_partition(state_path);
    const auto topic = znode::decode_topic(*world_.data("/brokers/topics/" + parts.first));
    return topic->partitions.at(parts.second).replicas.size();
  }
  // "/brokers/topics/t/partitions/0/state"
  static std::pair<std::string, std::size_t> topic_and_partition(const std::string& path) {
    const std::size_t topic = std::string("/brokers/topics/").size();
    const std::size_t end = path.find('/', topic);
    const std::size_t index = end + std::string("/partitions/").size();
    return {path.substr(topic, end - topic), std::stoul(path.substr(index))};
  }

  // --- at the end ---

  void compare_with_tree(const Image& image) {
    const auto& topics = world_.tree.znodes().find("/brokers/topics")->second.children;
    RC_ASSERT(topics.size() == image.topics.size());
    RC_ASSERT(world_.tree.znodes().find("/admin/delete_topics")->second.children.empty());
    for (const auto& [name, topic] : image.topics) {
      const auto& znode = world_.tree.znodes().at("/brokers/topics/" + name);
      RC_ASSERT(topic->incarnation == znode.czxid);
      const auto written = znode::decode_topic(znode.data);
      RC_ASSERT(written.has_value());
      RC_ASSERT(written->partitions.size() == topic->partitions.size());
      for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
        const Partition& partition = topic->partitions[at];
        const znode::Assignment& assignment = written->partitions[at];
        RC_ASSERT(assignment.replicas == partition.replicas);
        RC_ASSERT(assignment.adding == partition.adding);
        RC_ASSERT(assignment.removing == partition.removing);
        const auto& state = world_.tree.znodes().at("/brokers/topics/" + name + "/partitions/" +
                                                    std::to_string(at) + "/state");
        RC_ASSERT(state.version == partition.partition_epoch.value());
        const auto decoded = znode::decode_state(state.data);
        RC_ASSERT(decoded->leader == partition.leader);
        RC_ASSERT(decoded->isr == partition.isr);
        // All brokers live now, so that somebody in sync does.
        RC_ASSERT(partition.leader != model::no_broker);
      }
    }
  }
  void compare_with_broker(const Image& image, int id) {
    const Receiver& receiver = receivers_[id];
    const auto live = [](const Receiver::Table& table) {
      std::map<model::TopicPartition, Partition> out;
      for (const auto& [partition, known] : table)
        if (!known.gone) out.emplace(partition, known.state);
      return out;
    };
    std::map<model::TopicPartition, Partition> all, own;
    for (const auto& [name, topic] : image.topics)
      for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
        const Partition& partition = topic->partitions[at];
        const model::TopicPartition place{name,
                                          model::PartitionIndex(static_cast<std::int32_t>(at))};
        all.emplace(place, partition);
        const auto& replicas = partition.replicas;
        if (base::contains(replicas, model::BrokerId(id))) own.emplace(place, partition);
      }
    RC_ASSERT(live(receiver.metadata) == all);
    const auto held = live(receiver.replicas);
    RC_ASSERT(held.size() == own.size());
    for (const auto& [place, partition] : own) {
      RC_ASSERT(held.contains(place));
      if (receiver.stopped.contains(place)) continue;
      RC_ASSERT(held.at(place).leader_epoch == partition.leader_epoch);
      RC_ASSERT(held.at(place).leader == partition.leader);
      RC_ASSERT(held.at(place).replicas == partition.replicas);
    }
  }

  const std::int32_t min_insync_replicas_;
  ClusterWorld world_;
  std::map<model::BrokerId, std::vector<std::pair<std::int32_t, BrokerRequest>>> under_way_;
  std::map<int, Receiver> receivers_;
  std::uint64_t tokens_ = 0;
  unsigned ids_ = 0;
  int newest_epoch_ = 0;
  std::int32_t holder_ = 0;
  std::map<std::string, znode::PartitionState> states_;
  std::map<std::string, std::set<model::BrokerId>> complete_;
  std::map<std::string, std::size_t> enough_;  // in sync, to commit anything
  std::map<std::string, std::map<model::LeaderEpoch, model::BrokerId>> leaders_;
};

rc::Gen<Happening> any_happening() {
  using rc::gen::inRange;
  return rc::gen::build<Happening>(
      rc::gen::set(&Happening::what, rc::gen::weightedElement<What>({{3, What::start},
                                                                     {2, What::kill},
                                                                     {1, What::expire},
                                                                     {1, What::lose},
                                                                     {1, What::hold},
                                                                     {2, What::go},
                                                                     {9, What::advance},
                                                                     {3, What::create},
                                                                     {1, What::remove},
                                                                     {3, What::propose},
                                                                     {1, What::shut_down},
                                                                     {1, What::elect},
                                                                     {2, What::reassign},
                                                                     {1, What::cancel},
                                                                     {3, What::hear}})),
      rc::gen::set(&Happening::who, inRange(1, brokers + 1)),
      rc::gen::set(&Happening::topic, inRange(0, 2)),
      rc::gen::set(&Happening::amount, inRange(0, 32)));
}

RC_GTEST_PROP(ClusterModel, KeepsTheRulesUnderFaults, ()) {
  const auto happenings = *rc::gen::container<std::vector<Happening>>(any_happening());
  Run run(*rc::gen::inRange(1, 4));
  for (const Happening& happening : happenings) run.step(happening);
  run.settle();
}

}  // namespace
}  // namespace gregor::controller
