// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What shards ask of the elected controller, wherever it is: by a call when it is in this node (or
// may be: then the command waits for the election), by request of Kafka's protocol when another
// broker is elected. Shard 0 only.
#pragma once

#include <functional>
#include <vector>

#include "broker/request.h"
#include "controller/commands.h"
#include "model/result.h"

namespace gregor::broker {

struct ShardState;

// The request goes to the elected broker as the client has written it, and its answer to the
// client. False if that does not help: this broker may be the elected one, nobody is known to be,
// or the request has been passed on already. It is to be handled here then; the client hears
// not_controller.
bool pass_to_elected(ShardState& shard, const Request& request);

// Where a client has sent the request: the broker that has passed it on, or this one.
model::BrokerId arrived_at(const ShardState& shard, const Request& request);

// All call back exactly once, now or in a later step. Made by another broker, a topic may not be
// known here yet.
using Created = std::vector<model::Result<controller::TopicCreated>>;  // one for each topic
void create_topics(ShardState& shard, controller::CreateTopics command,
                   std::function<void(ShardState&, const Created&)> on_created);
void allocate_producer_ids(
    ShardState& shard,
    std::function<void(ShardState&, const model::Result<controller::ProducerIdBlock>&)> on_block);

// Who is in sync, for leaders of any shard: one result for each partition of the command.
void alter_partitions(ShardState& shard, std::vector<controller::ProposedIsr> partitions,
                      std::function<void(ShardState&, const controller::AlteredIsrs&)> on_altered);

// Others shall lead in this broker's place; tells what remains.
using Remaining = model::Result<std::vector<model::TopicPartition>>;
void shut_down_in_order(ShardState& shard,
                        std::function<void(ShardState&, const Remaining&)> on_answer);

}  // namespace gregor::broker
