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

// Text as it grows: with formats that the compiler has taken apart.
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

std::string name_of(const model::TopicPartition& name, const model::TopicId& topic_id) {
  Line line;
  if (model::check_topic_name(name.topic))  // no character of it needs to be escaped
    add(line, FMT_COMPILE(R"(,"topic":"{}")"), name.topic);
  else
    add(line, FMT_COMPILE(R"(,"topic":{})"), controller::json_text(name.topic));
  add(line, FMT_COMPILE(R"(,"topic_id":"{}","partition":{})"), to_string(topic_id),
      name.partition.value());
  return fmt::to_string(line);
}

// Up to the offsets, which change with each record.
std::string state_of(const replication::Variables& after) {
  Line text;
  add(text, FMT_COMPILE(R"(,"role":"{}","leader":{},"epoch":{},"partition_epoch":{})"),
      name_of(after.role), after.leader.value(), after.epoch.value(),
      after.partition_epoch.value());
  const replication::InSyncSets& sets = *after.in_sync;
  add_list(text, "isr", sets.isr);
  const replication::BrokerSet pending = sets.proposed_isr.value_or(replication::BrokerSet());
  add_list(text, "pending_isr", pending);
  replication::BrokerSet maximal = sets.isr;
  maximal.insert(pending.begin(), pending.end());
  add_list(text, "maximal_isr", maximal);
  add(text, FMT_COMPILE(R"(,"start_offset":{})"), after.start_offset.value());
  return fmt::to_string(text);
}

bool is_same_state(const replication::Variables& one, const replication::Variables& other) {
  return one.in_sync == other.in_sync && one.role == other.role && one.leader == other.leader &&
         one.epoch == other.epoch && one.partition_epoch == other.partition_epoch &&
         one.start_offset == other.start_offset;
}

void add_variables(Line& line, const controller::Topic& topic, model::PartitionIndex index) {
  const auto& state = topic.partitions.at(static_cast<std::size_t>(index.value()));
  line.append(name_of({topic.name, index}, topic.id));
  add(line,
      FMT_COMPILE(R"(,"topic_incarnation":{},"leader":{},"leader_epoch":{},"partition_epoch":{})"),
      topic.incarnation.value(), state.leader.value(), state.leader_epoch.value(),
      state.partition_epoch.value());
  add_list(line, "isr", state.isr);
  add_list(line, "replicas", state.replicas);
}

}  // namespace

void Trace::begin_line(model::BrokerId node, std::string_view spec, std::string_view transition) {
  if (head_.size() == 0)
    add(head_,
        FMT_COMPILE(R"({{"node":{},"incarnation":{},"shard":{},"step":{},"wall_ms":{},)"
                    R"("monotonic_ms":{},"spec":")"),
        node.value(), incarnation_, shard_.value(), step_, now_.wall.value(),
        now_.monotonic.value());
  lines_.append(head_);
  lines_.append(spec);
  lines_.append(std::string_view(R"(","transition":")"));
  lines_.append(transition);
  lines_.push_back('"');
}

void Trace::end_line() { lines_.append(std::string_view("}\n")); }

void Trace::note(model::BrokerId node, const model::TopicPartition& partition,
                 const model::TopicId& topic_id, const std::vector<replication::Transition>& made,
                 TracedPartition& text) {
  for (const replication::Transition& one : made) {
    if (one.repeats) continue;
    ASSERT(one.after, "the replica was not told that it is observed");
    if (text.name.empty()) text.name = name_of(partition, topic_id);
    if (!is_same_state(text.of, *one.after)) {
      text.state = state_of(*one.after);
      text.of = *one.after;
    }
    begin_line(node, "Replication", replication::name_of(one.action));
    lines_.append(text.name);
    add(lines_, FMT_COMPILE(R"(,"offset":{})"), one.offset.value());
    if (one.peer != model::no_broker) add(lines_, FMT_COMPILE(R"(,"peer":{})"), one.peer.value());
    lines_.append(text.state);
    add(lines_, FMT_COMPILE(R"(,"log_start":{},"log_end":{},"high_watermark":{})"),
        one.after->log_start.value(), one.after->log_end.value(),
        one.after->high_watermark.value());
    end_line();
  }
}

void Trace::note(model::BrokerId node, const std::vector<controller::Transition>& made) {
  for (const controller::Transition& one : made) {
    begin_line(node, "ControllerElection", controller::name_of(one.action));
    add(lines_, FMT_COMPILE(R"(,"phase":"{}","broker_epoch":{},"controller_epoch":{})"),
        controller::name_of(one.phase), one.broker_epoch.value(), one.office_epoch.value());
    if (one.broker != model::no_broker)
      add(lines_, FMT_COMPILE(R"(,"broker":{})"), one.broker.value());
    if (!one.alive.empty()) add_list(lines_, "alive", one.alive);
    if (one.topic != nullptr) add_variables(lines_, *one.topic, one.partition);
    end_line();
  }
}

}  // namespace gregor::broker
