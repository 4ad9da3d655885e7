// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/trace.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/assert.h"
#include "controller/payload.h"
#include "model/topic_name.h"

namespace gregor::broker {

namespace {

// A line as it grows: text is added to one buffer, with formats that the compiler has taken apart,
// because a busy leader writes two lines for each request.
using Line = fmt::memory_buffer;

template <class... Values>
void add(Line& line, const Values&... values) {
  fmt::format_to(fmt::appender(line), values...);
}

template <class Brokers>
void add_list(Line& line, std::string_view name, const Brokers& brokers) {
  add(line, FMT_COMPILE(R"(,"{}":[)"), name);
  bool first = true;
  for (const model::BrokerId id : brokers) {
    if (!std::exchange(first, false)) line.push_back(',');
    add(line, FMT_COMPILE("{}"), id.value());
  }
  line.push_back(']');
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

void add_partition(Line& line, const model::TopicPartition& name, const model::TopicId& topic_id) {
  if (model::check_topic_name(name.topic))  // no character of it needs to be escaped
    add(line, FMT_COMPILE(R"(,"topic":"{}")"), name.topic);
  else
    add(line, FMT_COMPILE(R"(,"topic":{})"), controller::json_text(name.topic));
  add(line, FMT_COMPILE(R"(,"topic_id":"{}","partition":{})"), to_string(topic_id),
      name.partition.value());
}

void add_variables(Line& line, const replication::Variables& after) {
  add(line, FMT_COMPILE(R"(,"role":"{}","leader":{},"epoch":{},"partition_epoch":{})"),
      name_of(after.role), after.leader.value(), after.epoch.value(),
      after.partition_epoch.value());
  add_list(line, "isr", after.isr);
  add_list(line, "pending_isr", after.pending_isr);
  replication::BrokerSet maximal = after.pending_isr;
  if (!maximal.empty()) maximal.insert(after.isr.begin(), after.isr.end());
  add_list(line, "maximal_isr", maximal.empty() ? after.isr : maximal);
  add(line, FMT_COMPILE(R"(,"start_offset":{},"log_start":{},"log_end":{},"high_watermark":{})"),
      after.start_offset.value(), after.log_start.value(), after.log_end.value(),
      after.high_watermark.value());
}

void add_variables(Line& line, const controller::Topic& topic, model::PartitionIndex index) {
  const auto& state = topic.partitions.at(static_cast<std::size_t>(index.value()));
  add_partition(line, {topic.name, index}, topic.id);
  add(line,
      FMT_COMPILE(R"(,"topic_incarnation":{},"leader":{},"leader_epoch":{},"partition_epoch":{})"),
      topic.incarnation.value(), state.leader.value(), state.leader_epoch.value(),
      state.partition_epoch.value());
  add_list(line, "isr", state.isr);
  add_list(line, "replicas", state.replicas);
}

}  // namespace

void Trace::begin_line(model::BrokerId node, std::string_view spec, std::string_view transition) {
  line_.clear();
  add(line_,
      FMT_COMPILE(R"({{"node":{},"incarnation":{},"shard":{},"step":{},"wall_ms":{},)"
                  R"("monotonic_ms":{},"spec":"{}","transition":"{}")"),
      node.value(), incarnation_, shard_.value(), step_, now_.wall.value(), now_.monotonic.value(),
      spec, transition);
}

void Trace::end_line() {
  line_.push_back('}');
  lines_.emplace_back(line_.data(), line_.size());
}

void Trace::note(model::BrokerId node, const model::TopicPartition& partition,
                 const model::TopicId& topic_id, const std::vector<replication::Transition>& made) {
  for (const replication::Transition& one : made) {
    if (one.repeats) continue;
    ASSERT(one.after, "the replica was not told that it is observed");
    begin_line(node, "Replication", replication::name_of(one.action));
    add_partition(line_, partition, topic_id);
    add(line_, FMT_COMPILE(R"(,"offset":{})"), one.offset.value());
    if (one.peer != model::no_broker) add(line_, FMT_COMPILE(R"(,"peer":{})"), one.peer.value());
    add_variables(line_, *one.after);
    end_line();
  }
}

void Trace::note(model::BrokerId node, const std::vector<controller::Transition>& made) {
  for (const controller::Transition& one : made) {
    begin_line(node, "ControllerElection", controller::name_of(one.action));
    add(line_, FMT_COMPILE(R"(,"phase":"{}","broker_epoch":{},"controller_epoch":{})"),
        controller::name_of(one.phase), one.broker_epoch.value(), one.office_epoch.value());
    if (one.broker != model::no_broker)
      add(line_, FMT_COMPILE(R"(,"broker":{})"), one.broker.value());
    if (!one.alive.empty()) add_list(line_, "alive", one.alive);
    if (one.topic != nullptr) add_variables(line_, *one.topic, one.partition);
    end_line();
  }
}

}  // namespace gregor::broker
