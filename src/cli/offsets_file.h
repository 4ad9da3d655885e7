// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The file that says up to where records are to be deleted, as kafka-delete-records reads it:
//   {"partitions": [{"topic": "orders", "partition": 0, "offset": 42}], "version": 1}
// Offset -1 is the end of the partition.
#pragma once

#include <map>
#include <string_view>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::cli {

// invalid_request names what is wrong, also a partition that is named twice.
model::Result<std::map<model::TopicPartition, model::Offset>> parse_offsets_file(
    std::string_view text);

}  // namespace gregor::cli
