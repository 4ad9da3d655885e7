// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// SaslHandshake and SaslAuthenticate on a listener without SASL: there is nothing to begin, as in
// Kafka.

#include "broker/handlers.h"
#include "protocol/messages/sasl_authenticate.h"
#include "protocol/messages/sasl_handshake.h"

namespace gregor::broker {

using namespace protocol;

void on_sasl_handshake(ShardState& shard, const Request& request) {
  if (!take_body<SaslHandshakeRequest>(shard, request)) return;
  SaslHandshakeResponse response;
  response.error_code = model::ErrorCode::illegal_sasl_state;
  shard.reply(request.head, response);
}

void on_sasl_authenticate(ShardState& shard, const Request& request) {
  if (!take_body<SaslAuthenticateRequest>(shard, request)) return;
  SaslAuthenticateResponse response;
  response.error_code = model::ErrorCode::illegal_sasl_state;
  response.error_message = "SaslAuthenticate request received after successful authentication";
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
