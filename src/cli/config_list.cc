// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/config_list.h"

#include <fmt/format.h>

#include <algorithm>

namespace gregor::cli {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

model::Result<ConfigPairs> parse_config_list(const std::string& text) {
  ConfigPairs pairs;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t equals = text.find('=', at);
    const std::size_t comma = text.find(',', at);
    const std::string key =
        equals == std::string::npos ? "" : trimmed(text.substr(at, equals - at));
    if (key.empty() || comma < equals)
      return model::fail(model::ErrorCode::invalid_config,
                         fmt::format("'{}' is no list of KEY=VALUE", text));
    const bool bracketed = equals + 1 < text.size() && text[equals + 1] == '[';
    const std::size_t first = equals + 1 + (bracketed ? 1 : 0);
    const std::size_t last = std::min(text.find(bracketed ? ']' : ',', first), text.size());
    if (bracketed && (last == text.size() || (last + 1 < text.size() && text[last + 1] != ',')))
      return model::fail(model::ErrorCode::invalid_config,
                         fmt::format("'{}': a '[' is not closed where the value ends", text));
    pairs.emplace_back(key, trimmed(text.substr(first, last - first)));
    at = last + (bracketed ? 2 : 1);
  }
  return pairs;
}

std::vector<std::string> parse_name_list(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (std::string name = trimmed(text.substr(at, end - at)); !name.empty())
      names.push_back(std::move(name));
    at = end + 1;
  }
  return names;
}

}  // namespace gregor::cli
