// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Reads JSON payloads of znodes, which anybody may have written: each getter gives the value or, if
// it is not there or not of that kind, notes the first fault and gives something harmless.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::controller {

class PayloadReader {
 public:
  using Json = nlohmann::json;

  // `what` names the payload in errors: "broker registration".
  PayloadReader(std::string_view what, std::string_view payload);

  [[nodiscard]] bool has(const char* key) const { return member(key) != nullptr; }
  std::int32_t int32(const char* key);
  bool boolean(const char* key);
  // A number in quotes, as Kafka writes 64-bit ones.
  std::int64_t quoted_number(const char* key);
  std::string text(const char* key);
  std::vector<model::BrokerId> broker_list(const char* key);
  // The members of an object; absent is empty.
  std::vector<std::pair<std::string, const Json*>> members(const char* key);
  std::vector<const Json*> elements(const char* key);  // of a list

  // Of values inside members.
  std::vector<model::BrokerId> broker_list(const Json& value);
  std::string text(const Json& value);
  std::int32_t int32(const Json& object, const char* key);

  void fault(std::string detail);
  [[nodiscard]] bool good() const { return !fault_; }
  // The value that was read, or the first fault.
  template <class T>
  model::Result<T> result(T value) {
    if (fault_) return fail(model::ErrorCode::corrupt_message, what_ + ": " + *fault_);
    return value;
  }

 private:
  [[nodiscard]] const Json* member(const char* key) const;
  const Json& require(const char* key);

  std::string what_;
  Json root_;
  std::optional<std::string> fault_;
};

// "text" with quotes and escapes; bytes that are no UTF-8 become the replacement character.
std::string json_text(std::string_view text);

}  // namespace gregor::controller
