// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/records.h"

#include <utility>

#include "group/consumer_records.h"
#include "group/record_bytes.h"
#include "protocol/messages/consumer_protocol.h"

namespace gregor::group {

namespace {

using model::ApiVersion;
using model::fail;
using model::Result;
using namespace protocol;

constexpr std::int16_t legacy_offset_type = 0;
constexpr std::int16_t offset_type = 1;
constexpr std::int16_t group_type = 2;
constexpr std::int16_t written_version = 3;
// The last that carries an expiry of the client's own.
constexpr std::int16_t expiring_version = 1;

base::Bytes offset_key(const std::string& group, const std::string& topic, std::int32_t partition) {
  OffsetCommitKey key;
  key.group = group;
  key.topic = topic;
  key.partition = partition;
  return bytes_of(offset_type, key, 0);
}

base::Bytes group_key(const std::string& group) {
  GroupMetadataKey key;
  key.group = group;
  return bytes_of(group_type, key, 0);
}

Result<Change> parse_offset(base::BytesView key, std::optional<base::BytesView> value) {
  const auto named = take<OffsetCommitKey>(key, 0);
  if (!named) return fail(named.error());
  OffsetChange out{named->group, named->topic, named->partition, std::nullopt};
  if (!value) return out;
  const auto stored = take_value<OffsetCommitValue>(*value);
  if (!stored) return fail(stored.error());
  out.offset = CommittedOffset{.offset = model::Offset(stored->offset),
                               .leader_epoch = model::LeaderEpoch(stored->leader_epoch),
                               .metadata = stored->metadata,
                               .committed_at = model::Timestamp(stored->commit_timestamp),
                               .expires_at = model::Timestamp(stored->expire_timestamp)};
  return out;
}

Result<Change> parse_group(base::BytesView key, std::optional<base::BytesView> value) {
  const auto named = take<GroupMetadataKey>(key, 0);
  if (!named) return fail(named.error());
  if (!value) return GroupChange{named->group, std::nullopt};
  auto stored = take_value<GroupMetadataValue>(*value);
  if (!stored) return fail(stored.error());
  return GroupChange{named->group, std::move(*stored)};
}

}  // namespace

StoredRecord offset_record(const std::string& group, const std::string& topic,
                           std::int32_t partition, const CommittedOffset& offset) {
  const bool expires = offset.expires_at != model::no_timestamp;
  OffsetCommitValue value;
  value.offset = offset.offset.value();
  value.metadata = offset.metadata;
  value.commit_timestamp = offset.committed_at.value();
  if (expires)
    value.expire_timestamp = offset.expires_at.value();
  else
    value.leader_epoch = offset.leader_epoch.value();
  const std::int16_t version = expires ? expiring_version : written_version;
  return {offset_key(group, topic, partition), bytes_of(version, value, version)};
}

StoredRecord offset_tombstone(const std::string& group, const std::string& topic,
                              std::int32_t partition) {
  return {offset_key(group, topic, partition), std::nullopt};
}

StoredRecord group_record(const std::string& group, const GroupMetadataValue& value) {
  return {group_key(group), bytes_of(written_version, value, written_version)};
}

StoredRecord group_tombstone(const std::string& group) { return {group_key(group), std::nullopt}; }

Result<Change> parse_record(std::optional<base::BytesView> key,
                            std::optional<base::BytesView> value) {
  if (!key)
    return fail(model::ErrorCode::corrupt_message, "a record of the offsets topic has no key");
  const auto type = take_prefix(*key);
  if (!type) return fail(type.error());
  if (*type == legacy_offset_type || *type == offset_type) return parse_offset(*key, value);
  if (*type == group_type) return parse_group(*key, value);
  if (!is_consumer_record(*type)) return OtherChange{*type};
  auto change = parse_consumer_record(*type, *key, value);
  if (!change) return fail(change.error());
  if (!*change) return ObsoleteChange{};
  return std::move(**change);
}

std::optional<std::vector<std::string>> topics_of_subscription(base::BytesView metadata) {
  const auto version = take_prefix(metadata);
  if (!version || *version < 0) return std::nullopt;
  // What all versions begin with; newer ones add to its end.
  auto subscription = decode<ConsumerProtocolSubscription>(metadata, ApiVersion{0});
  if (!subscription) return std::nullopt;
  return std::move(subscription->topics);
}

}  // namespace gregor::group
