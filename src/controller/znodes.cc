// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/znodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/parse_number.h"
#include "controller/java_order.h"
#include "controller/payload.h"

namespace gregor::controller::znode {

namespace {

std::string list(const std::vector<model::BrokerId>& brokers) {
  std::string out = "[";
  for (const model::BrokerId id : brokers) {
    if (out.size() > 1) out += ',';
    out += to_string(id);
  }
  return out += ']';
}

// {"0":[1],"1":[2]} of the partitions whose list is not empty, or of all.
std::string lists(const std::vector<Assignment>& partitions,
                  std::vector<model::BrokerId> Assignment::* member, bool all) {
  std::vector<std::string> keys;
  for (std::size_t at = 0; at < partitions.size(); ++at)
    if (all || !(partitions[at].*member).empty()) keys.push_back(std::to_string(at));
  std::string out = "{";
  for (const std::string& key : in_scala_order(std::move(keys))) {
    if (out.size() > 1) out += ',';
    std::size_t at = 0;
    std::from_chars(key.data(), key.data() + key.size(), at);
    out += fmt::format("\"{}\":{}", key, list(partitions[at].*member));
  }
  return out += '}';
}

std::optional<std::size_t> index_of(std::string_view text) {
  const auto at = base::parse_number<std::size_t>(text);
  return at && std::to_string(*at) == text ? at : std::nullopt;
}

}  // namespace

// --- topics ---

std::string encode(const TopicAssignment& assignment) {
  const std::string id =
      assignment.id.is_zero() ? "" : fmt::format("\"topic_id\":\"{}\",", to_string(assignment.id));
  return fmt::format(
      R"({{"partitions":{},{}"adding_replicas":{},"removing_replicas":{},"version":3}})",
      lists(assignment.partitions, &Assignment::replicas, true), id,
      lists(assignment.partitions, &Assignment::adding, false),
      lists(assignment.partitions, &Assignment::removing, false));
}

model::Result<TopicAssignment> decode_topic(std::string_view payload) {
  PayloadReader reader("topic", payload);
  TopicAssignment out;
  if (reader.has("topic_id")) {
    const auto id = model::parse_uuid(reader.text("topic_id"));
    if (!id) reader.fault("'topic_id' is no id");
    out.id = id.value_or(model::TopicId{});
  }
  if (!reader.has("partitions")) reader.fault("'partitions' is missing");
  const auto members = reader.members("partitions");
  out.partitions.resize(members.size());
  for (const auto& [key, value] : members) {  // keys differ, so n of them below n leave no gap
    const auto at = index_of(key);
    if (!at || *at >= members.size())
      reader.fault(fmt::format("{} partitions, but one has the number '{}'", members.size(), key));
    else
      out.partitions[*at].replicas = reader.broker_list(*value);
  }
  for (auto [name, member] : {std::pair{"adding_replicas", &Assignment::adding},
                              std::pair{"removing_replicas", &Assignment::removing}})
    for (const auto& [key, value] : reader.members(name)) {
      const auto at = index_of(key);
      if (!at || *at >= out.partitions.size())
        reader.fault(fmt::format("'{}' names a partition '{}'", name, key));
      else
        out.partitions[*at].*member = reader.broker_list(*value);
    }
  return reader.result(std::move(out));
}

std::string encode(const PartitionState& state) {
  return fmt::format(
      R"({{"controller_epoch":{},"leader":{},"version":1,"leader_epoch":{},"isr":{}{}{}}})",
      state.controller_epoch.value(), state.leader.value(), state.leader_epoch.value(),
      list(state.isr), state.recovering ? R"(,"leader_recovery_state":1)" : "",
      state.eligible.empty() ? "" : R"(,"eligible_leader_replicas":)" + list(state.eligible));
}

model::Result<PartitionState> decode_state(std::string_view payload) {
  PayloadReader reader("partition state", payload);
  PartitionState out;
  out.controller_epoch = model::ControllerEpoch(reader.int32("controller_epoch"));
  out.leader = model::BrokerId(reader.int32("leader"));
  out.leader_epoch = model::LeaderEpoch(reader.int32("leader_epoch"));
  out.isr = reader.broker_list("isr");
  if (reader.has("leader_recovery_state"))
    out.recovering = reader.int32("leader_recovery_state") == 1;
  if (reader.has("eligible_leader_replicas"))
    out.eligible = reader.broker_list("eligible_leader_replicas");
  if (out.leader < model::no_broker) reader.fault("'leader' is below -1");
  if (out.leader_epoch.value() < 0) reader.fault("'leader_epoch' is negative");
  return reader.result(std::move(out));
}

// --- the controller and the cluster ---

std::string encode(const ControllerRegistration& registration) {
  return fmt::format(R"({{"version":2,"brokerid":{},"timestamp":"{}","kraftControllerEpoch":-1}})",
                     registration.broker.value(), registration.timestamp.value());
}

model::Result<ControllerRegistration> decode_controller(std::string_view payload) {
  PayloadReader reader("controller", payload);
  ControllerRegistration out;
  out.broker = model::BrokerId(reader.int32("brokerid"));
  out.timestamp = model::Timestamp(reader.has("timestamp") ? reader.quoted_number("timestamp")
                                                           : model::no_timestamp.value());
  return reader.result(out);
}

std::string encode(model::ControllerEpoch epoch) { return to_string(epoch); }

model::Result<model::ControllerEpoch> decode_controller_epoch(std::string_view payload) {
  const auto epoch = base::parse_number<std::int32_t>(payload);
  if (!epoch || *epoch < 0)
    return fail(model::ErrorCode::corrupt_message, "controller epoch: not a number");
  return model::ControllerEpoch(*epoch);
}

std::string encode_cluster_id(std::string_view id) {
  return fmt::format(R"({{"version":"1","id":{}}})", json_text(id));
}

model::Result<std::string> decode_cluster_id(std::string_view payload) {
  PayloadReader reader("cluster id", payload);
  std::string id = reader.text("id");
  if (id.empty()) reader.fault("'id' is empty");
  return reader.result(std::move(id));
}

std::string encode(const ProducerIds& block) {
  return fmt::format(R"({{"version":1,"broker":{},"block_start":"{}","block_end":"{}"}})",
                     block.broker.value(), block.first.value(), block.last.value());
}

model::Result<ProducerIds> decode_producer_ids(std::string_view payload) {
  PayloadReader reader("producer id block", payload);
  ProducerIds out;
  out.broker = model::BrokerId(reader.int32("broker"));
  out.first = model::ProducerId(reader.quoted_number("block_start"));
  out.last = model::ProducerId(reader.quoted_number("block_end"));
  if (out.first.value() < 0 || out.last < out.first) reader.fault("the block is empty");
  return reader.result(out);
}

// --- configs and features ---

std::string encode(const Configs& configs) {
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : configs) keys.emplace_back(key);
  std::string out = R"({"version":1,"config":{)";
  bool first = true;
  for (const std::string_view key : in_properties_order(std::move(keys))) {
    if (!std::exchange(first, false)) out += ',';
    out += json_text(key) + ':' + json_text(configs.find(key)->second);
  }
  return out += "}}";
}

model::Result<Configs> decode_configs(std::string_view payload) {
  Configs out;
  if (payload.empty()) return out;
  PayloadReader reader("configs", payload);
  for (const auto& [key, value] : reader.members("config")) out.emplace(key, reader.text(*value));
  return reader.result(std::move(out));
}

std::string encode_config_change(std::string_view entity_path) {
  return fmt::format(R"({{"version":2,"entity_path":{}}})", json_text(entity_path));
}

model::Result<std::string> decode_config_change(std::string_view payload) {
  PayloadReader reader("config change", payload);
  const bool by_path = reader.has("entity_path");
  std::string path = by_path ? reader.text("entity_path")
                             : reader.text("entity_type") + "/" + reader.text("entity_name");
  return reader.result(std::move(path));
}

std::string encode_log_dir_event(model::BrokerId broker) {
  return fmt::format(R"({{"version":1,"broker":{},"event":1}})", broker.value());
}

model::Result<model::BrokerId> decode_log_dir_event(std::string_view payload) {
  PayloadReader reader("log folder event", payload);
  const model::BrokerId broker(reader.int32("broker"));
  return reader.result(broker);
}

std::string encode(const Features& features) {
  std::string levels;
  for (const auto& [name, level] : features.levels)
    levels += fmt::format(R"({}{}:{{"max_version_level":{}}})", levels.empty() ? "" : ",",
                          json_text(name), level);
  return fmt::format(R"({{"features":{{{}}},"version":2,"status":{}}})", levels,
                     features.enabled ? 1 : 0);
}

model::Result<Features> decode_features(std::string_view payload) {
  PayloadReader reader("features", payload);
  Features out;
  out.enabled = reader.int32("status") == 1;
  for (const auto& [name, range] : reader.members("features"))
    out.levels.emplace(name, reader.int32(*range, "max_version_level"));
  return reader.result(std::move(out));
}

}  // namespace gregor::controller::znode
