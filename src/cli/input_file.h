// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Files that a command line names.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "model/result.h"
#include "model/settings_properties.h"

namespace gregor::cli {

// A file that is not there is an error, too (invalid_request).
model::Result<base::Bytes> read_input_file(const std::string& path);

// What is wrong in it is said with its path.
model::Result<std::vector<model::Property>> read_properties_file(const std::string& path);

}  // namespace gregor::cli
