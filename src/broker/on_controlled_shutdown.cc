// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ControlledShutdown: a broker that is about to stop asks the elected controller that others lead
// in its place.

#include <vector>

#include "broker/controller_host.h"
#include "broker/handlers.h"
#include "protocol/messages/controlled_shutdown.h"

namespace gregor::broker {

void on_controlled_shutdown(ShardState& shard, const Request& request) {
  const auto body = take_body<protocol::ControlledShutdownRequest>(shard, request);
  if (!body) return;
  using Remaining = model::Result<std::vector<model::TopicPartition>>;
  shard.controller->submit(
      shard,
      controller::ControlledShutdown{.broker = model::BrokerId(body->broker_id),
                                     .epoch = model::BrokerEpoch(body->broker_epoch)},
      [head = request.head](ShardState& later, ControllerHost::Results results) {
        protocol::ControlledShutdownResponse response;
        const auto& remaining = std::get<Remaining>(results);
        if (!remaining) {
          response.error_code = remaining.error().code;
          later.reply(head, response);
          return;
        }
        for (const model::TopicPartition& partition : *remaining)
          response.remaining_partitions.push_back(
              {partition.topic, partition.partition.value(), {}});
        later.reply(head, response);
      });
}

}  // namespace gregor::broker
