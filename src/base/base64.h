// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Base64 (RFC 4648): with the standard alphabet and padding, or with that for URLs and without.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace gregor::base {

std::string to_base64(BytesView bytes);
// nullopt for what to_base64 would not have written: other characters, missing padding, surplus
// bits.
std::optional<Bytes> from_base64(std::string_view text);

std::string to_base64url(BytesView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace gregor::base
