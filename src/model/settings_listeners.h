// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The settings that say where a broker listens and how it is reached: `listeners`,
// `advertised.listeners`, `listener.security.protocol.map` and those that name one of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/broker_settings.h"
#include "model/result.h"
#include "model/setting_map.h"

namespace gregor::model {

struct ListenerSettings {
  std::vector<Listener> listeners;
  std::vector<Listener> advertised;
  std::string inter_broker_name;
  std::optional<std::string> control_plane_name;
  std::vector<std::string> warnings;
};

// Reads and checks them together, as Kafka does; each single value is valid already.
[[nodiscard]] Result<ListenerSettings> listener_settings_from(const SettingMap& set);

}  // namespace gregor::model
