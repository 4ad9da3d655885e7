// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/space_time.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/ranges.h"
#include "simulation/frame_text.h"
#include "simulation/space_time_page.h"

namespace gregor::simulation {
namespace {

using Json = nlohmann::json;

// A lane of its own.
constexpr HostId faults_host{-1};

// Safe inside of a script element.
std::string dumped(const Json& json) {
  std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;)
    text.replace(at, 1, "\\u003c");
  return text;
}

// How the page colours a transition of a trace.
std::string_view kind_of(std::string_view spec, std::string_view transition) {
  if (transition == "BecomeLeader" || transition == "ElectLeader") return "leader";
  if (transition == "BecomeFollower") return "follower";
  if (transition == "AdvanceHighWatermark") return "high watermark";
  if (transition.ends_with("Isr")) return "isr";
  return spec == "Replication" ? "log" : "controller";
}

std::string describe_transition(const Json& line) {
  std::string text = line.value("transition", "?");
  if (line.contains("topic"))
    text += fmt::format(" {}-{}", line["topic"].get<std::string>(), line["partition"].dump());
  constexpr std::array fields = {
      "offset",       "peer",  "role",        "leader",          "epoch",
      "leader_epoch", "isr",   "pending_isr", "log_end",         "high_watermark",
      "broker",       "alive", "phase",       "controller_epoch"};
  for (const char* const field : fields)
    if (line.contains(field)) text += fmt::format(", {} {}", field, line[field].dump());
  return text;
}

}  // namespace

// --- what is seen ---

void SpaceTime::joined(HostId host, std::string_view name) {
  lanes_.try_emplace(host, name);
  hosts_.try_emplace(std::string(name), host);
}

void SpaceTime::enter(HostId host, Time at, std::string_view state) {
  if (const auto before = states_.find(host); before != states_.end()) {
    troubles_[before->second].end = at;
    states_.erase(before);
  }
  if (state == "serving") return;
  states_[host] = troubles_.size();
  troubles_.push_back({host, at, forever, std::string(state)});
}

void SpaceTime::said(Time at, std::string_view who, std::string_view what) {
  now_ = at;
  if (who == "nemesis") return add_mark(faults_host, at, "fault", what);
  if (who == "check") {
    violations_.emplace_back(at, what);
    return add_mark(faults_host, at, "check", what);
  }
  if (who == "world") return add_mark(faults_host, at, "line", what);
  const auto host = hosts_.find(who.substr(0, who.find('.')));  // "broker-1.0": a shard's log
  if (host == hosts_.end() || what.starts_with("asks ")) return;
  constexpr std::array states = {"down", "starting", "serving", "stopping"};
  const bool is_state = base::contains(states, what);
  if (is_state) enter(host->second, at, what);
  add_mark(host->second, at, is_state ? "state" : "line", what);
}

void SpaceTime::traced(Time at, std::string_view line) {
  now_ = at;
  const Json json = Json::parse(line);
  add_mark(HostId(json["node"].get<std::int32_t>()), at,
           kind_of(json["spec"].get<std::string>(), json["transition"].get<std::string>()),
           describe_transition(json));
}

void SpaceTime::passed(const FramePassage& frame) {
  now_ = frame.passage.ended;
  if (frame.is_request) {
    const auto request = describe_request(frame.frame);
    if (!request) return add_message(frame.passage, "bytes", false, "no request");
    asked_[{frame.link, request->correlation}] = {request->name, request->api, request->version};
    return add_message(frame.passage, request->name, false,
                       fmt::format("({}) {}", request->correlation, request->body));
  }
  if (frame.frame.size() < sizeof(std::int32_t)) return;
  const auto correlation = base::load_big_endian<std::int32_t>(frame.frame.data());
  const auto asked = asked_.extract({frame.link, correlation});
  if (!asked) return add_message(frame.passage, "bytes", true, "nobody has asked");
  const auto& [name, api, version] = asked.mapped();
  add_message(frame.passage, name, true,
              fmt::format("({}) {}", correlation, describe_response(api, version, frame.frame)));
}

void SpaceTime::passed(const Passage& passage, std::string_view what) {
  add_message(passage, "ZooKeeper", passage.from == coordination_host, abridged(std::string(what)));
}

void SpaceTime::healed(Time at) {
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    const bool is_state =
        std::ranges::any_of(states_, [i](const auto& state) { return state.second == i; });
    if (!is_state) troubles_[i].end = std::min(troubles_[i].end, at);
  }
}

// --- rows ---

std::size_t SpaceTime::name_number(const std::string& name) {
  const auto [found, is_new] = name_numbers_.try_emplace(name, names_.size());
  if (is_new) names_.push_back(name);
  return found->second;
}

void SpaceTime::add_message(const Passage& passage, const std::string& name, bool is_answer,
                            const std::string& text) {
  const int flags = (passage.lost ? 1 : 0) + (is_answer ? 2 : 0);
  const Json row = {passage.from.value(),
                    passage.to.value(),
                    passage.sent.value(),
                    passage.ended.value(),
                    name_number(name),
                    flags,
                    text};
  rows_.push_back({passage.sent, passage.ended, true, dumped(row)});
}

void SpaceTime::add_mark(HostId host, Time at, std::string_view kind, std::string_view text) {
  const Json row = {host.value(), at.value(), kind, abridged(std::string(text))};
  rows_.push_back({at, at, false, dumped(row)});
}

// --- the page ---

// The latest rows that fit, and from when on they are all there.
std::string SpaceTime::page(std::size_t bytes_max) const {
  std::vector<const Row*> rows;
  rows.reserve(rows_.size());
  for (const Row& row : rows_) rows.push_back(&row);
  // Rows of one instant in the order in which they came.
  std::ranges::sort(rows, std::ranges::greater(),
                    [](const Row* row) { return std::pair(row->end, row); });
  std::size_t kept = 0;
  for (std::size_t bytes = 0; kept < rows.size(); ++kept) {
    bytes += rows[kept]->json.size() + 2;
    if (bytes > bytes_max) break;
  }
  const std::size_t left_out = rows.size() - kept;
  const Time from = left_out == 0 || kept == 0 ? Time(0) : rows[kept - 1]->end;
  rows.resize(kept);
  std::ranges::sort(rows, std::ranges::less(),
                    [](const Row* row) { return std::pair(row->begin, row); });
  std::vector<std::string> messages;
  std::vector<std::string> marks;
  for (const Row* row : rows) (row->is_message ? messages : marks).push_back(row->json);
  return page_around(fmt::format(
      "{{\"title\":{},\"from\":{},\"to\":{},\"left_out\":{},\"lanes\":{},\n"
      "\"violations\":{},\n\"shades\":{},\n\"names\":{},\n"
      "\"messages\":[{}],\n\"marks\":[{}]}}",
      dumped(title_), from.value(), now_.value(), left_out, dumped(lanes()), dumped(violations()),
      dumped(shades()), dumped(names_), fmt::join(messages, ",\n"), fmt::join(marks, ",\n")));
}

// The faults, the coordination service, brokers, clients.
Json SpaceTime::lanes() const {
  Json lanes = {{{"host", faults_host.value()}, {"name", "faults"}}};
  for (const auto& [host, name] : lanes_) lanes.push_back({{"host", host.value()}, {"name", name}});
  return lanes;
}

Json SpaceTime::violations() const {
  Json violations = Json::array();
  for (const auto& [at, what] : violations_) violations.push_back(Json::array({at.value(), what}));
  return violations;
}

Json SpaceTime::shades() const {
  Json shades = Json::array();
  for (const Trouble& trouble : troubles_)
    shades.push_back(Json::array({trouble.host.value(), trouble.begin.value(),
                                  std::min(trouble.end, now_).value(), trouble.what}));
  return shades;
}

}  // namespace gregor::simulation
