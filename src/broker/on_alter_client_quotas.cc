// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// AlterClientQuotas, on shard 0: quotas of users, client ids and addresses are set and removed.
// What is wrong with one entity keeps nothing from the others.

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "broker/alter_and_reply.h"
#include "broker/client_quotas.h"
#include "broker/handlers.h"
#include "protocol/messages/alter_client_quotas.h"

namespace gregor::broker {

namespace {

using controller::ConfigOperation;
using controller::QuotaEntity;
using controller::ResourceConfigs;
using model::ErrorCode;
using model::fail;
using protocol::AlterClientQuotasRequest;
using protocol::AlterClientQuotasResponse;

model::Result<QuotaEntity> entity_of(const AlterClientQuotasRequest::EntryData& entry) {
  std::vector<QuotaPart> parts;
  parts.reserve(entry.entity.size());
  for (const auto& part : entry.entity) parts.push_back({part.entity_type, part.entity_name});
  return quota_entity(parts);
}

model::Result<ResourceConfigs> judge(const AlterClientQuotasRequest::EntryData& entry) {
  const auto entity = entity_of(entry);
  if (!entity) return fail(entity.error());
  ResourceConfigs out{.resource = *entity, .whole = false, .edits = {}};
  std::set<std::string> seen;
  for (const auto& op : entry.ops) {
    if (!seen.insert(op.key).second)
      return fail(ErrorCode::invalid_request, "Duplicate quota key " + op.key);
    if (op.remove) {
      out.edits.push_back({op.key, ConfigOperation::remove, {}, {}});
      continue;
    }
    auto text = quota_text(*entity, op.key, op.value);
    if (!text) return fail(text.error());
    out.edits.push_back({op.key, ConfigOperation::set, std::move(*text), {}});
  }
  return out;
}

void put(const model::Error& error, AlterClientQuotasResponse::EntryData& to) {
  to.error_code = error.code;
  to.error_message = error.detail;
}

}  // namespace

void on_alter_client_quotas(ShardState& shard, const Request& request) {
  const auto body = take_body<AlterClientQuotasRequest>(shard, request);
  if (!body) return;
  controller::AlterConfigs command{.resources = {}, .validate_only = body->validate_only};
  AlterClientQuotasResponse response;
  std::vector<std::size_t> asked;  // the entry of each resource of the command
  for (const auto& entry : body->entries) {
    auto& answer = response.entries.emplace_back();
    answer.error_message.reset();
    for (const auto& part : entry.entity)
      answer.entity.push_back({part.entity_type, part.entity_name, {}});
    auto wanted = judge(entry);
    if (!wanted) {
      put(wanted.error(), answer);
      continue;
    }
    asked.push_back(response.entries.size() - 1);
    command.resources.push_back(std::move(*wanted));
  }
  alter_and_reply(shard, request.head, std::move(command), std::move(response),
                  [asked = std::move(asked)](AlterClientQuotasResponse& late, std::size_t at,
                                             const model::Error& error) {
                    put(error, late.entries.at(asked.at(at)));
                  });
}

}  // namespace gregor::broker
