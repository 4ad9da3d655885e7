// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/client_quotas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/parse_number.h"
#include "controller/znode_paths.h"

namespace gregor::broker {

using controller::QuotaEntity;
using model::ErrorCode;
using model::fail;
namespace znode = controller::znode;

namespace {

enum class Kind : std::uint8_t { real, int64, int32 };
struct QuotaKey {
  std::string_view name;
  Kind kind = Kind::real;
  bool of_address = false;  // else of users and client ids
};

constexpr std::array keys = {
    QuotaKey{"producer_byte_rate", Kind::int64, false},
    QuotaKey{"consumer_byte_rate", Kind::int64, false},
    QuotaKey{"request_percentage", Kind::real, false},
    QuotaKey{"controller_mutation_rate", Kind::real, false},
    QuotaKey{"connection_creation_rate", Kind::int32, true},
};

const QuotaKey* find_key(std::string_view name) {
  const auto* const found = std::ranges::find(keys, name, &QuotaKey::name);
  return found == keys.end() ? nullptr : found;
}

auto invalid(std::string why) { return fail(ErrorCode::invalid_request, std::move(why)); }

std::string* part_of(QuotaEntity& entity, std::string_view type) {
  if (type == user_entity) return &entity.user;
  if (type == client_id_entity) return &entity.client_id;
  return type == ip_entity ? &entity.ip : nullptr;
}

// As Java prints it: always with a fraction.
std::string text_of(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

model::Result<QuotaEntity> quota_entity(const std::vector<QuotaPart>& parts) {
  if (parts.empty()) return invalid("Invalid empty client quota entity");
  QuotaEntity out;
  for (const QuotaPart& part : parts) {
    std::string* const place = part_of(out, part.type);
    if (place == nullptr) return invalid("Unhandled client quota entity type: " + part.type);
    if (!place->empty())
      return invalid("Invalid client quota entity, duplicate entity entry " + part.type);
    if (part.name && part.name->empty()) return invalid("Empty " + part.type + " not supported");
    *place = part.name ? znode::sanitized(*part.name) : std::string(znode::default_entity);
  }
  if (!out.ip.empty() && (!out.user.empty() || !out.client_id.empty()))
    return invalid(
        "Invalid quota entity combination, IP entity should not be combined with User or ClientId");
  return out;
}

std::vector<QuotaPart> parts_of(const QuotaEntity& entity) {
  std::vector<QuotaPart> out;
  const auto add = [&](std::string_view type, const std::string& name) {
    if (name.empty()) return;
    auto& part = out.emplace_back();
    part.type = type;
    if (name != znode::default_entity) part.name = znode::desanitized(name).value_or(name);
  };
  add(client_id_entity, entity.client_id);
  add(user_entity, entity.user);
  add(ip_entity, entity.ip);
  return out;
}

model::Result<std::string> quota_text(const QuotaEntity& entity, const std::string& key,
                                      double value) {
  const QuotaKey* const known = find_key(key);
  if (known == nullptr || known->of_address == entity.ip.empty())
    return invalid("Invalid configuration key " + key);
  if (!(value > 0)) return invalid("Quota " + key + " must be greater than 0");
  if (!std::isfinite(value)) return invalid("Quota " + key + " must be finite");
  if (known->kind == Kind::real) return text_of(value);
  constexpr double int32_max = std::numeric_limits<std::int32_t>::max();
  constexpr double int64_end = 0x1p63;
  if (known->kind == Kind::int32 ? value > int32_max : value >= int64_end)
    return invalid(fmt::format("Proposed value for {} is too large for {}.", key,
                               known->kind == Kind::int32 ? "an INT" : "a LONG"));
  constexpr double tolerance = 1e-6;
  if (std::abs(value - std::round(value)) > tolerance)
    return invalid(key + " cannot be a fractional value.");
  return std::to_string(std::llround(value));
}

std::vector<Quota> quotas_in(const controller::Configs& configs) {
  std::vector<Quota> out;
  for (const auto& [key, text] : configs) {
    const auto value = base::parse_number<double>(text);
    if (find_key(key) != nullptr && value) out.push_back({key, *value});
  }
  return out;
}

}  // namespace gregor::broker
