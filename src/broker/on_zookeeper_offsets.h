// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// OffsetCommit and OffsetFetch version 0: groups of old consumers, whose offsets lie in ZooKeeper.
// Nobody coordinates them: whoever commits last is believed, as by Kafka 3.9.
// Shard 0, where the coordination port is, answers; the others pass on what they are asked.
#pragma once

#include "broker/request.h"

namespace gregor::broker {

struct ShardState;

void commit_to_zookeeper(ShardState& shard, const Request& request);
void fetch_from_zookeeper(ShardState& shard, const Request& request);

}  // namespace gregor::broker
