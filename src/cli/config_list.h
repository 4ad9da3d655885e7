// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Settings on a command line, as kafka-configs reads them:
//   list := pair (',' pair)*      pair := key '=' (value | '[' value ']')
// Commas inside square brackets belong to the value.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/result.h"

namespace gregor::cli {

using ConfigPairs = std::vector<std::pair<std::string, std::string>>;

model::Result<ConfigPairs> parse_config_list(const std::string& text);

// "a,b": without blanks, empty names left out.
std::vector<std::string> parse_name_list(const std::string& text);

}  // namespace gregor::cli
