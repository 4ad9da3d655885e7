// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/reduction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/parse_number.h"
#include "base/ranges.h"

namespace gregor::simulation {
namespace {

using model::TopicPartition;

std::string name_of(const BrokerPlan& broker) {
  return fmt::format("broker-{}", broker.id.value());
}
std::string name_of(const Strike& strike) { return fmt::format("strike-{}", strike.number); }
std::string name_of(const char* kind, const ClientPlan& client) {
  return fmt::format("{}-{}", kind, client.number);
}

// Calls `visit` with the kind and the list of each kind of client.
template <class Plan, class Visit>
void for_each_kind(Plan& plan, Visit visit) {
  visit("producer", plan.producers);
  visit("consumer", plan.consumers);
  visit("committer", plan.committers);
  visit("reader", plan.offset_readers);
  visit("member", plan.members);
}

// Of a plan, const or not, of clients that have more than what all have.
template <class Plan>
auto& client_of(Plan& plan) {
  if constexpr (std::is_same_v<std::remove_const_t<Plan>, ClientPlan>)
    return plan;
  else
    return plan.client;
}

template <class Plan, class Visit>
void for_each_client(Plan& plan, Visit visit) {
  visit("admin-0", plan.administrator);
  for_each_kind(plan, [&](const char* kind, auto& clients) {
    for (auto& one : clients) visit(name_of(kind, client_of(one)), client_of(one));
  });
}

// --- parts ---

// A client without any partition has nothing to do.
template <class Clients, class Gone>
void forget_partitions(Clients& clients, Gone gone) {
  for (auto& one : clients) std::erase_if(one.partitions, gone);
  std::erase_if(clients, [](const auto& one) { return one.partitions.empty(); });
}

template <class Gone>
void forget_partitions_everywhere(WorldPlan& plan, Gone gone) {
  forget_partitions(plan.producers, gone);
  forget_partitions(plan.consumers, gone);
  forget_partitions(plan.committers, gone);
  forget_partitions(plan.members, gone);
}

bool leave_out_topic(WorldPlan& plan, std::string_view name) {
  const auto named = [name](const TopicPlan& topic) { return topic.name == name; };
  if (plan.topics.size() == 1 || std::erase_if(plan.topics, named) == 0) return false;
  forget_partitions_everywhere(plan,
                               [name](const TopicPartition& one) { return one.topic == name; });
  return true;
}

bool leave_out_broker(WorldPlan& plan, std::string_view name) {
  const auto found =
      std::ranges::find_if(plan.brokers, [name](const auto& one) { return name_of(one) == name; });
  if (plan.brokers.size() == 1 || found == plan.brokers.end()) return false;
  std::erase_if(plan.strikes, [&](const Strike& strike) { return strike.broker == found->id; });
  plan.brokers.erase(found);
  const std::size_t left = plan.brokers.size();
  for (BrokerPlan& broker : plan.brokers)
    broker.settings["offsets.topic.replication.factor"] = std::to_string(left);
  for (TopicPlan& topic : plan.topics) {
    topic.replication = std::min(topic.replication, static_cast<std::int16_t>(left));
    if (topic.replication == 1) topic.configs.erase("min.insync.replicas");
  }
  return true;
}

bool leave_out_shards(WorldPlan& plan, std::string_view broker) {
  for (BrokerPlan& one : plan.brokers)
    if (name_of(one) == broker && one.shards > 1) {
      one.shards = 1;
      return true;
    }
  return false;
}

bool leave_out_client(WorldPlan& plan, std::string_view name) {
  std::size_t gone = 0;
  for_each_kind(plan, [&](const char* kind, auto& clients) {
    gone += std::erase_if(clients,
                          [&](const auto& one) { return name_of(kind, client_of(one)) == name; });
  });
  return gone > 0;
}

// --- amounts ---

bool lower(std::int64_t& amount, std::int64_t least, std::int64_t to) {
  if (to < least || to >= amount) return false;
  amount = to;
  return true;
}

bool lower_partitions(WorldPlan& plan, TopicPlan& topic, std::int64_t to) {
  if (to < 1 || to >= topic.partitions) return false;
  topic.partitions = static_cast<std::int32_t>(to);
  forget_partitions_everywhere(plan, [&](const TopicPartition& one) {
    return one.topic == topic.name && one.partition.value() >= to;
  });
  return true;
}

bool lower_to(WorldPlan& plan, std::string_view name, std::int64_t to) {
  if (name == "work") return lower(plan.work_us, 1, to * millisecond);
  for (TopicPlan& topic : plan.topics)
    if (topic.name == name) return lower_partitions(plan, topic, to);
  bool lowered = false;
  for_each_client(plan, [&](const std::string& client, ClientPlan& of) {
    if (client == name) lowered = lower(of.operations, 0, to);
  });
  return lowered;
}

// --- texts ---

std::string operations_of(const ClientPlan& client) {
  return client.operations == ClientPlan::unlimited
             ? ""
             : fmt::format(", {} operations", client.operations);
}

// What a client is besides the others of its kind.
template <class Plan>
std::string trait_of(const Plan&) {
  return "";
}
std::string trait_of(const ProducerPlan& producer) {
  if (producer.in_flight_max == 1) return "";
  return fmt::format(", up to {} batches under way, up to {} ms apart", producer.in_flight_max,
                     producer.spacing_max_us / millisecond);
}
std::string trait_of(const ConsumerPlan& consumer) {
  return consumer.rack.empty() ? "" : ", in " + consumer.rack;
}
std::string trait_of(const MemberPlan& member) {
  if (member.by_heartbeats) return fmt::format(", of {}, by the consumer protocol", member.group);
  return fmt::format(", of {}{}{}", member.group, member.instance.empty() ? "" : ", always ",
                     member.instance);
}

template <class Clients>
std::string to_text(const char* kind, const Clients& clients) {
  std::string text;
  for (const auto& one : clients) {
    const auto partitions = base::mapped(
        one.partitions, [](const TopicPartition& partition) { return to_string(partition); });
    text += fmt::format("  {}: {}{}{}\n", name_of(kind, one.client), fmt::join(partitions, " "),
                        trait_of(one), operations_of(one.client));
  }
  return text;
}

std::string to_text(const TopicPlan& topic) {
  std::string text = fmt::format("  {}: {} partitions, {} replicas", topic.name, topic.partitions,
                                 topic.replication);
  for (const auto& [key, value] : topic.configs) text += fmt::format(", {}={}", key, value);
  return text + (topic.trimmed ? ", records are deleted\n" : "\n");
}

}  // namespace

bool leave_out(WorldPlan& plan, std::string_view part) {
  if (const auto sign = part.find('='); sign != std::string_view::npos) {
    const auto to = base::parse_number<std::int64_t>(part.substr(sign + 1));
    return to && lower_to(plan, part.substr(0, sign), *to);
  }
  constexpr std::string_view shards = "shards-of-";
  if (part.starts_with(shards)) return leave_out_shards(plan, part.substr(shards.size()));
  if (part == "restart") return std::exchange(plan.restart_before_reading, false);
  const auto named = [part](const Strike& strike) { return name_of(strike) == part; };
  return std::erase_if(plan.strikes, named) > 0 || leave_out_client(plan, part) ||
         leave_out_topic(plan, part) || leave_out_broker(plan, part);
}

std::vector<std::vector<std::string>> parts_of(const WorldPlan& plan) {
  auto strikes = base::mapped(plan.strikes, [](const Strike& strike) { return name_of(strike); });
  std::vector<std::string> clients;
  for_each_kind(plan, [&](const char* kind, const auto& of_kind) {
    for (const auto& one : of_kind) clients.push_back(name_of(kind, client_of(one)));
  });
  auto topics = base::mapped(plan.topics, &TopicPlan::name);
  auto brokers =
      base::mapped(plan.brokers, [](const BrokerPlan& broker) { return name_of(broker); });
  std::vector<std::string> others;
  for (const BrokerPlan& broker : plan.brokers)
    if (broker.shards > 1) others.push_back("shards-of-" + name_of(broker));
  if (plan.restart_before_reading) others.emplace_back("restart");
  return {strikes, clients, topics, brokers, others};
}

std::vector<Amount> amounts_of(const WorldPlan& plan) {
  std::vector<Amount> amounts{{.name = "work", .least = 1, .now = plan.work_us / millisecond}};
  for (const TopicPlan& topic : plan.topics)
    amounts.push_back({.name = topic.name, .least = 1, .now = topic.partitions});
  for_each_client(plan, [&](const std::string& name, const ClientPlan& client) {
    amounts.push_back({.name = name, .least = 0, .now = client.operations});
  });
  return amounts;
}

std::string to_text(const WorldPlan& plan) {
  std::string text;
  for (const BrokerPlan& broker : plan.brokers)
    text += fmt::format("  {}: {} shards\n", name_of(broker), broker.shards);
  for (const TopicPlan& topic : plan.topics) text += to_text(topic);
  text += fmt::format("  admin-0: own topics{}\n", operations_of(plan.administrator));
  text += to_text("producer", plan.producers);
  text += to_text("consumer", plan.consumers);
  text += to_text("committer", plan.committers);
  text += to_text("member", plan.members);
  for (const ClientPlan& reader : plan.offset_readers)
    text += fmt::format("  {}: ends of logs{}\n", name_of("reader", reader), operations_of(reader));
  const auto seconds = [](std::int64_t us) { return static_cast<double>(us) / second; };
  for (const Strike& strike : plan.strikes)
    text += fmt::format("{:>10.3f} s  {}: {} of broker-{}\n", seconds(strike.at_us),
                        name_of(strike), name_of(strike.fault), strike.broker.value());
  text += fmt::format("{:>10.3f} s  everything heals\n", seconds(plan.work_us));
  if (plan.restart_before_reading) text += "              all brokers are started again\n";
  return text;
}

}  // namespace gregor::simulation
