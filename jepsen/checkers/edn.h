// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The subset of EDN that Jepsen's histories are written in, turned into JSON and back: maps,
// vectors, lists, sets, strings, integers, keywords and symbols (both become strings), nil, true,
// false; tags such as #jepsen.history.Op are skipped. Keys of maps become strings.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace gregor::jepsen {

// One form and nothing behind it but blanks; else a sentence.
std::expected<nlohmann::json, std::string> edn_to_json(std::string_view text);

// Keys of maps become keywords when they are plain words, and so do the strings that `keyword`
// names: EDN's distinction, which JSON has lost.
std::string json_to_edn(const nlohmann::ordered_json& value, bool (*keyword)(std::string_view));

}  // namespace gregor::jepsen
