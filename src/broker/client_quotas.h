// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Quotas of clients, as requests name them: entities of a "user", a "client-id" or an "ip", and
// keys with a number each. They are kept as configs in the coordination tree.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/image.h"
#include "model/result.h"

namespace gregor::broker {

inline constexpr std::string_view user_entity = "user";
inline constexpr std::string_view client_id_entity = "client-id";
inline constexpr std::string_view ip_entity = "ip";

// Part of an entity; no name: all that have no quotas of their own.
struct QuotaPart {
  std::string type;
  std::optional<std::string> name;
};

// invalid_request for what names nobody, a part twice, or an address and something else.
model::Result<controller::QuotaEntity> quota_entity(const std::vector<QuotaPart>& parts);
// The inverse. A name that is badly escaped in the tree is given as it is.
std::vector<QuotaPart> parts_of(const controller::QuotaEntity& entity);

// The value as the tree has it. invalid_request for a key that is none of the entity's, and for a
// value that is not above 0, too large, or broken where it has to be whole.
model::Result<std::string> quota_text(const controller::QuotaEntity& entity, const std::string& key,
                                      double value);

struct Quota {
  std::string key;
  double value = 0;
};
// Those among the configs: a user's may hold other things, too.
std::vector<Quota> quotas_in(const controller::Configs& configs);

}  // namespace gregor::broker
