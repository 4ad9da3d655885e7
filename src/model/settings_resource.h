// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What consumer groups and subscriptions to client metrics can be set to: the tables, and their
// content as DescribeConfigs gives it. Nothing is stored for them yet, so what holds is what the
// broker says for all groups, and the built-in defaults.
#pragma once

#include <span>
#include <vector>

#include "model/setting_map.h"
#include "model/settings.h"
#include "model/settings_describe.h"

namespace gregor::model {

// Sorted by name.
std::span<const SettingDefinition> group_settings();
std::span<const SettingDefinition> client_metrics_settings();

std::vector<DescribedSetting> describe_group(const BrokerLevels& levels);
std::vector<DescribedSetting> describe_client_metrics();

}  // namespace gregor::model
