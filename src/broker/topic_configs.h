// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The settings that hold on this node, made of what its properties file says and what the cluster's
// metadata says.
#pragma once

#include "broker/cluster_image.h"
#include "model/setting_map.h"
#include "model/topic_settings.h"

namespace gregor::broker {

struct ShardState;

// Where the broker's settings come from, by level.
model::BrokerLevels broker_levels(const ShardState& shard, const ClusterImage& image);

// What a topic has that overrides nothing.
model::TopicSettings topic_defaults(const ShardState& shard, const ClusterImage& image);

}  // namespace gregor::broker
