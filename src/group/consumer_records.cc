// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/consumer_records.h"

#include <bit>
#include <utility>

#include "group/record_bytes.h"
#include "protocol/messages/group_records.h"

namespace gregor::group {

namespace {

using model::fail;
using model::Result;
using namespace protocol;

constexpr std::int16_t epoch_type = 3;
constexpr std::int16_t member_type = 5;
constexpr std::int16_t target_epoch_type = 6;
constexpr std::int16_t target_type = 7;
constexpr std::int16_t current_type = 8;
constexpr std::int16_t pattern_type = 16;
constexpr std::int16_t version = 0;

template <class Key>
StoredRecord record(std::int16_t type, const Key& key, bool has_value, MessageView value) {
  StoredRecord out{bytes_of(type, key, version), std::nullopt};
  if (has_value) out.value = bytes_of(version, value, version);
  return out;
}

struct Encode {
  StoredRecord operator()(const EpochChange& change) const {
    const ConsumerGroupMetadataKey key{change.group};
    ConsumerGroupMetadataValue value;
    if (change.value) {
      value.epoch = change.value->epoch;
      value.metadata_hash = std::bit_cast<std::int64_t>(change.value->metadata_hash);
    }
    return record(epoch_type, key, change.value.has_value(), value);
  }
  StoredRecord operator()(const MemberChange& change) const {
    const ConsumerGroupMemberMetadataKey key{change.group, change.member};
    ConsumerGroupMemberMetadataValue value;
    if (change.value) value = message_of(*change.value);
    return record(member_type, key, change.value.has_value(), value);
  }
  StoredRecord operator()(const PatternChange& change) const {
    const ConsumerGroupRegularExpressionKey key{change.group, change.pattern};
    ConsumerGroupRegularExpressionValue value;
    if (change.value) {
      value.topics.assign(change.value->topics.begin(), change.value->topics.end());
      value.version = change.value->version;
      value.timestamp = change.value->resolved_at.value();
    }
    return record(pattern_type, key, change.value.has_value(), value);
  }
  StoredRecord operator()(const TargetEpochChange& change) const {
    const ConsumerGroupTargetAssignmentMetadataKey key{change.group};
    ConsumerGroupTargetAssignmentMetadataValue value;
    value.assignment_epoch = change.value.value_or(0);
    return record(target_epoch_type, key, change.value.has_value(), value);
  }
  StoredRecord operator()(const TargetChange& change) const {
    using Value = ConsumerGroupTargetAssignmentMemberValue;
    const ConsumerGroupTargetAssignmentMemberKey key{change.group, change.member};
    Value value;
    if (change.value) value.topic_partitions = entries_of<Value::TopicPartition>(*change.value);
    return record(target_type, key, change.value.has_value(), value);
  }
  StoredRecord operator()(const CurrentChange& change) const {
    using Value = ConsumerGroupCurrentMemberAssignmentValue;
    const ConsumerGroupCurrentMemberAssignmentKey key{change.group, change.member};
    Value value;
    if (change.value) {
      value.member_epoch = change.value->epoch;
      value.previous_member_epoch = change.value->previous_epoch;
      value.state = static_cast<std::int8_t>(change.value->state);
      value.assigned_partitions = entries_of<Value::TopicPartitions>(change.value->assigned);
      value.partitions_pending_revocation =
          entries_of<Value::TopicPartitions>(change.value->pending_revocation);
    }
    return record(current_type, key, change.value.has_value(), value);
  }

 private:
  static ConsumerGroupMemberMetadataValue message_of(const MemberMetadata& member) {
    ConsumerGroupMemberMetadataValue value;
    value.instance_id = member.instance_id;
    value.rack_id = member.rack_id;
    value.client_id = member.client_id;
    value.client_host = member.client_host;
    value.subscribed_topic_names.assign(member.topics.begin(), member.topics.end());
    value.subscribed_topic_regex = member.pattern;  // empty, not null: as Kafka
    value.rebalance_timeout_ms = member.rebalance_timeout_ms;
    value.server_assignor = member.assignor;
    value.classic_member_metadata.reset();
    if (member.classic) {
      auto& classic = value.classic_member_metadata.emplace();
      classic.session_timeout_ms = member.classic->session_timeout_ms;
      for (const Protocol& one : member.classic->protocols) {
        auto& protocol = classic.supported_protocols.emplace_back();
        protocol.name = one.name;
        protocol.metadata = one.metadata;
      }
    }
    return value;
  }
};

MemberMetadata metadata_of(ConsumerGroupMemberMetadataValue value) {
  MemberMetadata out;
  out.instance_id = std::move(value.instance_id);
  out.rack_id = std::move(value.rack_id);
  out.client_id = std::move(value.client_id);
  out.client_host = std::move(value.client_host);
  out.topics.insert(value.subscribed_topic_names.begin(), value.subscribed_topic_names.end());
  out.pattern = value.subscribed_topic_regex.value_or("");
  out.rebalance_timeout_ms = value.rebalance_timeout_ms;
  out.assignor = std::move(value.server_assignor);
  // One without a protocol cannot be spoken to in the classic way.
  const auto& stored = value.classic_member_metadata;
  if (stored && !stored->supported_protocols.empty()) {
    ClassicSide& classic = out.classic.emplace();
    classic.session_timeout_ms = value.classic_member_metadata->session_timeout_ms;
    for (auto& one : value.classic_member_metadata->supported_protocols)
      classic.protocols.push_back({std::move(one.name), std::move(one.metadata)});
  }
  return out;
}

EpochChange::Value value_of(const ConsumerGroupMetadataValue& stored) {
  return {stored.epoch, std::bit_cast<std::uint64_t>(stored.metadata_hash)};
}

ResolvedPattern value_of(const ConsumerGroupRegularExpressionValue& stored) {
  return {{stored.topics.begin(), stored.topics.end()},
          stored.version,
          model::Timestamp(stored.timestamp)};
}

CurrentAssignment value_of(const ConsumerGroupCurrentMemberAssignmentValue& stored) {
  CurrentAssignment out;
  out.epoch = stored.member_epoch;
  out.previous_epoch = stored.previous_member_epoch;
  out.assigned = partitions_of(stored.assigned_partitions);
  out.pending_revocation =
      in_first_only(partitions_of(stored.partitions_pending_revocation), out.assigned);
  // A state that a later release has added is one in which the member is not settled.
  out.state = MemberState::unreleased_partitions;
  if (stored.state == static_cast<std::int8_t>(MemberState::stable))
    out.state = MemberState::stable;
  if (stored.state == static_cast<std::int8_t>(MemberState::unrevoked_partitions))
    out.state = MemberState::unrevoked_partitions;
  return out;
}

using Parsed = Result<std::optional<ConsumerChange>>;
using Value = std::optional<base::BytesView>;

// Reads the value, if there is one, as Stored, and puts what `convert` makes of it into the change.
template <Message Stored, class Change, class Convert>
Parsed with_value(Change change, Value value, Convert convert) {
  if (!value) return std::optional<ConsumerChange>(std::move(change));
  auto stored = take_value<Stored>(*value);
  if (!stored) return fail(stored.error());
  change.value = convert(std::move(*stored));
  return std::optional<ConsumerChange>(std::move(change));
}

Parsed parse_epoch(base::BytesView bytes, Value value) {
  auto key = take<ConsumerGroupMetadataKey>(bytes, version);
  if (!key) return fail(key.error());
  return with_value<ConsumerGroupMetadataValue>(
      EpochChange{key->group_id, {}}, value, [](const auto& stored) { return value_of(stored); });
}
Parsed parse_member(base::BytesView bytes, Value value) {
  auto key = take<ConsumerGroupMemberMetadataKey>(bytes, version);
  if (!key) return fail(key.error());
  return with_value<ConsumerGroupMemberMetadataValue>(
      MemberChange{key->group_id, key->member_id, {}}, value,
      [](auto stored) { return metadata_of(std::move(stored)); });
}
Parsed parse_target_epoch(base::BytesView bytes, Value value) {
  auto key = take<ConsumerGroupTargetAssignmentMetadataKey>(bytes, version);
  if (!key) return fail(key.error());
  return with_value<ConsumerGroupTargetAssignmentMetadataValue>(
      TargetEpochChange{key->group_id, {}}, value,
      [](const auto& stored) { return stored.assignment_epoch; });
}
Parsed parse_target(base::BytesView bytes, Value value) {
  auto key = take<ConsumerGroupTargetAssignmentMemberKey>(bytes, version);
  if (!key) return fail(key.error());
  return with_value<ConsumerGroupTargetAssignmentMemberValue>(
      TargetChange{key->group_id, key->member_id, {}}, value,
      [](const auto& stored) { return partitions_of(stored.topic_partitions); });
}
Parsed parse_current(base::BytesView bytes, Value value) {
  auto key = take<ConsumerGroupCurrentMemberAssignmentKey>(bytes, version);
  if (!key) return fail(key.error());
  return with_value<ConsumerGroupCurrentMemberAssignmentValue>(
      CurrentChange{key->group_id, key->member_id, {}}, value,
      [](const auto& stored) { return value_of(stored); });
}
Parsed parse_pattern(base::BytesView bytes, Value value) {
  auto key = take<ConsumerGroupRegularExpressionKey>(bytes, version);
  if (!key) return fail(key.error());
  return with_value<ConsumerGroupRegularExpressionValue>(
      PatternChange{key->group_id, key->regular_expression, {}}, value,
      [](const auto& stored) { return value_of(stored); });
}

}  // namespace

bool is_consumer_record(std::int16_t type) {
  return (type >= epoch_type && type <= current_type) || type == pattern_type;
}

StoredRecord record_of(const ConsumerChange& change) { return std::visit(Encode{}, change); }

Parsed parse_consumer_record(std::int16_t type, base::BytesView key, Value value) {
  switch (type) {
    case epoch_type:
      return parse_epoch(key, value);
    case member_type:
      return parse_member(key, value);
    case target_epoch_type:
      return parse_target_epoch(key, value);
    case target_type:
      return parse_target(key, value);
    case current_type:
      return parse_current(key, value);
    case pattern_type:
      return parse_pattern(key, value);
    default:
      return std::optional<ConsumerChange>();
  }
}

}  // namespace gregor::group
