// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/nemesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

namespace gregor::jepsen {

using model::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

// A stop in good order may take this long before it counts as trouble.
constexpr milliseconds term_deadline{20'000};
// Longer than the sessions of recipe.cc, so that a paused broker loses its offices.
constexpr milliseconds beyond_a_session{8'000};
constexpr int bounces_of_a_storm = 4;
constexpr milliseconds storm_step{700};

constexpr std::array<std::pair<std::string_view, FaultKind>, 11> fault_names{
    {{"kill", FaultKind::kill},
     {"term", FaultKind::term},
     {"pause", FaultKind::pause},
     {"bounce", FaultKind::bounce},
     {"storm", FaultKind::storm},
     {"isolate", FaultKind::isolate},
     {"oneway", FaultKind::oneway},
     {"unzoo", FaultKind::unzoo},
     {"halves", FaultKind::halves},
     {"bridge", FaultKind::bridge},
     {"ring", FaultKind::ring}}};

constexpr std::array<std::pair<std::string_view, Aim>, 5> aim_names{
    {{"leader", Aim::leader},
     {"controller", Aim::controller},
     {"random", Aim::random},
     {"all", Aim::all},
     {"zookeeper", Aim::zookeeper}}};

template <class Names>
auto parse_names(const Names& names, const std::string& text)
    -> model::Result<std::vector<decltype(names[0].second)>> {
  std::vector<decltype(names[0].second)> result;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string word = text.substr(from, end - from);
    const auto* const known =
        std::ranges::find_if(names, [&](const auto& name) { return name.first == word; });
    if (known == names.end())
      return model::fail(ErrorCode::invalid_request, fmt::format("there is no '{}'", word));
    result.push_back(known->second);
    from = end + 1;
  }
  return result;
}

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
  for (const auto& [name, known] : names)
    if (known == value) return name;
  return "?";
}

}  // namespace

model::Result<std::vector<FaultKind>> parse_faults(const std::string& text) {
  if (text == "none") return std::vector<FaultKind>{};
  return parse_names(fault_names, text);
}

bool is_partition(FaultKind kind) { return kind >= FaultKind::isolate; }

model::Result<std::vector<Aim>> parse_aims(const std::string& text) {
  return parse_names(aim_names, text);
}

Nemesis::Nemesis(NemesisOptions options, Deployment& deployment, Client client, Recorder& recorder)
    : options_(std::move(options)),
      deployment_(deployment),
      client_(std::move(client)),
      recorder_(recorder),
      prng_(options_.seed) {
  if (std::ranges::none_of(deployment.recipe().nodes,
                           [](const NodeSpec& node) { return node.role == Role::zookeeper; }))
    std::erase(options_.aims, Aim::zookeeper);
  if (deployment.network() == nullptr) std::erase_if(options_.faults, is_partition);
}

NemesisReport Nemesis::run() {
  until_ = Clock::now() + options_.duration;
  while (Clock::now() < until_) {
    stay(about(options_.interval));
    if (Clock::now() < until_ && !options_.faults.empty() && !deployment_.brokers().empty())
      one_fault();
  }
  heal_all();
  return report_;
}

void Nemesis::one_fault() {
  for (std::string& end : deployment_.unexpected_ends()) {
    recorder_.fault(end + ", by itself");
    report_.unexpected_ends.push_back(std::move(end));
  }
  const FaultKind kind = options_.faults[prng_.below(options_.faults.size())];
  const Aim aim = options_.aims[prng_.below(options_.aims.size())];
  std::string why{name_in(aim_names, aim)};
  const Nodes nodes = victims(aim, why);
  ++report_.faults;
  recorder_.fault(fmt::format("{} {} ({})", name_in(fault_names, kind), names(nodes), why));
  strike(kind, nodes);
  if (kind != FaultKind::bounce && kind != FaultKind::storm)
    stay((kind == FaultKind::pause || is_partition(kind)) && prng_.chance(1, 2)
             ? beyond_a_session
             : about(options_.interval));
  undo(kind, nodes);
  recorder_.heal(fmt::format("{} {} is over", name_in(fault_names, kind), names(nodes)));
}

Nodes Nemesis::victims(Aim aim, std::string& why) {
  const auto& brokers = deployment_.brokers();
  if (aim == Aim::all) return brokers;
  if (aim == Aim::zookeeper) {
    Nodes servers;
    for (std::size_t at = 0; at < deployment_.recipe().nodes.size(); ++at)
      if (deployment_.node(at).role == Role::zookeeper) servers.push_back(at);
    return {servers[prng_.below(servers.size())]};
  }
  if (aim != Aim::random) {
    const auto metadata = client_.metadata(options_.topics);
    std::optional<std::size_t> found;
    if (metadata && aim == Aim::controller) found = deployment_.broker(metadata->controller_id);
    if (metadata && aim == Aim::leader && !metadata->topics.empty() &&
        !metadata->topics.front().partitions.empty()) {
      const auto& partitions = metadata->topics.front().partitions;
      const auto& partition = partitions[prng_.below(partitions.size())];
      why = fmt::format("leader of {}-{}", options_.topics.front(), partition.partition_index);
      found = deployment_.broker(partition.leader_id);
    }
    if (found) return {*found};
    why += " is not known, one at random";
  }
  return {brokers[prng_.below(brokers.size())]};
}

void Nemesis::strike(FaultKind kind, const Nodes& nodes) {
  switch (kind) {
    case FaultKind::kill:
      for (const std::size_t at : nodes) deployment_.kill(at);
      return;
    case FaultKind::term:
      for (const std::size_t at : nodes)
        if (!deployment_.terminate(at, term_deadline))
          report_.troubles.push_back(deployment_.node(at).name() + " did not stop when told to");
      return;
    case FaultKind::pause:
      report_.pauses += nodes.size();
      for (const std::size_t at : nodes) deployment_.pause(at);
      return;
    case FaultKind::bounce:
      return bounce(nodes);
    case FaultKind::storm:
      for (int i = 0; i < bounces_of_a_storm; ++i) {
        bounce(nodes);
        stay(about(storm_step));
      }
      return;
    default:
      return part(kind, nodes);
  }
}

void Nemesis::part(FaultKind kind, const Nodes& nodes) {
  // Both lists are in one order.
  const auto number = static_cast<int>(kind) - static_cast<int>(FaultKind::isolate);
  ++report_.partitions;
  for (const auto& [from, to] :
       plan_partition(static_cast<PartitionKind>(number), deployment_.recipe().nodes, nodes, prng_))
    if (const auto cut = deployment_.network()->cut(from, to); !cut)
      report_.troubles.push_back(cut.error().detail);
}

void Nemesis::bounce(const Nodes& nodes) {
  for (const std::size_t at : nodes) deployment_.kill(at);
  undo(FaultKind::kill, nodes);
}

void Nemesis::undo(FaultKind kind, const Nodes& nodes) {
  if (is_partition(kind)) {
    if (const auto healed = deployment_.network()->heal(); !healed)
      report_.troubles.push_back(healed.error().detail);
    return;
  }
  for (const std::size_t at : nodes) {
    if (kind == FaultKind::pause) {
      deployment_.resume(at);
    } else if (const auto started = deployment_.start(at); !started) {
      report_.troubles.push_back(started.error().detail);
    }
  }
}

void Nemesis::heal_all() {
  for (std::string& end : deployment_.unexpected_ends())
    report_.unexpected_ends.push_back(std::move(end));
  if (const auto healed = deployment_.heal(); !healed)
    report_.troubles.push_back(healed.error().detail);
  if (!options_.faults.empty()) recorder_.heal("everything");
}

std::string Nemesis::names(const Nodes& nodes) const {
  std::string result;
  for (const std::size_t at : nodes)
    result += (result.empty() ? "" : ", ") + deployment_.node(at).name();
  return result;
}

void Nemesis::stay(milliseconds time) {
  std::this_thread::sleep_until(std::min(Clock::now() + time, until_));
}

milliseconds Nemesis::about(milliseconds mean) {
  return milliseconds(prng_.between(mean.count() / 2, mean.count() * 3 / 2));
}

}  // namespace gregor::jepsen
