// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Lines as `gregor jepsen` writes them, read at once, without a document in between: a history of a
// million operations has gigabytes of documents.
#pragma once

#include <optional>
#include <string_view>

#include "jepsen/checkers/history.h"

namespace gregor::jepsen {

// Nothing for every line that is not exactly of this form, which the reader of any JSON then reads,
// or refuses: the fields time, process, type, f, value and perhaps error, in this order and without
// blanks; integers of 64 bits; strings without escapes.
std::optional<Entry> read_plain_line(std::string_view line);

}  // namespace gregor::jepsen
