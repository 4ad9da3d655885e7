// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/gate.h"

#include <fmt/format.h>

#include "broker/elected.h"
#include "broker/handlers.h"
#include "broker/router.h"
#include "broker/shard_state.h"
#include "protocol/api_keys.h"
#include "protocol/api_table.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"

namespace gregor::broker {

namespace {

// A client newer than we are asks in a version that we do not know; it understands version 0.
void answer_unknown_api_versions(ShardState& shard, RequestHead head, const ServedApi& api) {
  const protocol::Versions versions = advertised_versions(api);
  protocol::ApiVersionsResponse response;
  response.error_code = model::ErrorCode::unsupported_version;
  response.api_keys.push_back({.api_key = api.key.value(),
                               .min_version = versions.first,
                               .max_version = versions.last,
                               .unknown_tags = {}});
  head.version = model::ApiVersion(0);
  shard.reply(head, response);
}

}  // namespace

void admit(ShardState& shard, const ReplyTarget& from, const Client& client,
           base::BytesView frame) {
  base::BytesView rest = frame;
  const auto header = protocol::decode_request_header(rest);
  if (!header) {
    shard.close(from, fmt::format("request header: {}", header.error().detail));
    return;
  }
  const RequestHead head{.from = from,
                         .api = model::ApiKey(header->request_api_key),
                         .version = model::ApiVersion(header->request_api_version),
                         .correlation = model::CorrelationId(header->correlation_id)};
  const ServedApi* const api = find_served(head.api, shard.may_have_peers());
  if (api == nullptr) {
    shard.close(from, fmt::format("request of API {} ({}), which is not served", head.api.value(),
                                  protocol::find_api(head.api)->name));
    return;
  }
  if (!served_versions(*api).contains(head.version)) {
    if (head.api == protocol::api_key::api_versions)
      answer_unknown_api_versions(shard, head, *api);
    else
      shard.close(from, fmt::format("{} request of version {}, which is not served",
                                    protocol::find_api(head.api)->name, head.version.value()));
    return;
  }
  const std::string_view client_id =
      header->client_id ? std::string_view(*header->client_id) : std::string_view();
  const Request request{head, client, client_id, frame, rest};
  if (api->where != RunsOn::shard_of_connection && shard.self() != controller_shard)
    forward_to_controller(shard, request);
  else if (api->where != RunsOn::elected_controller || !pass_to_elected(shard, request))
    api->handler(shard, request);
}

}  // namespace gregor::broker
