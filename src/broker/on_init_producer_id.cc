// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// InitProducerId without a transactional id: the next id of a block that the controller has given
// us. Runs on shard 0.

#include "broker/handlers.h"
#include "broker/producer_ids.h"
#include "protocol/messages/init_producer_id.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::InitProducerIdRequest;
using protocol::InitProducerIdResponse;

InitProducerIdResponse refusal(ErrorCode error) {
  InitProducerIdResponse response;
  response.error_code = error;
  response.producer_epoch = -1;
  return response;
}

ErrorCode check(const InitProducerIdRequest& request) {
  if ((request.producer_id == -1) != (request.producer_epoch == -1))
    return ErrorCode::invalid_request;
  if (!request.transactional_id) return ErrorCode::none;
  if (request.transactional_id->empty()) return ErrorCode::invalid_request;
  return ErrorCode::coordinator_not_available;  // transactions are not served
}

}  // namespace

void on_init_producer_id(ShardState& shard, const Request& request) {
  const auto body = take_body<InitProducerIdRequest>(shard, request);
  if (!body) return;
  if (const ErrorCode error = check(*body); error != ErrorCode::none) {
    shard.reply(request.head, refusal(error));
    return;
  }
  shard.producer_ids->next(
      shard, [head = request.head](ShardState& later, model::Result<model::ProducerId> id) {
        InitProducerIdResponse response = refusal(ErrorCode::none);
        if (id) {
          response.producer_id = id->value();
          response.producer_epoch = 0;
        } else {
          response.error_code = id.error().code;
        }
        later.reply(head, response);
      });
}

}  // namespace gregor::broker
