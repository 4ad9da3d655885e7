// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Consumer groups in tests: topics whose ids spell their names, and changes as lines of text.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/image.h"
#include "group/consumer_group.h"

namespace gregor::group::test {

inline model::TopicId id_of_topic(std::string_view name) {
  model::TopicId id;
  for (std::size_t at = 0; at < name.size() && at < id.bytes.size(); ++at)
    id.bytes[at] = static_cast<std::uint8_t>(name[at]);
  return id;
}
inline std::string name_of_topic(const model::TopicId& id) {
  std::string out;
  for (const std::uint8_t byte : id.bytes)
    if (byte != 0) out += static_cast<char>(byte);
  return out;
}

struct TopicOfTest {
  std::string name;
  std::int32_t partitions = 1;
  std::string id = {};  // empty: as the name
};
inline std::shared_ptr<const controller::Image> cluster_of(const std::vector<TopicOfTest>& topics) {
  auto out = std::make_shared<controller::Image>();
  for (const TopicOfTest& one : topics) {
    auto topic = std::make_shared<controller::Topic>();
    topic->name = one.name;
    topic->id = id_of_topic(one.id.empty() ? one.name : one.id);
    topic->partitions.resize(static_cast<std::size_t>(one.partitions));
    out->put(std::move(topic));
  }
  return out;
}

// "t:0+1 u:2"; "nothing".
inline std::string text_of(const Partitions& partitions) {
  std::string out;
  model::TopicId last;
  for (const TopicIdPartition& one : partitions) {
    if (out.empty() || one.topic != last)
      out += fmt::format("{}{}:", out.empty() ? "" : " ", name_of_topic(one.topic));
    else
      out += "+";
    out += std::to_string(one.partition);
    last = one.topic;
  }
  return out.empty() ? "nothing" : out;
}

inline std::string_view text_of(MemberState state) {
  switch (state) {
    case MemberState::stable:
      return "stable";
    case MemberState::unrevoked_partitions:
      return "unrevoked";
    case MemberState::unreleased_partitions:
      return "unreleased";
  }
  return "";
}

struct TellChange {
  std::string operator()(const EpochChange& change) const {
    return change.value ? fmt::format("epoch {}", change.value->epoch) : "group removed";
  }
  std::string operator()(const MemberChange& change) const {
    if (!change.value) return "member " + change.member + " removed";
    std::string out =
        fmt::format("member {} wants {}", change.member, fmt::join(change.value->topics, "+"));
    if (!change.value->pattern.empty()) out += " like " + change.value->pattern;
    if (change.value->instance_id) out += " instance " + *change.value->instance_id;
    if (change.value->assignor) out += " by " + *change.value->assignor;
    if (change.value->classic) out += " classic";
    return out;
  }
  std::string operator()(const PatternChange& change) const {
    if (!change.value) return "pattern " + change.pattern + " removed";
    return fmt::format("pattern {} is {}", change.pattern, fmt::join(change.value->topics, "+"));
  }
  std::string operator()(const TargetEpochChange& change) const {
    return change.value ? fmt::format("target epoch {}", *change.value) : "target removed";
  }
  std::string operator()(const TargetChange& change) const {
    if (!change.value) return "target of " + change.member + " removed";
    return fmt::format("target of {} {}", change.member, text_of(*change.value));
  }
  std::string operator()(const CurrentChange& change) const {
    if (!change.value) return "place of " + change.member + " removed";
    std::string out =
        fmt::format("place of {} epoch {} {} has {}", change.member, change.value->epoch,
                    text_of(change.value->state), text_of(change.value->assigned));
    if (!change.value->pending_revocation.empty())
      out += " gives up " + text_of(change.value->pending_revocation);
    return out;
  }
};

inline std::string text_of(const ConsumerChange& change) {
  const auto group = std::visit([](const auto& one) { return one.group; }, change);
  return group + ": " + std::visit(TellChange{}, change);
}

}  // namespace gregor::group::test
