// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The controller as text scenarios (testdata/scenarios). Commands:
//   start | reconnect                    a new process; the same one with a new session
//   up                                   start without a word
//   broker N | end N                     another broker registers; its session ends
//   create T [p=N] [r=N] [at=1,2;2,1] [KEY=VALUE…] [null=KEY] [refused] [validate]
//   delete T… | delete-id T…             several in one command
//   partitions T N [at=1,2;2,1] [validate]
//   alter T|broker:N|default [whole] [KEY=VALUE] [-KEY] [!KEY] [KEY+=VALUE] [KEY-=VALUE]
//   ids                                  a block of producer ids
//   tree PATH | image | time MS | wait MS    (how long a registration of another may stand)
//   hold | serve N | lose | run          requests wait from now on; N are served; the connection is
//                                        lost; all goes on
//   put PATH DATA | set PATH DATA | remove PATH    another program changes the tree
// What comes out: writes (what they change), changes of the image, answers, notes.

#include "controller/controller.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "controller/controller_world.h"
#include "controller/invariants.h"
#include "controller/scenario_text.h"
#include "controller/znodes.h"
#include "scenarios/scenario.h"

namespace gregor::controller {
namespace {

using scenarios::split;
using test::text_of;
using Words = std::vector<std::string>;

std::string text_of(const ConfigResource& resource) { return znode::config_entity(resource); }

std::string text_of(const Configs& configs) {
  std::string out;
  for (const auto& [key, value] : configs) out += fmt::format(" {}={}", key, value);
  return out;
}

std::string text_of(const Change& change) {
  if (std::holds_alternative<ControllerChanged>(change)) return "changed: controller\n";
  if (std::holds_alternative<BrokersChanged>(change)) return "changed: brokers\n";
  if (const auto* configs = std::get_if<ConfigsChanged>(&change))
    return fmt::format("changed: configs {}{}\n", text_of(configs->resource),
                       configs->configs ? text_of(*configs->configs) : " removed");
  const auto& topic = std::get<TopicChanged>(change);
  if (!topic.after) return fmt::format("changed: topic {} removed\n", topic.before->name);
  std::string out = fmt::format("changed: topic {} {}\n", topic.after->name,
                                !topic.before                         ? "created"
                                : topic.before->id != topic.after->id ? "replaced"
                                                                      : "changed");
  for (std::size_t at = 0; at < topic.after->partitions.size(); ++at) {
    const Partition& p = topic.after->partitions[at];
    const bool same =
        topic.before && at < topic.before->partitions.size() && topic.before->partitions[at] == p;
    if (!same) out += fmt::format("  {} {}\n", at, text_of(p));
  }
  return out;
}

std::string text_of(const model::Error& error) {
  return fmt::format("{} {}: {}", static_cast<int>(error.code), name_of(error.code), error.detail);
}
std::string text_of(const TopicCreated& c) {
  return fmt::format("ok partitions={} replication={}", c.partitions, c.replication);
}
std::string text_of(const TopicDeleted& d) { return "ok " + d.name; }
std::string text_of(const ProducerIdBlock& b) {
  return fmt::format("ok {} ids from {}", b.count, b.first.value());
}

std::string text_of(const Answer& answer) {
  std::string out;
  const auto add = [&](const auto& result) {
    out += fmt::format("answer {}: ", answer.token.value());
    if (!result)
      out += text_of(result.error());
    else if constexpr (std::is_void_v<typename std::decay_t<decltype(result)>::value_type>)
      out += "ok";
    else
      out += text_of(*result);
    out += '\n';
  };
  std::visit(
      [&]<class Results>(const Results& results) {
        if constexpr (std::is_same_v<Results, model::Result<ProducerIdBlock>>)
          add(results);
        else if constexpr (requires { text_of(results.front().value()); } ||
                           std::is_same_v<Results, std::vector<model::Result<>>>)
          for (const auto& result : results) add(result);
        else
          ADD_FAILURE() << "an answer to a command that is not in these scenarios";
      },
      answer.results);
  return out;
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

// The parts of the commands.
std::vector<std::vector<model::BrokerId>> lists_of(const std::string& text) {
  std::vector<std::vector<model::BrokerId>> out;
  for (const std::string& list : split(text, ';')) {
    out.emplace_back();
    for (const std::string& id : split(list, ','))
      if (!id.empty()) out.back().emplace_back(std::stoi(id));
  }
  return out;
}

model::TopicId id_of(const std::string& name) {
  model::TopicId id;
  for (std::size_t at = 0; at < name.size(); ++at)
    id.bytes[1 + at % (id.bytes.size() - 1)] ^= static_cast<std::uint8_t>(name[at]);
  id.bytes[0] = 1;
  return id;
}

NewTopic new_topic(const Words& words) {
  NewTopic topic;
  topic.name = words.at(1);
  topic.id = id_of(topic.name);
  for (std::size_t at = 2; at < words.size(); ++at) {
    const std::string& word = words[at];
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (word == "refused") {
      topic.refused = model::Error{model::ErrorCode::invalid_config, "Unknown topic config name"};
    } else if (key == "p") {
      topic.partitions = std::stoi(value);
    } else if (key == "r") {
      topic.replication = static_cast<std::int16_t>(std::stoi(value));
    } else if (key == "start") {
      topic.placement = std::stoull(value);
    } else if (key == "at") {
      std::int32_t index = 0;
      for (auto& brokers : lists_of(value))
        topic.assignments.push_back({model::PartitionIndex(index++), brokers});
    } else if (key == "gap") {
      topic.assignments.push_back({model::PartitionIndex(std::stoi(value)), {model::BrokerId(1)}});
    } else if (key == "null") {
      topic.configs.emplace_back(value, std::nullopt);
    } else if (equals != std::string::npos) {
      topic.configs.emplace_back(key, value);
    }
  }
  return topic;
}

ResourceConfigs resource_configs(const Words& words) {
  ResourceConfigs out;
  const std::string& name = words.at(1);
  if (name == "default")
    out.resource = DefaultBroker{};
  else if (name.starts_with("broker:"))
    out.resource = model::BrokerId(std::stoi(name.substr(7)));
  else if (name.find('/') != std::string::npos)
    out.resource = znode::resource_of(name).value();
  else
    out.resource = TopicName{name};
  for (std::size_t at = 2; at < words.size(); ++at) {
    const std::string& word = words[at];
    const std::size_t equals = word.find('=');
    if (word == "validate") continue;
    if (word == "whole") {
      out.whole = true;
    } else if (word.starts_with('!')) {
      out.edits.push_back({word.substr(1), ConfigOperation::remove_existing, "", ""});
    } else if (word.starts_with('-')) {
      out.edits.push_back({word.substr(1), ConfigOperation::remove, "", ""});
    } else {
      const char before = word.at(equals - 1);
      const bool list = before == '+' || before == '-';
      out.edits.push_back({word.substr(0, equals - (list ? 1 : 0)),
                           before == '+'   ? ConfigOperation::append
                           : before == '-' ? ConfigOperation::subtract
                                           : ConfigOperation::set,
                           word.substr(equals + 1), "delete"});
    }
  }
  return out;
}

// Several topics in one command: "create a p=1 & b p=2".
std::vector<Words> items(const Words& words) {
  std::vector<Words> out{{words.front()}};
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (words[at] == "&")
      out.push_back({words.front()});
    else
      out.back().push_back(words[at]);
  }
  return out;
}

class ScenarioWorld {
 public:
  std::string run(const Words& words) {
    const std::string& what = words.at(0);
    if (what == "tree") return world_.data(words.at(1)).value_or("nothing") + "\n";
    if (what == "image") return text_of_image();
    if (what == "no-deletion") return settings_.delete_topic_enable = false, restart_with();
    if (what == "up") return world_.start(), go_on(), std::string();
    if (what == "start") {
      last_shown_ = coordination::RequestId{0};
      world_.start();
    } else if (what == "reconnect") {
      world_.reconnect();
    } else if (what == "time") {
      world_.now.wall += std::stoll(words.at(1));
      world_.now.monotonic += std::stoll(words.at(1));
      world_.wake();
    } else if (what == "wait") {
      settings_.registration_wait_ms = std::stoll(words.at(1));
      return restart_with();
    } else if (what == "hold") {
      held_ = true;
    } else if (what == "run") {
      held_ = false;
    } else if (what == "lose") {
      world_.lose_connection();
    } else if (what == "serve") {
      for (int left = std::stoi(words.at(1)); left > 0; --left) world_.serve_one();
    } else if (!by_others(words)) {
      world_.command({Token(++tokens_), body_of(words)});
    }
    return go_on();
  }

 private:
  static decltype(Command::body) body_of(const Words& words) {
    const std::string& what = words.at(0);
    const bool validate = words.back() == "validate";
    if (what == "create") {
      CreateTopics body{.topics = {}, .validate_only = validate};
      for (const Words& one : items(words)) body.topics.push_back(new_topic(one));
      return body;
    }
    if (what == "delete" || what == "delete-id") {
      DeleteTopics body;
      for (std::size_t at = 1; at < words.size(); ++at)
        body.topics.push_back(what == "delete" ? DeleteTopic{words[at], {}}
                                               : DeleteTopic{std::nullopt, id_of(words[at])});
      return body;
    }
    if (what == "partitions") {
      CreatePartitions body{.topics = {}, .validate_only = validate};
      for (const Words& one : items(words)) {
        body.topics.push_back({one.at(1), std::stoi(one.at(2)), std::nullopt});
        if (one.size() > 3 && one[3].starts_with("at="))
          body.topics.back().assignments = lists_of(one[3].substr(3));
      }
      return body;
    }
    if (what == "alter") {
      AlterConfigs body{.resources = {}, .validate_only = validate};
      for (const Words& one : items(words)) body.resources.push_back(resource_configs(one));
      return body;
    }
    EXPECT_EQ(what, "ids");
    return AllocateProducerIds{};
  }

  // What others do to the tree.
  bool by_others(const Words& words) {
    using coordination::CreateMode;
    const std::string& what = words.at(0);
    if (other_ == coordination::SessionId{}) other_ = world_.open();
    if (what == "broker") {
      sessions_[words.at(1)] = world_.open();
      const znode::BrokerRegistration registration{
          .endpoints = {{"PLAINTEXT", "PLAINTEXT", "127.0.0.1", 9093}},
          .rack = std::nullopt,
          .timestamp = model::Timestamp{1},
          .features = {}};
      world_.change(sessions_[words.at(1)],
                    {coordination::Create{"/brokers/ids/" + words.at(1),
                                          znode::encode(registration), CreateMode::ephemeral}});
    } else if (what == "end") {
      world_.end(sessions_.at(words.at(1)));
    } else if (what == "put") {
      EXPECT_EQ(world_.change(other_, {coordination::Create{
                                          words.at(1), words.at(2) == "-" ? "" : words.at(2)}}),
                coordination::Status::ok);
    } else if (what == "put-ephemeral") {
      world_.change(other_,
                    {coordination::Create{words.at(1), words.at(2), CreateMode::ephemeral}});
    } else if (what == "set") {
      world_.change(other_, {coordination::SetData{words.at(1), words.at(2)}});
    } else if (what == "remove") {
      world_.change(other_, {coordination::Remove{words.at(1)}});
    } else {
      return false;
    }
    return true;
  }

  std::string restart_with() {
    world_ = test::World(settings_);
    return {};
  }

  std::string go_on() {
    std::string out;
    do {
      for (const coordination::Request& request : world_.unserved()) {
        const auto* multi = std::get_if<coordination::Multi>(&request.operation);
        if (request.id <= last_shown_ || multi == nullptr) continue;
        last_shown_ = request.id;
        if (world_.controller().role() == Role::starting) continue;
        out += "write\n";
        for (const coordination::Change& change : multi->changes)
          out += "  " + controller::text_of(change) + "\n";
      }
      out += text_of_effects();
    } while (!held_ && world_.advance());
    EXPECT_EQ(broken_invariant(world_.image()), std::nullopt);
    return out;
  }

  std::string text_of_effects() {
    std::string out;
    for (const Change& change : world_.seen.changes) out += controller::text_of(change);
    for (const Answer& answer : world_.seen.answers) out += controller::text_of(answer);
    for (const std::string& note : world_.seen.notes) out += "note: " + note + "\n";
    if (world_.seen.fatal) out += "fatal: " + *world_.seen.fatal + "\n";
    world_.seen = {};
    return out;
  }

  std::string text_of_image() {
    const Image& image = world_.image();
    std::string out = fmt::format("controller {} epoch {}, brokers", image.controller.value(),
                                  image.controller_epoch.value());
    for (const auto& [id, broker] : image.brokers) out += fmt::format(" {}", id.value());
    out += '\n';
    for (const auto& [name, topic] : image.topics) {
      out += name + "\n";
      for (std::size_t at = 0; at < topic->partitions.size(); ++at)
        out += fmt::format("  {} {}\n", at, controller::text_of(topic->partitions[at]));
    }
    for (const auto& [resource, configs] : image.configs)
      out += fmt::format("{}:{}\n", controller::text_of(resource), controller::text_of(*configs));
    return out;
  }

  Settings settings_ = test::settings_of(1);
  test::World world_;
  std::map<std::string, coordination::SessionId> sessions_;
  coordination::SessionId other_;
  std::uint64_t tokens_ = 0;
  coordination::RequestId last_shown_{0};
  bool held_ = false;
};

TEST(Controller, Scenarios) {
  scenarios::for_each_scenario("testdata/scenarios", [] {
    const auto world = std::make_shared<ScenarioWorld>();
    return [world](const Words& words) { return world->run(words); };
  });
}

}  // namespace
}  // namespace gregor::controller
