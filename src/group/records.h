// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The records of the offsets topic, in Kafka's formats.
//   key   := i16 type, the key message: 0 and 1 an offset, 2 a classic group, others those of
//            consumer_records.h, or not ours
//   value := i16 version, the value message; no value: the key is deleted
// Written are offsets in version 3 (1 where a client of old asks for an expiry of its own) and
// groups in version 3; read are all versions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "group/consumer_group.h"
#include "group/offsets.h"
#include "model/result.h"
#include "protocol/messages/group_records.h"

namespace gregor::group {

struct StoredRecord {
  base::Bytes key;
  std::optional<base::Bytes> value;
};

StoredRecord offset_record(const std::string& group, const std::string& topic,
                           std::int32_t partition, const CommittedOffset& offset);
StoredRecord offset_tombstone(const std::string& group, const std::string& topic,
                              std::int32_t partition);
StoredRecord group_record(const std::string& group, const protocol::GroupMetadataValue& value);
StoredRecord group_tombstone(const std::string& group);

struct OffsetChange {
  std::string group;
  std::string topic;
  std::int32_t partition = 0;
  std::optional<CommittedOffset> offset;  // none: deleted
};
struct GroupChange {
  std::string group;
  std::optional<protocol::GroupMetadataValue> value;  // none: deleted
};
struct ObsoleteChange {};  // of what is not kept any more
struct OtherChange {       // of a kind of group that is not ours
  std::int16_t type = 0;
};
using Change = std::variant<OffsetChange, GroupChange, ConsumerChange, ObsoleteChange, OtherChange>;

// corrupt_message when it is none of the formats.
model::Result<Change> parse_record(std::optional<base::BytesView> key,
                                   std::optional<base::BytesView> value);

// The topics that a member subscribes to, out of what it hands to its group's leader; nullopt if
// that is not in the format of consumers.
std::optional<std::vector<std::string>> topics_of_subscription(base::BytesView metadata);

}  // namespace gregor::group
