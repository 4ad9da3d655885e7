// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Backslashes on a command line: \n \r \t \0 \\ and \xHH.
#pragma once

#include <string>
#include <string_view>

#include "model/result.h"

namespace gregor::cli {

// The character that the backslash at `at` begins; `at` is moved past it. invalid_request if it
// begins none.
model::Result<char> unescape_one(std::string_view text, std::size_t& at);

// A backslash that begins nothing stays.
std::string unescape(std::string_view text);

}  // namespace gregor::cli
