// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The order in which Kafka's hash maps hand out their keys, so that a payload written here is the
// payload that Kafka would have written, byte for byte. Nothing depends on it but diffs and golden
// tests: readers of JSON do not care.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gregor::controller {

// Java's hash of an ASCII string: sum of c[i] * 31^(n-1-i), modulo 2^32.
std::uint32_t java_hash(std::string_view text);

// As java.util.Properties orders them (config payloads). Ties go by name.
std::vector<std::string_view> in_properties_order(std::vector<std::string_view> keys);

// As scala.collection.mutable.HashMap orders them (partitions of a topic).
std::vector<std::string> in_scala_order(std::vector<std::string> keys);

}  // namespace gregor::controller
