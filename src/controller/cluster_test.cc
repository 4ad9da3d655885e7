// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Controllers of several brokers as text scenarios (testdata/clusters). After each command all that
// can happen does. Commands:
//   start N [rack=R] [wait=MS] [unclean=yes] | kill N     a new process, whose predecessor's last
//                                           writes may be lost; it dies and its session ends
//   expire N | lose N                       its session ends; what is under way is lost
//   hold N | go N                           it neither hears nor is heard; it goes on
//   deaf N | hear N                         whether it answers requests of the controller
//   offline B T-P                           B answers that it cannot open the log
//   put PATH DATA | set PATH DATA | remove PATH     another program changes the tree
//   who | states T | time MS
// and of controller N:
//   N create T at=1,2;2,1 | N create T p=3 r=2 | N delete T | N config T KEY=VALUE
//   N isr LEADER T-P 1,2@EPOCH [leader-epoch=E] [epoch=BROKER-EPOCH]     AlterPartition
//   N shutdown B [epoch=E] | N elect preferred|unclean T-P…|all
//   N reassign T-P 1,2 | N cancel T-P | N list | N ids B
// What comes out: what was written, what brokers are told, answers, notes.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "controller/cluster_world.h"
#include "controller/invariants.h"
#include "controller/scenario_text.h"
#include "controller/znodes.h"
#include "scenarios/scenario.h"

namespace gregor::controller {
namespace {

using scenarios::split;
using test::text_of;
using Words = std::vector<std::string>;

std::string text_of(const AnnouncedPartition& one) {
  std::string out =
      fmt::format("    {}-{} {}", one.topic, one.partition.value(), text_of(one.state));
  if (one.is_new) out += " new";
  if (!one.offline.empty()) out += " offline=" + text_of(one.offline);
  return out + "\n";
}

std::string text_of(const LeaderAndIsr& body) {
  std::string out = body.complete
                        ? fmt::format("LeaderAndIsr, complete as of {}\n", body.as_of.value())
                        : "LeaderAndIsr\n";
  for (const auto& one : body.partitions) out += text_of(one);
  return out;
}
std::string text_of(const UpdateMetadata& body) {
  std::string out =
      body.complete ? fmt::format("UpdateMetadata, complete as of {}, brokers", body.as_of.value())
                    : "UpdateMetadata, brokers";
  for (const Broker& broker : body.brokers) out += " " + to_string(broker.id);
  out += "\n";
  for (const GoneTopic& one : body.gone) out += fmt::format("    {} gone\n", one.topic);
  for (const auto& one : body.partitions) out += text_of(one);
  return out;
}
std::string text_of(const StopReplica& body) {
  std::string out = "StopReplica\n";
  for (const StoppedReplica& one : body.replicas)
    out += fmt::format("    {}-{} epoch={}{}{}\n", one.topic, one.partition.value(),
                       one.leader_epoch.value(), one.remove ? " remove" : "",
                       one.topic_deleted ? " deleted" : "");
  return out;
}

std::string text_of(const model::Error& error) {
  return fmt::format("{} {}", name_of(error.code), error.detail);
}
std::string text_of(const TopicCreated&) { return "ok"; }
std::string text_of(const TopicDeleted&) { return "ok"; }
std::string text_of(const ProducerIdBlock& block) {
  return fmt::format("ids from {}", block.first.value());
}
std::string text_of(const AlteredIsr& isr) {
  return fmt::format("leader={} epoch={} isr={} state={}", isr.leader.value(),
                     isr.leader_epoch.value(), text_of(isr.isr), isr.partition_epoch.value());
}
std::string text_of(const ElectedLeader& one) {
  return to_string(one.partition) + " " + (one.result ? "ok" : text_of(one.result.error()));
}
std::string text_of(const OngoingReassignment& one) {
  return fmt::format("{} [{}] adding={} removing={}", to_string(one.partition),
                     text_of(one.replicas), text_of(one.adding), text_of(one.removing));
}
std::string text_of(const model::TopicPartition& one) { return "remains: " + to_string(one); }
template <class T>
std::string text_of(const std::vector<T>& many);
template <class T>
std::string text_of(const model::Result<T>& result) {
  if (!result) return text_of(result.error());
  if constexpr (std::is_void_v<T>)
    return "ok";
  else
    return text_of(*result);
}
template <class T>
std::string text_of(const std::vector<T>& many) {
  std::string out;
  for (const T& one : many) out += (out.empty() ? "" : "; ") + text_of(one);
  return out.empty() ? "nothing" : out;
}

std::string text_of(const coordination::Change& change) {
  if (const auto* c = std::get_if<coordination::Create>(&change))
    return "create " + c->path + (c->data.empty() ? "" : " " + c->data);
  if (const auto* s = std::get_if<coordination::SetData>(&change))
    return fmt::format("set {} {} at {}", s->path, s->data, s->version);
  if (const auto* c = std::get_if<coordination::Check>(&change))
    return fmt::format("check {} at {}", c->path, c->version);
  return "remove " + std::get<coordination::Remove>(change).path;
}

std::vector<model::BrokerId> brokers_of(const std::string& list) {
  std::vector<model::BrokerId> out;
  for (const std::string& id : split(list, ',')) out.emplace_back(std::stoi(id));
  return out;
}
model::TopicPartition partition_of(const std::string& text) {
  const std::size_t dash = text.rfind('-');
  return {text.substr(0, dash), model::PartitionIndex(std::stoi(text.substr(dash + 1)))};
}
// The value of "key=value" among the words, or what stands for it.
std::string option(const Words& words, const std::string& key, const std::string& otherwise) {
  for (const std::string& word : words)
    if (word.starts_with(key + "=")) return word.substr(key.size() + 1);
  return otherwise;
}

class ClusterScenario {
 public:
  ClusterScenario() {
    world_.on_served = [this](std::int32_t id, const coordination::Request& request,
                              const coordination::Reply& reply) { note(id, request, reply); };
    world_.on_sent = [this](std::int32_t id, const BrokerRequest& request) {
      told_ +=
          fmt::format("{} tells {}@{}: ", id, request.to.value(), request.broker_epoch.value());
      told_ += std::visit([](const auto& body) { return controller::text_of(body); }, request.body);
    };
  }

  std::string run(const Words& words) {
    const std::string& what = words.at(0);
    told_.clear();
    if (what == "who") return who();
    if (what == "states") return states(words.at(1));
    if (!by_others(words) && !to_process(words)) {
      const std::int32_t id = std::stoi(what);
      world_.command(id, {Token(++tokens_), body_of(id, {words.begin() + 1, words.end()})});
    }
    world_.run();
    for (auto& [id, process] : world_.processes()) tell_rest(id, process);
    return told_;
  }

 private:
  bool to_process(const Words& words) {
    const std::string& what = words.at(0);
    if (what == "time") {
      world_.now.wall += std::stoll(words.at(1));
      world_.now.monotonic += std::stoll(words.at(1));
      for (auto& [id, process] : world_.processes()) world_.give(id, TimeReached{});
      return true;
    }
    if (words.size() < 2 || std::isdigit(what[0]) != 0) return false;
    const std::int32_t id = std::stoi(words.at(1));
    if (what == "start")
      world_.start(id, [&](Settings& settings) {
        if (const std::string rack = option(words, "rack", ""); !rack.empty())
          settings.broker.rack = rack;
        settings.registration_wait_ms = std::stoll(option(words, "wait", "0"));
        settings.unclean_shutdown = option(words, "unclean", "no") == "yes";
        settings.auto_leader_rebalance_enable = option(words, "balance", "no") == "yes";
      });
    else if (what == "kill")
      world_.kill(id);
    else if (what == "expire")
      world_.expire(id);
    else if (what == "lose")
      world_.lose_connection(id);
    else if (what == "hold" || what == "go")
      world_.processes().at(id).held = what == "hold";
    else if (what == "offline")
      cannot_open(model::BrokerId(id), partition_of(words.at(2)));
    else if (what == "deaf" || what == "hear")
      world_.processes().at(id).deaf = what == "deaf";
    else
      return false;
    return true;
  }

  // To all, as an answer to a LeaderAndIsr of whoever is elected.
  void cannot_open(model::BrokerId broker, const model::TopicPartition& partition) {
    BrokerAnswered answer{.request = {}, .from = broker, .partitions = {}};
    answer.partitions.push_back({partition, model::ErrorCode::kafka_storage_error});
    for (auto& [id, process] : world_.processes()) world_.give(id, answer);
  }

  bool by_others(const Words& words) {
    const std::string& what = words.at(0);
    if (what == "put")
      world_.change({coordination::Create{words.at(1), words.at(2) == "-" ? "" : words.at(2)}});
    else if (what == "set")
      world_.change({coordination::SetData{words.at(1), words.at(2)}});
    else if (what == "remove")
      world_.change({coordination::Remove{words.at(1)}});
    else
      return false;
    return true;
  }

  static CreateTopics creation(const Words& words) {
    NewTopic topic;
    topic.name = words.at(1);
    topic.id.bytes = {1, static_cast<std::uint8_t>(topic.name[0])};
    topic.partitions = std::stoi(option(words, "p", "-1"));
    topic.replication = static_cast<std::int16_t>(std::stoi(option(words, "r", "-1")));
    std::int32_t index = 0;
    for (const std::string& list : split(option(words, "at", ""), ';'))
      if (!list.empty())
        topic.assignments.push_back({model::PartitionIndex(index++), brokers_of(list)});
    return {.topics = {topic}};
  }

  // Epochs are those of the image unless they are given.
  [[nodiscard]] AlterPartition alter_partition(std::int32_t id, const Words& words) const {
    const Image& image = world_.processes().at(id).controller.image();
    const model::BrokerId leader(std::stoi(words.at(1)));
    const auto [topic, index] = partition_of(words.at(2));
    const Partition& partition =
        image.topic(topic)->partitions.at(static_cast<std::size_t>(index.value()));
    const std::string leader_epoch = option(words, "leader-epoch", "");
    const std::string state = option(words, "state", "");
    const std::string epoch = option(words, "epoch", "");
    ProposedIsr proposed{.topic = topic,
                         .topic_id = {},
                         .partition = index,
                         .leader_epoch = leader_epoch.empty()
                                             ? partition.leader_epoch
                                             : model::LeaderEpoch(std::stoi(leader_epoch)),
                         .partition_epoch = state.empty() ? partition.partition_epoch
                                                          : model::PartitionEpoch(std::stoi(state)),
                         .isr = {}};
    for (const std::string& member : split(words.at(3), ',')) {
      const auto parts = split(member, '@');
      proposed.isr.push_back(
          {model::BrokerId(std::stoi(parts.at(0))),
           parts.size() < 2 ? unknown_broker_epoch : model::BrokerEpoch(std::stoll(parts.at(1)))});
    }
    return {.leader = leader,
            .epoch = epoch.empty() ? image.brokers.at(leader).epoch
                                   : model::BrokerEpoch(std::stoll(epoch)),
            .partitions = {proposed}};
  }

  [[nodiscard]] model::BrokerEpoch epoch_of(std::int32_t id, model::BrokerId broker) const {
    const auto& brokers = world_.processes().at(id).controller.image().brokers;
    const auto found = brokers.find(broker);
    return found == brokers.end() ? model::BrokerEpoch(-1) : found->second.epoch;
  }

  [[nodiscard]] decltype(Command::body) body_of(std::int32_t id, const Words& words) const {
    const std::string& what = words.at(0);
    if (what == "create") return creation(words);
    if (what == "delete") return DeleteTopics{{DeleteTopic{words.at(1), {}}}};
    if (what == "isr") return alter_partition(id, words);
    if (what == "shutdown") {
      const model::BrokerId broker(std::stoi(words.at(1)));
      const std::string epoch = option(words, "epoch", "");
      return ControlledShutdown{
          broker, epoch.empty() ? epoch_of(id, broker) : model::BrokerEpoch(std::stoll(epoch))};
    }
    if (what == "elect") {
      ElectLeaders body{
          .type = words.at(1) == "unclean" ? ElectionType::unclean : ElectionType::preferred,
          .partitions = std::nullopt};
      if (words.at(2) == "all") return body;
      body.partitions.emplace();
      for (std::size_t at = 2; at < words.size(); ++at)
        body.partitions->push_back(partition_of(words[at]));
      return body;
    }
    if (what == "reassign")
      return AlterPartitionReassignments{{{partition_of(words.at(1)), brokers_of(words.at(2))}}};
    if (what == "cancel")
      return AlterPartitionReassignments{{{partition_of(words.at(1)), std::nullopt}}};
    if (what == "list") return ListPartitionReassignments{};
    if (what == "config") {
      const std::size_t equals = words.at(2).find('=');
      return AlterConfigs{{{TopicName{words.at(1)},
                            false,
                            {{words[2].substr(0, equals), ConfigOperation::set,
                              words[2].substr(equals + 1), ""}}}}};
    }
    EXPECT_EQ(what, "ids");
    const model::BrokerId broker(std::stoi(words.at(1)));
    return AllocateProducerIds{broker, epoch_of(id, broker)};
  }

  // What controllers write, but for the first paths of all.
  void note(std::int32_t id, const coordination::Request& request,
            const coordination::Reply& reply) {
    const auto* multi = std::get_if<coordination::Multi>(&request.operation);
    const Role role = world_.processes().at(id).controller.role();
    if (multi == nullptr || role == Role::starting) return;
    told_ += fmt::format("{} writes{}\n", id,
                         reply.status == coordination::Status::ok
                             ? ""
                             : fmt::format(": refused {}", static_cast<int>(reply.status)));
    for (const coordination::Change& change : multi->changes)
      told_ += "    " + controller::text_of(change) + "\n";
  }
  void tell_rest(std::int32_t id, test::ClusterWorld::Process& process) {
    for (const Answer& answer : process.seen.answers)
      told_ += fmt::format(
          "{} answers: {}\n", id,
          std::visit([](const auto& r) { return controller::text_of(r); }, answer.results));
    for (const std::string& text : process.seen.notes) told_ += fmt::format("{}: {}\n", id, text);
    if (process.seen.fatal) told_ += fmt::format("{} gives up: {}\n", id, *process.seen.fatal);
    process.seen = {};
    EXPECT_EQ(broken_invariant(process.controller.image()), std::nullopt);
  }

  std::string who() const {
    std::string out = fmt::format("controller epoch {}:", world_.data("/controller_epoch").value());
    for (const std::int32_t id : world_.active()) out += fmt::format(" {}", id);
    return out + "\n";
  }
  std::string states(const std::string& topic) const {
    std::string out = world_.data("/brokers/topics/" + topic).value_or("no such topic") + "\n";
    for (int at = 0;; ++at) {
      const auto state =
          world_.data(fmt::format("/brokers/topics/{}/partitions/{}/state", topic, at));
      if (!state) return out;
      out += fmt::format("{} {}\n", at, *state);
    }
  }

  test::ClusterWorld world_;
  std::string told_;
  std::uint64_t tokens_ = 0;
};

TEST(Cluster, Scenarios) {
  scenarios::for_each_scenario("testdata/clusters", [] {
    const auto scenario = std::make_shared<ClusterScenario>();
    return [scenario](const Words& words) { return scenario->run(words); };
  });
}

}  // namespace
}  // namespace gregor::controller
