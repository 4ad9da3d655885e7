// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Frames in words that fit a line: a message as JSON (protocol/json.h), with what is long cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace gregor::simulation {

struct RequestText {
  std::string name;  // "Fetch v17"
  std::int16_t api = 0;
  std::int16_t version = 0;
  std::int32_t correlation = 0;
  std::string body;
};

// nullopt: no request. Frames come without their length prefix.
std::optional<RequestText> describe_request(base::BytesView frame);
// The answer to a request of this API and version.
std::string describe_response(std::int16_t api, std::int16_t version, base::BytesView frame);

// Strings in it that are long, and all of it if it is long, end with "…".
std::string abridged(const std::string& json);

}  // namespace gregor::simulation
