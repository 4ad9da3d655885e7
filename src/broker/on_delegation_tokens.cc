// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The four APIs of delegation tokens: nobody may ask for one over a connection that does not say
// who is speaking, and there are no others.

#include "broker/handlers.h"
#include "protocol/messages/create_delegation_token.h"
#include "protocol/messages/describe_delegation_token.h"
#include "protocol/messages/expire_delegation_token.h"
#include "protocol/messages/renew_delegation_token.h"

namespace gregor::broker {

namespace {

using namespace protocol;

constexpr auto not_allowed = model::ErrorCode::delegation_token_request_not_allowed;
constexpr std::int64_t no_time = -1;

}  // namespace

void on_create_delegation_token(ShardState& shard, const Request& request) {
  const auto body = take_body<CreateDelegationTokenRequest>(shard, request);
  if (!body) return;
  CreateDelegationTokenResponse response;
  response.error_code = not_allowed;
  const bool for_another = body->owner_principal_name && !body->owner_principal_name->empty();
  response.principal_type = for_another ? body->owner_principal_type.value_or("") : "User";
  response.principal_name = for_another ? *body->owner_principal_name : "ANONYMOUS";
  if (request.head.version >= model::ApiVersion{3}) {  // those before do not say who asks
    response.token_requester_principal_type = "User";
    response.token_requester_principal_name = "ANONYMOUS";
  }
  response.issue_timestamp_ms = no_time;
  response.expiry_timestamp_ms = no_time;
  response.max_timestamp_ms = no_time;
  shard.reply(request.head, response);
}

void on_renew_delegation_token(ShardState& shard, const Request& request) {
  if (!take_body<RenewDelegationTokenRequest>(shard, request)) return;
  RenewDelegationTokenResponse response;
  response.error_code = not_allowed;
  response.expiry_timestamp_ms = no_time;
  shard.reply(request.head, response);
}

void on_expire_delegation_token(ShardState& shard, const Request& request) {
  if (!take_body<ExpireDelegationTokenRequest>(shard, request)) return;
  ExpireDelegationTokenResponse response;
  response.error_code = not_allowed;
  response.expiry_timestamp_ms = no_time;
  shard.reply(request.head, response);
}

void on_describe_delegation_token(ShardState& shard, const Request& request) {
  if (!take_body<DescribeDelegationTokenRequest>(shard, request)) return;
  DescribeDelegationTokenResponse response;
  response.error_code = not_allowed;
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
