// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a broker's settings must satisfy together, beyond what each must satisfy alone.
#pragma once

#include "model/broker_settings.h"
#include "model/result.h"

namespace gregor::model {

// invalid_config names the settings that contradict each other, in Kafka's words where it has any.
[[nodiscard]] Result<> check_together(const BrokerSettings& settings);

}  // namespace gregor::model
