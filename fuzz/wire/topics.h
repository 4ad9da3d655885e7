// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The topics of a run: made before it, deleted after it, known by their prefix.
#pragma once

#include <string>
#include <vector>

#include "cli/client_options.h"
#include "model/result.h"
#include "model/uuid.h"

namespace gregor::fuzz::wire {

// Names that traffic uses: two of topics that are there, and two that it may make.
std::vector<std::string> topic_names(const std::string& prefix);

// Makes the first two, unless they are there; their ids, where the broker tells them.
model::Result<std::vector<model::Uuid>> make_topics(const cli::ClientOptions& options,
                                                    const std::string& prefix);

// Deletes every topic with the prefix; how many.
model::Result<std::size_t> delete_topics(const cli::ClientOptions& options,
                                         const std::string& prefix);

}  // namespace gregor::fuzz::wire
