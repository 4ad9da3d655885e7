// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/trace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/assert.h"
#include "controller/payload.h"

namespace gregor::broker {

namespace {

template <class Brokers>
std::string list(const Brokers& brokers) {
  std::vector<std::int32_t> ids;
  for (const model::BrokerId id : brokers) ids.push_back(id.value());
  return fmt::format("[{}]", fmt::join(ids, ","));
}

std::string_view name_of(replication::Role role) {
  switch (role) {
    case replication::Role::idle:
      return "idle";
    case replication::Role::follower:
      return "follower";
    case replication::Role::leader:
      return "leader";
  }
  std::unreachable();
}

std::string of_partition(const model::TopicPartition& name, const model::TopicId& topic_id) {
  return fmt::format(R"(,"topic":{},"topic_id":"{}","partition":{})",
                     controller::json_text(name.topic), to_string(topic_id),
                     name.partition.value());
}

std::string variables(const replication::Variables& after) {
  replication::BrokerSet maximal = after.isr;
  maximal.insert(after.pending_isr.begin(), after.pending_isr.end());
  return fmt::format(
      R"(,"role":"{}","leader":{},"epoch":{},"partition_epoch":{},"isr":{},"pending_isr":{},)"
      R"("maximal_isr":{},"start_offset":{},"log_start":{},"log_end":{},"high_watermark":{})",
      name_of(after.role), after.leader.value(), after.epoch.value(), after.partition_epoch.value(),
      list(after.isr), list(after.pending_isr), list(maximal), after.start_offset.value(),
      after.log_start.value(), after.log_end.value(), after.high_watermark.value());
}

std::string variables(const controller::Topic& topic, model::PartitionIndex index) {
  const auto& state = topic.partitions.at(static_cast<std::size_t>(index.value()));
  return of_partition({topic.name, index}, topic.id) +
         fmt::format(R"(,"topic_incarnation":{},"leader":{},"leader_epoch":{},)"
                     R"("partition_epoch":{},"isr":{},"replicas":{})",
                     topic.incarnation.value(), state.leader.value(), state.leader_epoch.value(),
                     state.partition_epoch.value(), list(state.isr), list(state.replicas));
}

}  // namespace

std::string Trace::head(model::BrokerId node, std::string_view spec,
                        std::string_view transition) const {
  return fmt::format(
      R"({{"node":{},"incarnation":{},"shard":{},"step":{},"wall_ms":{},"monotonic_ms":{},)"
      R"("spec":"{}","transition":"{}")",
      node.value(), incarnation_, shard_.value(), step_, now_.wall.value(), now_.monotonic.value(),
      spec, transition);
}

void Trace::note(model::BrokerId node, const model::TopicPartition& partition,
                 const model::TopicId& topic_id, const std::vector<replication::Transition>& made) {
  for (const replication::Transition& one : made) {
    if (one.repeats) continue;
    ASSERT(one.after, "the replica was not told that it is observed");
    std::string line = head(node, "Replication", replication::name_of(one.action));
    line += of_partition(partition, topic_id);
    line += fmt::format(R"(,"offset":{})", one.offset.value());
    if (one.peer != model::no_broker) line += fmt::format(R"(,"peer":{})", one.peer.value());
    line += variables(*one.after);
    lines_.push_back(line + "}");
  }
}

void Trace::note(model::BrokerId node, const std::vector<controller::Transition>& made) {
  for (const controller::Transition& one : made) {
    std::string line = head(node, "ControllerElection", controller::name_of(one.action));
    line += fmt::format(R"(,"phase":"{}","broker_epoch":{},"controller_epoch":{})",
                        controller::name_of(one.phase), one.broker_epoch.value(),
                        one.office_epoch.value());
    if (one.broker != model::no_broker) line += fmt::format(R"(,"broker":{})", one.broker.value());
    if (!one.alive.empty()) line += fmt::format(R"(,"alive":{})", list(one.alive));
    if (one.topic != nullptr) line += variables(*one.topic, one.partition);
    lines_.push_back(line + "}");
  }
}

}  // namespace gregor::broker
