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
constexpr int bounces_of_a_storm = 4;
constexpr milliseconds storm_step{700};
constexpr milliseconds slowest{400};          // of a slow network, one way
constexpr std::uint64_t slow_line = 200'000;  // bytes a second
constexpr std::uint64_t most_lost_percent = 30;

constexpr std::array<std::pair<std::string_view, FaultKind>, 20> fault_names{
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
     {"ring", FaultKind::ring},
     {"slow-network", FaultKind::slow_network},
     {"lossy-network", FaultKind::lossy_network},
     {"disk-error", FaultKind::disk_error},
     {"disk-full", FaultKind::disk_full},
     {"disk-slow", FaultKind::disk_slow},
     {"power-loss", FaultKind::power_loss},
     {"bit-flip", FaultKind::bit_flip},
     {"truncate", FaultKind::truncate},
     {"clock", FaultKind::clock}}};

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

bool is_partition(FaultKind kind) { return kind >= FaultKind::isolate && kind <= FaultKind::ring; }

bool is_bad_link(FaultKind kind) {
  return kind == FaultKind::slow_network || kind == FaultKind::lossy_network;
}

bool needs_library(FaultKind kind) { return kind >= FaultKind::disk_error; }

bool is_at_rest(FaultKind kind) {
  return kind == FaultKind::power_loss || kind == FaultKind::bit_flip ||
         kind == FaultKind::truncate;
}

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
  if (deployment.network() == nullptr || !deployment.network()->relayed())
    std::erase_if(options_.faults, is_bad_link);
  if (deployment.faults(0) == nullptr) std::erase_if(options_.faults, needs_library);
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

void Nemesis::look_after_nodes() {
  for (const std::string& name : deployment_.start_refused_again())
    recorder_.fault(name + " would not start yet, and is started again");
  for (std::string& end : deployment_.unexpected_ends()) {
    recorder_.fault(end + ", by itself");
    report_.unexpected_ends.push_back(std::move(end));
  }
}

void Nemesis::one_fault() {
  look_after_nodes();
  const FaultKind kind = options_.faults[prng_.below(options_.faults.size())];
  // What only the victim is in sync with would be gone.
  if (is_at_rest(kind) && !wait_until_in_sync()) return;
  const Aim aim = options_.aims[prng_.below(options_.aims.size())];
  std::string why{name_in(aim_names, aim)};
  Nodes nodes = victims(aim, why);
  if (needs_library(kind) && kind != FaultKind::clock) nodes = minority(std::move(nodes));
  ++report_.faults;
  recorder_.fault(fmt::format("{} {} ({})", name_in(fault_names, kind), names(nodes), why));
  strike(kind, nodes);
  if (kind != FaultKind::bounce && kind != FaultKind::storm)
    stay((kind == FaultKind::pause || is_partition(kind) || is_bad_link(kind)) && prng_.chance(1, 2)
             ? beyond_a_session
             : about(options_.interval));
  undo(kind, nodes);
  if (is_at_rest(kind)) wait_for_recovery();
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
      if (is_partition(kind)) return part(kind, nodes);
      if (is_bad_link(kind)) return worsen(kind, nodes);
      for (const std::size_t at : nodes) hurt(kind, at);
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

void Nemesis::worsen(FaultKind kind, const Nodes& nodes) {
  Quality quality;
  if (kind == FaultKind::slow_network) {
    quality.delay = milliseconds(prng_.between(5, slowest.count()));
    quality.jitter = quality.delay / 2;
    if (prng_.chance(1, 2)) quality.bytes_per_second = prng_.below(slow_line) + slow_line / 10;
  } else {
    quality = {.jitter = milliseconds(prng_.between(0, 20)),
               .reorders = true,
               .lost_percent = static_cast<std::uint32_t>(1 + prng_.below(most_lost_percent)),
               .doubled_percent = static_cast<std::uint32_t>(prng_.below(20))};
  }
  recorder_.fault(fmt::format("{} to {} ms, {} bytes/s, {}% lost, {}% doubled",
                              quality.delay.count(), (quality.delay + quality.jitter).count(),
                              quality.bytes_per_second, quality.lost_percent,
                              quality.doubled_percent));
  for (const std::size_t at : nodes) deployment_.network()->worsen(at, quality);
}

void Nemesis::bounce(const Nodes& nodes) {
  for (const std::size_t at : nodes) deployment_.kill(at);
  undo(FaultKind::kill, nodes);
}

void Nemesis::undo(FaultKind kind, const Nodes& nodes) {
  if (is_partition(kind) || is_bad_link(kind)) {
    if (const auto healed = deployment_.network()->heal(); !healed)
      report_.troubles.push_back(healed.error().detail);
    return;
  }
  for (const std::size_t at : nodes) {
    if (needs_library(kind)) deployment_.faults(at)->heal();
    if (kind == FaultKind::disk_slow || kind == FaultKind::clock) continue;
    if (kind == FaultKind::pause) {
      deployment_.resume(at);
      continue;
    }
    // A disk that has failed is not asked again: the broker must begin anew.
    if (kind == FaultKind::disk_error || kind == FaultKind::disk_full) deployment_.kill(at);
    if (const auto started = deployment_.start(at); !started)
      report_.troubles.push_back(started.error().detail);
  }
}

void Nemesis::heal_all() {
  count_hits();
  look_after_nodes();
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
