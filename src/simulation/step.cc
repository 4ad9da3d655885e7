// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/step.h"

#include <array>
#include <optional>

#include "base/parse_number.h"

namespace gregor::simulation {
namespace {

using Kind = Whom::Kind;

// The rest behind a beginning, if the text has it.
std::optional<std::string_view> behind(std::string_view text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return std::nullopt;
  return text.substr(beginning.size());
}

std::optional<model::TopicPartition> parse_partition(std::string_view text) {
  const auto dash = text.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto index = base::parse_number<std::int32_t>(text.substr(dash + 1));
  if (!index || *index < 0) return std::nullopt;
  return model::TopicPartition{std::string(text.substr(0, dash)), model::PartitionIndex(*index)};
}

std::unexpected<std::string> wrong(std::string_view what, std::string_view text) {
  return std::unexpected(std::string(what) + " \"" + std::string(text) + "\"");
}

std::expected<Whom, std::string> of_partition(Kind kind, std::string_view text) {
  const auto partition = parse_partition(text);
  if (!partition) return wrong("no partition (as orders-0):", text);
  return Whom{.kind = kind, .id = {}, .partition = *partition, .name = {}};
}

std::expected<Whom, std::string> parse_whom(std::string_view text) {
  if (const auto rest = behind(text, "leader of ")) return of_partition(Kind::leader, *rest);
  if (const auto rest = behind(text, "followers of ")) return of_partition(Kind::followers, *rest);
  if (const auto rest = behind(text, "broker ")) {
    const auto id = base::parse_number<std::int32_t>(*rest);
    if (!id) return wrong("no broker:", text);
    return Whom{.kind = Kind::broker, .id = model::BrokerId(*id), .partition = {}, .name = {}};
  }
  constexpr std::array<std::pair<std::string_view, Kind>, 4> words = {
      {{"all brokers", Kind::all_brokers},
       {"controller", Kind::controller},
       {"zookeeper", Kind::zookeeper},
       {"clients", Kind::clients}}};
  for (const auto& [word, kind] : words)
    if (text == word) return Whom{.kind = kind, .id = {}, .partition = {}, .name = {}};
  if (text.empty() || text.contains(' ')) return wrong("nobody can be called", text);
  return Whom{.kind = Kind::called, .id = {}, .partition = {}, .name = std::string(text)};
}

bool is_state(std::string_view text) {
  return text == "down" || text == "starting" || text == "serving" || text == "stopping";
}

std::expected<void, std::string> read_subject(Condition& condition, std::string_view text) {
  using Subject = Condition::Subject;
  const auto leader = behind(text, "leader of ");
  const auto isr = behind(text, "isr of ");
  if (leader || isr) {
    const auto partition = parse_partition(leader ? *leader : *isr);
    if (!partition) return wrong("no partition (as orders-0):", leader ? *leader : *isr);
    condition.partition = *partition;
    condition.subject = leader ? Subject::leader : Subject::isr;
    return {};
  }
  if (text == "controller") {
    condition.subject = Subject::controller;
    return {};
  }
  auto who = parse_group(text);
  if (!who) return std::unexpected(who.error());
  condition.subject = Subject::state;
  condition.who = std::move(*who);
  return {};
}

}  // namespace

std::string_view name_of(Deed deed) {
  constexpr std::array<std::string_view, 15> names = {"call",
                                                      "kill",
                                                      "power_off",
                                                      "restart",
                                                      "pause",
                                                      "cut",
                                                      "block",
                                                      "slow",
                                                      "expire_session",
                                                      "lose_connection",
                                                      "silence_zookeeper",
                                                      "fill_disk",
                                                      "fail_disk",
                                                      "replace_disk",
                                                      "expect"};
  return names.at(static_cast<std::size_t>(deed));
}

std::expected<Group, std::string> parse_group(std::string_view text) {
  Group group;
  if (text == "nobody") return group;
  while (true) {
    const auto comma = text.find(", ");
    auto whom = parse_whom(text.substr(0, comma));
    if (!whom) return std::unexpected(whom.error());
    group.push_back(std::move(*whom));
    if (comma == std::string_view::npos) return group;
    text.remove_prefix(comma + 2);
  }
}

std::expected<Condition, std::string> parse_condition(std::string_view text) {
  using Relation = Condition::Relation;
  constexpr std::array<std::pair<std::string_view, Relation>, 4> relations = {
      {{" is not ", Relation::is_not},
       {" is ", Relation::is},
       {" has ", Relation::has},
       {" lacks ", Relation::lacks}}};
  for (const auto& [word, relation] : relations) {
    const auto at = text.find(word);
    if (at == std::string_view::npos) continue;
    Condition condition;
    condition.relation = relation;
    condition.text = text;
    if (auto read = read_subject(condition, text.substr(0, at)); !read)
      return std::unexpected(read.error());
    const std::string_view rest = text.substr(at + word.size());
    if (is_state(rest) != (condition.subject == Condition::Subject::state))
      return wrong("that cannot be so:", text);
    if (is_state(rest)) {
      condition.state = rest;
      return condition;
    }
    auto others = parse_group(rest);
    if (!others) return std::unexpected(others.error());
    condition.others = std::move(*others);
    return condition;
  }
  return wrong("no condition (with is, is not, has or lacks):", text);
}

}  // namespace gregor::simulation
