// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The frame that Kafka's textual checkpoints share:
//   checkpoint := version "\n" count "\n" line*        version 0; count: of the lines, each of
//   which
//                                                      ends with "\n"
// A torn or garbled file shows by its count, by a line that does not parse, or by an end within a
// line: "1 5" may be the beginning of "1 51\n".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "model/result.h"

namespace gregor::log {

// The lines, which refer to `bytes`. corrupt_message unless version and count are right.
model::Result<std::vector<std::string_view>> checkpoint_lines(base::BytesView bytes);

// A decimal number that fills the text, perhaps negative.
std::optional<std::int64_t> parse_number(std::string_view text);

// "a b c" -> "a b", "c"; without a space: "", text.
std::pair<std::string_view, std::string_view> split_last_word(std::string_view text);

}  // namespace gregor::log
