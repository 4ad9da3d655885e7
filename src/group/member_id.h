// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <optional>
#include <string>

#include "group/requests.h"

namespace gregor::group {

// The id of a new member of the classic protocol: what it is called, and what nobody else has.
std::string new_member_id(const Request& from, const std::optional<std::string>& instance_id);

}  // namespace gregor::group
