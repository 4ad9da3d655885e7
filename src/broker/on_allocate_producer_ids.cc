// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// AllocateProducerIds: a broker takes a block of ids from the elected controller (KIP-730).

#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "protocol/messages/allocate_producer_ids.h"

namespace gregor::broker {

void on_allocate_producer_ids(ShardState& shard, const Request& request) {
  const auto body = take_body<protocol::AllocateProducerIdsRequest>(shard, request);
  if (!body) return;
  shard.controller->submit(
      shard,
      controller::AllocateProducerIds{.broker = model::BrokerId(body->broker_id),
                                      .epoch = model::BrokerEpoch(body->broker_epoch)},
      [head = request.head](ShardState& later, ControllerHost::Results results) {
        protocol::AllocateProducerIdsResponse response;
        const auto& block = std::get<model::Result<controller::ProducerIdBlock>>(results);
        if (block) {
          response.producer_id_start = block->first.value();
          response.producer_id_len = block->count;
        } else {
          response.error_code = block.error().code;
        }
        later.reply(head, response);
      });
}

}  // namespace gregor::broker
