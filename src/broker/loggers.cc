// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/loggers.h"

#include <fmt/format.h>

#include <string>

#include "model/settings_alter.h"

namespace gregor::broker {

using model::ErrorCode;
using model::fail;

namespace {

using Change = protocol::IncrementalAlterConfigsRequest::AlterableConfig;

model::Result<LogLevel> judge(const Change& change) {
  const auto operation = static_cast<model::AlterOperation>(change.config_operation);
  const bool sets = operation == model::AlterOperation::set;
  if (!sets && operation != model::AlterOperation::remove)
    return fail(ErrorCode::invalid_request,
                fmt::format("Operation {} is not for log levels.", change.config_operation));
  if (sets && !change.value)
    return fail(ErrorCode::invalid_request,
                fmt::format("Null value not supported for : {}", change.name));
  if (change.name != root_logger)
    return fail(ErrorCode::invalid_config, fmt::format("Logger {} does not exist!", change.name));
  if (!sets)
    return fail(ErrorCode::invalid_request,
                "The root logger inherits no level, so its own cannot be removed.");
  const auto level = log_level_of(*change.value);
  if (!level)
    return fail(ErrorCode::invalid_config,
                fmt::format("Logger {} has no level {}; there are {}.", change.name, *change.value,
                            all_log_levels()));
  return *level;
}

}  // namespace

model::Result<std::optional<LogLevel>> judge_logger_changes(
    const protocol::IncrementalAlterConfigsRequest::AlterConfigsResource& wanted) {
  std::optional<LogLevel> level;
  for (const Change& change : wanted.configs) {
    const auto judged = judge(change);
    if (!judged) return fail(judged.error());
    if (level) return fail(ErrorCode::invalid_request, "Error due to duplicate config keys");
    level = *judged;
  }
  return level;
}

}  // namespace gregor::broker
