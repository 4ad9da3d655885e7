// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeAcls, CreateAcls, DeleteAcls: there is no authorizer, and that is what is answered, as by
// a broker of Kafka without one.

#include <string>

#include "broker/handlers.h"
#include "protocol/messages/create_acls.h"
#include "protocol/messages/delete_acls.h"
#include "protocol/messages/describe_acls.h"

namespace gregor::broker {

namespace {

using namespace protocol;

template <class Result>
void refuse(Result& result) {
  result.error_code = model::ErrorCode::security_disabled;
  result.error_message = "No Authorizer is configured.";
}

}  // namespace

void on_describe_acls(ShardState& shard, const Request& request) {
  if (!take_body<DescribeAclsRequest>(shard, request)) return;
  DescribeAclsResponse response;
  refuse(response);
  shard.reply(request.head, response);
}

void on_create_acls(ShardState& shard, const Request& request) {
  const auto body = take_body<CreateAclsRequest>(shard, request);
  if (!body) return;
  CreateAclsResponse response;
  response.results.resize(body->creations.size());
  for (auto& result : response.results) refuse(result);
  shard.reply(request.head, response);
}

void on_delete_acls(ShardState& shard, const Request& request) {
  const auto body = take_body<DeleteAclsRequest>(shard, request);
  if (!body) return;
  DeleteAclsResponse response;
  response.filter_results.resize(body->filters.size());
  for (auto& result : response.filter_results) refuse(result);
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
