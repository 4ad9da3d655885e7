// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeClientQuotas: the quotas of all entities that a filter lets through. The filter names
// parts, each at most once; a strict one only lets through what has no other parts.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "broker/client_quotas.h"
#include "broker/handlers.h"
#include "protocol/messages/describe_client_quotas.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using model::fail;
using protocol::DescribeClientQuotasRequest;
using protocol::DescribeClientQuotasResponse;

struct AnyName {};
using WantedName = std::variant<AnyName, std::optional<std::string>>;  // no name: the default one
using Filter = std::map<std::string, WantedName>;                      // by type

model::Result<WantedName> wanted_by(const DescribeClientQuotasRequest::ComponentData& component) {
  constexpr std::int8_t exact = 0;
  constexpr std::int8_t of_default = 1;
  constexpr std::int8_t specified = 2;
  if (component.match_type < exact || component.match_type > specified)
    return fail(ErrorCode::invalid_request,
                "Unknown match type " + std::to_string(component.match_type));
  if ((component.match_type == exact) != component.match.has_value())
    return fail(ErrorCode::invalid_request,
                "A name belongs to an exact match, and to no other match type.");
  if (component.match_type == specified) return AnyName{};
  if (component.match_type == of_default) return std::optional<std::string>();
  return component.match;
}

model::Result<Filter> filter_of(const DescribeClientQuotasRequest& request) {
  Filter out;
  for (const auto& component : request.components) {
    const std::string& type = component.entity_type;
    if (type.empty()) return fail(ErrorCode::invalid_request, "Invalid empty entity type.");
    if (out.contains(type))
      return fail(ErrorCode::invalid_request,
                  "Entity type " + type + " cannot appear more than once in the filter.");
    if (type != user_entity && type != client_id_entity && type != ip_entity)
      return fail(ErrorCode::unsupported_version, "Unsupported entity type " + type);
    auto wanted = wanted_by(component);
    if (!wanted) return fail(wanted.error());
    out.emplace(type, std::move(*wanted));
  }
  if (out.size() > 1 && out.contains(std::string(ip_entity)))
    return fail(ErrorCode::invalid_request,
                "Invalid entity filter component combination: an IP goes with nothing else.");
  return out;
}

bool lets_through(const Filter& filter, bool strict, const std::vector<QuotaPart>& parts) {
  std::size_t named = 0;
  for (const QuotaPart& part : parts) {
    const auto wanted = filter.find(part.type);
    if (wanted == filter.end()) continue;
    const auto* name = std::get_if<std::optional<std::string>>(&wanted->second);
    if (name != nullptr && *name != part.name) return false;
    ++named;
  }
  return named == filter.size() && (!strict || named == parts.size());
}

}  // namespace

void on_describe_client_quotas(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeClientQuotasRequest>(shard, request);
  if (!body) return;
  DescribeClientQuotasResponse response;
  const auto filter = filter_of(*body);
  if (!filter) {
    response.error_code = filter.error().code;
    response.error_message = filter.error().detail;
    response.entries.reset();
    return shard.reply(request.head, response);
  }
  auto& entries = response.entries.emplace();
  for (const auto& [resource, configs] : shard.image->metadata.configs) {
    const auto* entity = std::get_if<controller::QuotaEntity>(&resource);
    if (entity == nullptr) continue;
    const std::vector<QuotaPart> parts = parts_of(*entity);
    const std::vector<Quota> quotas = quotas_in(*configs);
    if (quotas.empty() || !lets_through(*filter, body->strict, parts)) continue;
    auto& entry = entries.emplace_back();
    for (const QuotaPart& part : parts) entry.entity.push_back({part.type, part.name, {}});
    for (const Quota& quota : quotas) entry.values.push_back({quota.key, quota.value, {}});
  }
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
