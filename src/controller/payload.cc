// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/payload.h"

#include <fmt/format.h>

#include "base/parse_number.h"
#include "coordination/znode_tree.h"

namespace gregor::controller {

namespace {

std::optional<std::int64_t> integer(const PayloadReader::Json& value, std::int64_t low,
                                    std::int64_t high) {
  if (!value.is_number_integer()) return std::nullopt;
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > largest) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  return number < low || number > high ? std::nullopt : std::optional(number);
}

std::optional<std::int32_t> int32_of(const PayloadReader::Json& value, std::int32_t low) {
  const auto number = integer(value, low, std::numeric_limits<std::int32_t>::max());
  return number ? std::optional(static_cast<std::int32_t>(*number)) : std::nullopt;
}

}  // namespace

PayloadReader::PayloadReader(std::string_view what, std::string_view payload) : what_(what) {
  if (payload.size() > coordination::znode_bytes_max) {
    fault(fmt::format("{} bytes, more than a znode holds", payload.size()));
    return;
  }
  root_ = Json::parse(payload, nullptr, false);
  if (!root_.is_object()) fault("not a JSON object");
}

void PayloadReader::fault(std::string detail) {
  if (!fault_) fault_ = std::move(detail);
}

const PayloadReader::Json* PayloadReader::member(const char* key) const {
  if (!root_.is_object()) return nullptr;
  const auto found = root_.find(key);
  return found == root_.end() || found->is_null() ? nullptr : &*found;
}

const PayloadReader::Json& PayloadReader::require(const char* key) {
  static const Json none;
  if (const Json* value = member(key)) return *value;
  fault(fmt::format("'{}' is missing", key));
  return none;
}

std::int32_t PayloadReader::int32(const char* key) {
  const auto number = int32_of(require(key), std::numeric_limits<std::int32_t>::min());
  if (!number) fault(fmt::format("'{}' is not a 32-bit number", key));
  return number.value_or(0);
}

bool PayloadReader::boolean(const char* key) {
  const Json& value = require(key);
  if (!value.is_boolean()) fault(fmt::format("'{}' is neither true nor false", key));
  return value.is_boolean() && value.get<bool>();
}

std::int64_t PayloadReader::quoted_number(const char* key) {
  const auto value = base::parse_number<std::int64_t>(text(key));
  if (!value) fault(fmt::format("'{}' is not a number in quotes", key));
  return value.value_or(0);
}

std::string PayloadReader::text(const char* key) { return text(require(key)); }

std::string PayloadReader::text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  fault("a text is not in quotes");
  return {};
}

std::vector<model::BrokerId> PayloadReader::broker_list(const char* key) {
  return broker_list(require(key));
}

std::vector<model::BrokerId> PayloadReader::broker_list(const Json& value) {
  std::vector<model::BrokerId> out;
  if (!value.is_array()) fault("a list of brokers is not a list");
  if (!value.is_array()) return out;
  out.reserve(value.size());
  for (const Json& id : value) {
    const auto number = int32_of(id, 0);
    if (!number) fault("a broker's id is not a number from 0 to 2147483647");
    out.emplace_back(number.value_or(0));
  }
  return out;
}

std::int32_t PayloadReader::int32(const Json& object, const char* key) {
  static const Json none;
  const auto found = object.is_object() ? object.find(key) : object.end();
  const bool there = object.is_object() && found != object.end();
  const auto number = int32_of(there ? *found : none, std::numeric_limits<std::int32_t>::min());
  if (!number) fault(fmt::format("'{}' is missing or no 32-bit number", key));
  return number.value_or(0);
}

std::vector<std::pair<std::string, const PayloadReader::Json*>> PayloadReader::members(
    const char* key) {
  std::vector<std::pair<std::string, const Json*>> out;
  const Json* object = member(key);
  if (object == nullptr) return out;
  if (!object->is_object()) fault(fmt::format("'{}' is not an object", key));
  if (!object->is_object()) return out;
  for (const auto& [name, value] : object->items()) out.emplace_back(name, &value);
  return out;
}

std::vector<const PayloadReader::Json*> PayloadReader::elements(const char* key) {
  std::vector<const Json*> out;
  const Json& list = require(key);
  if (!list.is_array()) fault(fmt::format("'{}' is not a list", key));
  if (!list.is_array()) return out;
  for (const Json& value : list) out.push_back(&value);
  return out;
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace gregor::controller
