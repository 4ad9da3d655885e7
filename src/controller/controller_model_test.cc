// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Random commands under random faults. After each command and its faults have come to rest:
// - the image is what the tree says, read again by other means;
// - what was answered with success is in the tree, what was refused is not, and what is uncertain
//   happened wholly or not at all;
// - each command was answered once; producer ids are never given twice; epochs never fall.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "controller/controller_world.h"
#include "controller/invariants.h"
#include "controller/plan.h"

namespace gregor::controller {
namespace {

using nlohmann::json;
using test::World;

// A topic as far as the model cares.
struct Known {
  std::size_t partitions = 0, replication = 0;
  Configs configs;
  friend bool operator==(const Known&, const Known&) = default;
};
using Model = std::map<std::string, Known>;

enum class What { create, remove, grow, alter, ids, broker };
enum class Fault { none, connection, session, process, rival };

struct Happening {
  What what = What::create;
  std::vector<std::string> names;  // of topics; the first counts where one is enough
  int partitions = 1, replication = 1;
  std::string value;
  bool validate_only = false;
  Fault fault = Fault::none;
  std::size_t delay = 0;   // how far things get before the fault
  std::size_t served = 0;  // how many more requests are served before the connection is lost
};

std::ostream& operator<<(std::ostream& out, const Happening& h) {
  out << "{what " << static_cast<int>(h.what);
  for (const auto& name : h.names) out << " " << name;
  return out << " p=" << h.partitions << " r=" << h.replication << " v=" << h.value
             << " fault=" << static_cast<int>(h.fault) << " after " << h.delay << "+" << h.served
             << "}";
}

Model read_topics(const World& world) {
  Model out;
  const auto& znodes = world.tree.znodes();
  const auto topics = znodes.find("/brokers/topics");
  if (topics == znodes.end()) return out;
  for (const std::string& name : topics->second.children) {
    if (world.image().deleting.contains(name) || world.data("/admin/delete_topics/" + name))
      continue;  // it waits for replicas that are out of reach
    const json topic = json::parse(*world.data("/brokers/topics/" + name));
    Known known{.partitions = topic["partitions"].size(),
                .replication = topic["partitions"]["0"].size(),
                .configs = {}};
    const auto configs = world.data("/config/topics/" + name);
    const json stored = configs ? json::parse(*configs)["config"] : json::object();
    for (const auto& [key, value] : stored.items())
      known.configs.emplace(key, value.get<std::string>());
    out.emplace(name, known);
  }
  return out;
}

void image_is_the_tree(const World& world) {
  const Image& image = world.image();
  const Model topics = read_topics(world);
  RC_ASSERT(image.topics.size() == topics.size());
  for (const auto& [name, known] : topics) {
    const TopicRef topic = image.topic(name);
    RC_ASSERT(topic != nullptr);
    RC_ASSERT(topic->partitions.size() == known.partitions);
    RC_ASSERT(image.configs_of(TopicName{name}) == known.configs);
    for (std::size_t at = 0; at < known.partitions; ++at) {
      const std::string path =
          "/brokers/topics/" + name + "/partitions/" + std::to_string(at) + "/state";
      const auto found = world.tree.znodes().find(path);
      const Partition& partition = topic->partitions[at];
      if (partition.partition_epoch.value() < 0) {
        RC_ASSERT(found == world.tree.znodes().end());
        continue;
      }
      RC_ASSERT(found != world.tree.znodes().end());
      const json state = json::parse(found->second.data);
      RC_ASSERT(found->second.version == partition.partition_epoch.value());
      RC_ASSERT(state["leader"] == partition.leader.value());
      RC_ASSERT(state["leader_epoch"] == partition.leader_epoch.value());
      RC_ASSERT(state["isr"].size() == partition.isr.size());
    }
  }
  RC_ASSERT(!broken_invariant(image).has_value());
  RC_ASSERT(world.data("/admin/delete_topics").has_value());
  for (const auto& name : world.tree.znodes().find("/admin/delete_topics")->second.children)
    RC_ASSERT(image.deleting.contains(name));
}

class Run {
 public:
  Run() {
    world.start();
    world.run();
    world.seen = {};
  }

  void step(const Happening& h) {
    if (h.what == What::broker) {
      toggle_broker();
      settle();
      return;
    }
    const Model before = read_topics(world);
    names_taken_.clear();
    for (const auto& [name, topic] : world.image().deleting) names_taken_.insert(name);
    const Command command{Token(++tokens_), body_of(h)};
    world.command(command);
    for (std::size_t left = h.delay; left > 0 && world.advance(); --left) continue;
    strike(h);
    settle();
    RC_ASSERT(world.seen.answers.size() == std::size_t{1});
    RC_ASSERT(world.seen.answers.front().token == command.token);
    judge(h, before, read_topics(world), world.seen.answers.front());
    world.seen = {};
  }

  World world;

 private:
  void toggle_broker() {
    if (other_ == coordination::SessionId{}) {
      other_ = world.open();
      world.change(other_, {coordination::Create{*path_of_other(), *registration(),
                                                 coordination::CreateMode::ephemeral}});
    } else {
      world.end(other_);
      other_ = {};
    }
  }
  static std::optional<std::string> path_of_other() { return "/brokers/ids/2"; }
  static std::optional<std::string> registration() {
    return R"({"version":5,"endpoints":["PLAINTEXT://h:1"],"features":{},"timestamp":"1"})";
  }

  // The next lookups must find the controller at work again.
  void strike(const Happening& h) {
    switch (h.fault) {
      case Fault::none:
        return;
      case Fault::connection:
        for (std::size_t left = h.served; left > 0; --left) world.serve_one();
        world.lose_connection();
        return;
      case Fault::session:
        world.reconnect();
        return;
      case Fault::process:
        world.start();
        // The answer went with the process; the client sees a timeout.
        if (world.seen.answers.empty())
          world.seen.answers.push_back(refusal(Command{Token(tokens_), body_of(h)},
                                               {model::ErrorCode::request_timed_out, ""}));
        return;
      case Fault::rival: {
        const auto rival = world.open();
        world.change(rival, {coordination::Remove{"/controller"}});
        const std::string epoch = *world.data("/controller_epoch");
        world.change(rival, {coordination::Create{"/controller", R"({"brokerid":9})",
                                                  coordination::CreateMode::ephemeral},
                             coordination::SetData{"/controller_epoch",
                                                   std::to_string(std::stoi(epoch) + 1)}});
        world.run();
        world.end(rival);
      }
    }
  }

  void settle() {
    world.run();
    RC_ASSERT(!world.seen.fatal.has_value());
    RC_ASSERT(world.controller().role() == Role::active);
    image_is_the_tree(world);
    const int epoch = std::stoi(*world.data("/controller_epoch"));
    RC_ASSERT(world.image().controller_epoch.value() == epoch);
    RC_ASSERT(epoch >= controller_epoch_);
    controller_epoch_ = epoch;
    for (const auto& [name, topic] : world.image().topics)
      for (std::size_t at = 0; at < topic->partitions.size(); ++at) {
        int& last = leader_epochs_[{topic->id, at}];
        RC_ASSERT(topic->partitions[at].leader_epoch.value() >= last);
        last = topic->partitions[at].leader_epoch.value();
      }
  }

  decltype(Command::body) body_of(const Happening& h) {
    switch (h.what) {
      case What::create: {
        CreateTopics body{.topics = {}, .validate_only = h.validate_only};
        for (const std::string& name : h.names) {
          NewTopic topic;
          topic.name = name;
          topic.id.bytes = {1, 2, 3};
          topic.id.bytes[15] = static_cast<std::uint8_t>(++ids_);
          topic.id.bytes[14] = static_cast<std::uint8_t>(ids_ >> 8);
          topic.partitions = h.partitions;
          topic.replication = static_cast<std::int16_t>(h.replication);
          if (!h.value.empty()) topic.configs = {{"k", h.value}};
          topic.placement = h.delay;
          body.topics.push_back(topic);
        }
        return body;
      }
      case What::remove: {
        DeleteTopics body;
        for (const std::string& name : h.names) {
          const TopicRef topic = world.image().topic(name);
          body.topics.push_back(topic && h.validate_only ? DeleteTopic{std::nullopt, topic->id}
                                                         : DeleteTopic{name, {}});
        }
        return body;
      }
      case What::grow: {
        CreatePartitions body{.topics = {}, .validate_only = h.validate_only};
        for (const std::string& name : h.names)
          body.topics.push_back({name, h.partitions, std::nullopt});
        return body;
      }
      case What::alter: {
        AlterConfigs body{.resources = {}, .validate_only = h.validate_only};
        for (const std::string& name : h.names)
          body.resources.push_back(
              {TopicName{name}, h.partitions % 2 == 0, {{"k", ConfigOperation::set, h.value, ""}}});
        return body;
      }
      default:
        return AllocateProducerIds{};
    }
  }

  // What the tree would be if the topic's part of the command happened.
  static void apply(const Happening& h, const std::string& name, Model& model) {
    if (h.what == What::remove) {
      model.erase(name);
      return;
    }
    if (h.validate_only) return;
    Known& topic = model[name];
    if (h.what == What::create)
      topic = {.partitions = static_cast<std::size_t>(std::max(h.partitions, 1)),
               .replication = static_cast<std::size_t>(std::max(h.replication, 1)),
               .configs = {}};
    if (h.what == What::grow) topic.partitions = static_cast<std::size_t>(h.partitions);
    if (h.what == What::alter || (h.what == What::create && !h.value.empty()))
      topic.configs["k"] = h.value;
  }

  template <class T>
  void judge_each(const Happening& h, const Model& before, Model after,
                  const std::vector<model::Result<T>>& results) {
    RC_ASSERT(results.size() == h.names.size());
    Model expected = before;
    for (std::size_t at = 0; at < results.size(); ++at) {
      const std::string& name = h.names[at];
      const bool unknown = !results[at].has_value() && is_unknown(results[at].error().code);
      Model if_done = expected;
      if (results[at].has_value() || unknown) apply(h, name, if_done);
      const auto one = [&](const Model& model) {
        const auto found = model.find(name);
        return found == model.end() ? std::optional<Known>() : std::optional(found->second);
      };
      const bool happened = results[at].has_value() || (unknown && one(after) == one(if_done));
      if (happened) expected = if_done;
      RC_ASSERT(results[at].has_value() || h.fault != Fault::none ||
                !would_succeed(h, before, name));
      RC_ASSERT(!results[at].has_value() || would_succeed(h, before, name));
    }
    RC_ASSERT(after == expected);
  }

  void judge(const Happening& h, const Model& before, const Model& after, const Answer& answer) {
    std::visit(
        [&]<class Results>(const Results& results) {
          if constexpr (requires { judge_each(h, before, after, results); }) {
            judge_each(h, before, after, results);
          } else if constexpr (std::is_same_v<Results, model::Result<ProducerIdBlock>>) {
            if (!results) return;
            for (std::int32_t n = 0; n < results->count; ++n)
              RC_ASSERT(producer_ids_.insert(results->first.value() + n).second);
          }
        },
        answer.results);
  }

  static bool is_unknown(model::ErrorCode code) {
    return code == model::ErrorCode::request_timed_out;
  }

  // The rules, said once more and simply.
  bool would_succeed(const Happening& h, const Model& before, const std::string& name) const {
    const auto found = before.find(name);
    const bool once = std::ranges::count(h.names, name) == 1;
    if (h.what == What::remove) return once && found != before.end();
    if (h.what == What::alter) return once && found != before.end();
    if (h.what == What::grow)
      return once && found != before.end() &&
             static_cast<int>(found->second.partitions) < h.partitions &&
             found->second.replication <= brokers();
    if (!once || name == "bad!" || found != before.end()) return false;
    if (names_taken_.contains(name)) return false;
    if (h.partitions == 0 || h.partitions < -1 || h.replication == 0 || h.replication < -1)
      return false;
    if (h.replication > static_cast<int>(brokers())) return false;
    if (name != "a.b" && name != "a_b") return true;
    // The other one is there, or comes before in the same command.
    const std::string other = name == "a.b" ? "a_b" : "a.b";
    const auto its_place = std::ranges::find(h.names, other);
    const bool comes_first =
        its_place < std::ranges::find(h.names, name) && std::ranges::count(h.names, other) == 1;
    return !before.contains(other) && !names_taken_.contains(other) && !comes_first;
  }
  [[nodiscard]] std::size_t brokers() const { return other_ == coordination::SessionId{} ? 1 : 2; }

  std::uint64_t tokens_ = 0;
  unsigned ids_ = 0;
  coordination::SessionId other_;
  int controller_epoch_ = 0;
  std::map<std::pair<model::TopicId, std::size_t>, int> leader_epochs_;
  std::set<std::string> names_taken_;  // by topics that are not wholly deleted
  std::set<std::int64_t> producer_ids_;
};

rc::Gen<Happening> any_happening() {
  using rc::gen::inRange;
  const auto names = rc::gen::mapcat(inRange<std::size_t>(1, 4), [](std::size_t count) {
    return rc::gen::container<std::vector<std::string>>(
        count, rc::gen::element<std::string>("t", "u", "a.b", "a_b", "bad!"));
  });
  return rc::gen::build<Happening>(
      rc::gen::set(&Happening::what, rc::gen::weightedElement<What>({{6, What::create},
                                                                     {3, What::remove},
                                                                     {3, What::grow},
                                                                     {2, What::alter},
                                                                     {2, What::ids},
                                                                     {1, What::broker}})),
      rc::gen::set(&Happening::names, names), rc::gen::set(&Happening::partitions, inRange(-2, 5)),
      rc::gen::set(
          &Happening::replication,
          rc::gen::weightedElement<int>({{1, -2}, {3, -1}, {1, 0}, {6, 1}, {3, 2}, {1, 3}})),
      rc::gen::set(&Happening::value, rc::gen::element<std::string>("", "v", "w")),
      rc::gen::set(&Happening::validate_only,
                   rc::gen::weightedElement<bool>({{6, false}, {1, true}})),
      rc::gen::set(&Happening::fault, rc::gen::weightedElement<Fault>({{6, Fault::none},
                                                                       {3, Fault::connection},
                                                                       {1, Fault::session},
                                                                       {1, Fault::process},
                                                                       {1, Fault::rival}})),
      rc::gen::set(&Happening::delay, inRange<std::size_t>(0, 12)),
      rc::gen::set(&Happening::served, inRange<std::size_t>(0, 4)));
}

}  // namespace
}  // namespace gregor::controller

template <>
struct rc::Arbitrary<gregor::controller::Happening> {
  static Gen<gregor::controller::Happening> arbitrary() {
    return gregor::controller::any_happening();
  }
};

namespace gregor::controller {
namespace {

RC_GTEST_PROP(ControllerModel, KeepsItsPromisesUnderFaults,
              (const std::vector<Happening>& happenings)) {
  Run run;
  for (const Happening& happening : happenings) run.step(happening);
}

RC_GTEST_PROP(ControllerModel, SameEventsSameEffects, (const std::vector<Happening>& happenings)) {
  Run one, two;
  for (const Happening& happening : happenings) {
    one.step(happening);
    two.step(happening);
    RC_ASSERT(one.world.tree.znodes() == two.world.tree.znodes());
    RC_ASSERT(difference(one.world.image(), two.world.image()).empty());
  }
}

}  // namespace
}  // namespace gregor::controller
