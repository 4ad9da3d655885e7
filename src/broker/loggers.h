// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The logger of the program as clients see it: a resource of DescribeConfigs and
// IncrementalAlterConfigs that belongs to one broker and to this run of it. There is one, called
// root as in Kafka.
#pragma once

#include <optional>
#include <string_view>

#include "broker/log_level.h"
#include "model/result.h"
#include "protocol/messages/incremental_alter_configs.h"

namespace gregor::broker {

inline constexpr std::string_view root_logger = "root";

// The level that the changes come to; nullopt: no change. Errors are Kafka's: invalid_config for
// loggers and levels that do not exist, invalid_request for what cannot be done with a level.
model::Result<std::optional<LogLevel>> judge_logger_changes(
    const protocol::IncrementalAlterConfigsRequest::AlterConfigsResource& wanted);

}  // namespace gregor::broker
