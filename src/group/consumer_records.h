// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The records of consumer groups in the offsets topic, in Kafka's formats (records.h has the
// envelope). Key types: 3 epoch, 5 member, 6 epoch of the target assignment, 7 target of a member,
// 8 current assignment of a member, 16 pattern. 4 is what older releases kept of topics in place of
// a hash: it is read and forgotten.
// The hash of the topics' metadata is Gregor's own: a coordinator that computes another one sees a
// change, and begins a new epoch with the same assignment.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "group/consumer_group.h"
#include "group/records.h"
#include "model/result.h"

namespace gregor::group {

bool is_consumer_record(std::int16_t key_type);

StoredRecord record_of(const ConsumerChange& change);

// `key` is what follows the type; nullopt: a record of no use any more.
model::Result<std::optional<ConsumerChange>> parse_consumer_record(
    std::int16_t key_type, base::BytesView key, std::optional<base::BytesView> value);

}  // namespace gregor::group
