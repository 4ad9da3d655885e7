// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where runs are kept, in Jepsen's layout: store/<test>/<time>/, and links named latest to the
// newest of a test and of all.
#pragma once

#include <filesystem>
#include <string>

#include "model/result.h"

namespace gregor::jepsen {

// Makes the folder of a new run;  is when it begins ("20261121T150000.123Z").
model::Result<std::filesystem::path> make_run_folder(const std::filesystem::path& store,
                                                     const std::string& test,
                                                     const std::string& time);

// The present moment as names of runs have it.
std::string time_for_names();

}  // namespace gregor::jepsen
