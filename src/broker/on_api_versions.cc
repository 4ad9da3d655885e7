// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ApiVersions: what we serve. (A version of it that we do not know is answered at the gate.)

#include <algorithm>

#include "broker/handlers.h"
#include "broker/router.h"
#include "protocol/messages/api_versions.h"

namespace gregor::broker {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Letters and digits, with dots and hyphens only between them.
bool is_software_word(std::string_view word) {
  return !word.empty() && is_alphanumeric(word.front()) && is_alphanumeric(word.back()) &&
         std::ranges::all_of(word,
                             [](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
}

}  // namespace

void on_api_versions(ShardState& shard, const Request& request) {
  const auto body = take_body<protocol::ApiVersionsRequest>(shard, request);
  if (!body) return;
  protocol::ApiVersionsResponse response;
  if (request.head.version >= model::ApiVersion(3) &&
      !(is_software_word(body->client_software_name) &&
        is_software_word(body->client_software_version))) {
    response.error_code = model::ErrorCode::invalid_request;
    shard.reply(request.head, response);
    return;
  }
  for (const ServedApi& api : all_served_apis()) {
    if (!is_served(api, shard.may_have_peers())) continue;
    const protocol::Versions versions = advertised_versions(api);
    response.api_keys.push_back({.api_key = api.key.value(),
                                 .min_version = versions.first,
                                 .max_version = versions.last,
                                 .unknown_tags = {}});
  }
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
