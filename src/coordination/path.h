// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Paths of znodes: "/", or "/" and names separated by "/".
#pragma once

#include <string>
#include <string_view>

namespace gregor::coordination {

// By ZooKeeper's rules: absolute, no empty name, no "." or "..", no trailing "/", UTF-8 without
// control characters, private-use characters and characters beyond the basic plane.
bool is_valid_path(std::string_view path);

// "/a/b" -> "/a", "/a" -> "/". The path is valid and not "/".
std::string_view parent_of(std::string_view path);
// "/a/b" -> "b". The path is valid and not "/".
std::string_view name_of(std::string_view path);
// "/", "b" -> "/b"; "/a", "b" -> "/a/b".
std::string child_path(std::string_view parent, std::string_view name);

}  // namespace gregor::coordination
