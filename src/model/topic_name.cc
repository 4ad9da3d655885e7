// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/topic_name.h"

#include <algorithm>
#include <string>

namespace gregor::model {

Result<> check_topic_name(std::string_view name) {
  const auto invalid = [](std::string why) {
    return fail(ErrorCode::invalid_topic_exception, "Topic name is invalid: " + std::move(why));
  };
  if (name.empty()) return invalid("the empty string is not allowed");
  if (name == "." || name == "..") return invalid("'.' or '..' is not allowed");
  if (name.size() > topic_name_length_max)
    return invalid("the length of '" + std::string(name) +
                   "' is longer than the max allowed length " +
                   std::to_string(topic_name_length_max));
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (!std::ranges::all_of(name, allowed))
    return invalid("'" + std::string(name) +
                   "' contains one or more characters other than ASCII alphanumerics, '.', '_' "
                   "and '-'");
  return {};
}

}  // namespace gregor::model
