// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/assert.h"
#include "base/overloaded.h"
#include "base/parse_number.h"
#include "base/ranges.h"
#include "controller/znode_paths.h"

namespace gregor::controller {

namespace {

using base::contains;
using base::distinct;
using base::Overloaded;

std::optional<std::int32_t> number_of(std::string_view name) {
  const auto number = base::parse_number<std::int32_t>(name);
  return number && *number >= 0 ? number : std::nullopt;
}

template <class T>
model::Result<T> named(std::string_view path, model::Result<T> decoded) {
  if (!decoded) decoded.error().detail = fmt::format("{}: {}", path, decoded.error().detail);
  return decoded;
}

std::string config_path(const ConfigRead& read) { return znode::config(read.resource); }

}  // namespace

Loader::Loader(Scope scope) : scope_(scope), todo_{BrokerList{}} {
  if (scope == Scope::brokers) return;
  for (Read read : std::initializer_list<Read>{TopicList{}, DeletionList{}, ConfigChangeList{},
                                               ProducerIdBlockRead{}, FeatureRead{}})
    todo_.push_back(std::move(read));
  for (const std::string_view kind : znode::config_kinds())
    todo_.emplace_back(ConfigList{std::string(kind)});
}

std::vector<Read> Loader::next() {
  std::vector<Read> out;
  while (!todo_.empty() && in_flight_ < reads_in_flight_max) {
    out.push_back(std::move(todo_.front()));
    todo_.pop_front();
    ++in_flight_;
  }
  return out;
}

coordination::Operation Loader::operation_of(const Read& read) {
  using coordination::GetChildren;
  using coordination::GetData;
  using Operation = coordination::Operation;
  const auto children = [](std::string_view path) -> Operation {
    return GetChildren{std::string(path), false};
  };
  const auto data = [](std::string_view path) -> Operation {
    return GetData{std::string(path), false};
  };
  return std::visit(
      Overloaded{
          [&](const BrokerList&) -> Operation {
            return GetChildren{std::string(znode::broker_ids), true};
          },
          [&](const TopicList&) { return children(znode::topics); },
          [&](const ConfigList& r) { return children(znode::configs_of(r.kind)); },
          [&](const DeletionList&) { return children(znode::delete_topics); },
          [&](const ConfigChangeList&) { return children(znode::config_changes); },
          [&](const PartitionList& r) { return children(znode::partitions(r.topic)); },
          [&](const ProducerIdBlockRead&) { return data(znode::producer_id_block); },
          [&](const FeatureRead&) { return data(znode::feature); },
          [&](const BrokerRead& r) { return data(znode::broker(r.id)); },
          [&](const TopicRead& r) { return data(znode::topic(r.name)); },
          [&](const StateRead& r) { return data(znode::partition_state(r.topic, r.partition)); },
          [&](const ConfigRead& r) { return data(config_path(r)); }},
      read);
}

model::Result<> Loader::take(const Read& read, const coordination::Reply& reply) {
  ASSERT(in_flight_ > 0);
  --in_flight_;
  if (reply.status == coordination::Status::no_node) return {};
  if (reply.status != coordination::Status::ok)
    return fail(model::ErrorCode::unknown_server_error,
                fmt::format("reading the coordination tree: ZooKeeper status {}",
                            static_cast<std::int32_t>(reply.status)));
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { this->on(one, std::declval<const Children&>()); })
          on(one, std::get<Children>(reply.content));
        else
          on(one, std::get<Data>(reply.content));
      },
      read);
  return {};
}

// --- the whole ---

namespace {

// What is wrong with a partition that has a state; "" if nothing.
std::string_view contradiction_in(const Partition& partition) {
  if (partition.replicas.empty()) return "no replicas";
  if (!distinct(partition.replicas)) return "a replica is named twice";
  const auto is_replica = [&](model::BrokerId id) { return contains(partition.replicas, id); };
  if (!std::ranges::all_of(partition.adding, is_replica) ||
      !std::ranges::all_of(partition.removing, is_replica))
    return "a replica is added or removed that is none";
  if (partition.partition_epoch.value() < 0) return "";
  if (partition.isr.empty()) return "no replica is in sync";
  if (!distinct(partition.isr)) return "an in-sync replica is named twice";
  if (!std::ranges::all_of(partition.isr, is_replica))
    return "an in-sync replica is none of the replicas";
  if (partition.leader != model::no_broker && !contains(partition.isr, partition.leader))
    return "the leader is not in sync";
  if (!distinct(partition.eligible)) return "an eligible replica is named twice";
  for (const model::BrokerId id : partition.eligible)
    if (!is_replica(id) || contains(partition.isr, id))
      return "an eligible replica is in sync, or none of the replicas";
  return "";
}

}  // namespace

void Loader::note_fault(const std::string& topic, std::string what) {
  loaded_.faults.push_back(std::move(what));
  if (!topic.empty()) loaded_.findings.unreadable.insert(topic);
}

Loader::Loaded Loader::finish() {
  ASSERT(done());
  Findings& findings = loaded_.findings;
  std::map<model::TopicId, std::string> names;
  for (const auto& [name, topic] : topics_) {
    for (std::size_t at = 0; at < topic.partitions.size(); ++at)
      if (const auto wrong = contradiction_in(topic.partitions[at]); !wrong.empty())
        note_fault(name, fmt::format("{}, partition {}: {}", znode::topic(name), at, wrong));
    if (topic.id.is_zero()) continue;
    const auto [same, fresh] = names.emplace(topic.id, name);
    if (!fresh)
      note_fault(name, fmt::format("topics {} and {} have the same id", same->second, name));
  }
  for (const std::string& name : findings.unreadable) {
    const auto topic = topics_.find(name);
    if (topic == topics_.end()) continue;
    // That it is not in the image must not mean to anybody that it is gone.
    loaded_.as_of =
        std::min(loaded_.as_of, coordination::Zxid(topic->second.incarnation.value() - 1));
    topics_.erase(topic);
    findings.incomplete.erase(name);
  }
  for (auto& [name, topic] : topics_) {
    const auto& partitions = findings.incomplete.at(name).partitions;
    if (std::ranges::all_of(partitions, [](Presence p) { return p == Presence::complete; }))
      findings.incomplete.erase(name);
    findings.image.put(std::make_shared<const Topic>(std::move(topic)));
  }
  return std::move(loaded_);
}

// --- lists ---

void Loader::on(const BrokerList&, const Children& children) {
  for (const std::string& name : children.names)
    if (const auto id = number_of(name)) todo_.emplace_back(BrokerRead{model::BrokerId(*id)});
}

void Loader::on(const TopicList&, const Children& children) {
  loaded_.as_of = children.stat.pzxid;
  for (const std::string& name : children.names) todo_.emplace_back(TopicRead{name});
}

void Loader::on(const ConfigList& read, const Children& children) {
  for (const std::string& name : children.names) {
    if (const auto resource = znode::resource_of(read.kind + "/" + name))
      todo_.emplace_back(ConfigRead{*resource});
    if (read.kind == "users") todo_.emplace_back(ConfigList{znode::clients_of(name)});
  }
  if (children.names.empty() && read.kind.ends_with("/clients"))
    loaded_.findings.empty_folders.push_back(znode::configs_of(read.kind));
}

void Loader::on(const DeletionList&, const Children& children) {
  loaded_.findings.marked.insert(children.names.begin(), children.names.end());
}

void Loader::on(const ConfigChangeList&, const Children& children) {
  loaded_.config_changes = children.names;
}

void Loader::on(const PartitionList& read, const Children& children) {
  Incomplete& incomplete = loaded_.findings.incomplete.at(read.topic);
  incomplete.has_partitions = true;
  for (const std::string& name : children.names) {
    const auto index = number_of(name);
    if (!index || static_cast<std::size_t>(*index) >= incomplete.partitions.size()) continue;
    incomplete.partitions[static_cast<std::size_t>(*index)] = Presence::bare;
    todo_.emplace_back(StateRead{read.topic, model::PartitionIndex(*index)});
  }
}

// --- what they name ---

void Loader::on(const ProducerIdBlockRead&, const Data& data) {
  loaded_.producer_ids.version = data.stat.version;
  if (data.data.empty()) return;
  auto block = named(znode::producer_id_block, znode::decode_producer_ids(data.data));
  loaded_.producer_ids.readable = block.has_value();
  if (!block) return note_fault({}, block.error().detail);
  loaded_.producer_ids.last = *block;
}

void Loader::on(const FeatureRead&, const Data&) { loaded_.findings.has_features = true; }

void Loader::on(const BrokerRead& read, const Data& data) {
  auto registration = named(znode::broker(read.id), znode::decode_broker(data.data));
  if (!registration) return note_fault({}, registration.error().detail);
  if (std::exchange(registration->unclean_shutdown, false))
    loaded_.findings.unclean.insert_or_assign(
        read.id, coordination::SetData{znode::broker(read.id), znode::encode(*registration),
                                       data.stat.version});
  loaded_.findings.image.brokers.insert_or_assign(
      read.id, Broker{.id = read.id,
                      .epoch = model::BrokerEpoch(data.stat.czxid.value()),
                      .endpoints = std::move(registration->endpoints),
                      .rack = std::move(registration->rack)});
}

// Every topic counts as incomplete until the states of all its partitions are known.
void Loader::on(const TopicRead& read, const Data& data) {
  Topic topic{.name = read.name, .id = {}, .partitions = {}, .incarnation = data.stat.czxid};
  auto assignment = named(znode::topic(read.name), znode::decode_topic(data.data));
  if (!assignment) {
    note_fault(read.name, assignment.error().detail);
  } else if (assignment->partitions.empty()) {
    note_fault(read.name, fmt::format("{}: no partitions", znode::topic(read.name)));
  } else {
    topic.id = assignment->id;
    for (znode::Assignment& one : assignment->partitions) {
      Partition& partition = topic.partitions.emplace_back();
      partition.replicas = std::move(one.replicas);
      partition.adding = std::move(one.adding);
      partition.removing = std::move(one.removing);
      partition.partition_epoch = model::PartitionEpoch{-1};
    }
    todo_.emplace_back(PartitionList{read.name});
  }
  loaded_.findings.incomplete[read.name].partitions.resize(topic.partitions.size());
  topics_.insert_or_assign(read.name, std::move(topic));
}

void Loader::on(const StateRead& read, const Data& data) {
  auto state =
      named(znode::partition_state(read.topic, read.partition), znode::decode_state(data.data));
  if (!state) return note_fault(read.topic, state.error().detail);
  const auto index = static_cast<std::size_t>(read.partition.value());
  Partition& partition = topics_.at(read.topic).partitions.at(index);
  partition.leader = state->leader;
  partition.leader_epoch = state->leader_epoch;
  partition.isr = std::move(state->isr);
  partition.eligible = std::move(state->eligible);
  partition.recovering = state->recovering;
  partition.controller_epoch = state->controller_epoch;
  partition.partition_epoch = model::PartitionEpoch(data.stat.version);
  loaded_.findings.incomplete.at(read.topic).partitions[index] = Presence::complete;
  loaded_.findings.births.note({read.topic, read.partition}, data.stat.czxid);
  if (partition.replicas.size() > 1)
    loaded_.findings.written.emplace(model::TopicPartition{read.topic, read.partition},
                                     data.stat.mzxid);
}

void Loader::on(const ConfigRead& read, const Data& data) {
  auto configs = named(config_path(read), znode::decode_configs(data.data));
  if (!configs) return note_fault({}, configs.error().detail);
  loaded_.findings.image.configs.insert_or_assign(
      read.resource, std::make_shared<const Configs>(std::move(*configs)));
}

}  // namespace gregor::controller
