// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/topic_configs.h"

#include "broker/shard_state.h"

namespace gregor::broker {

model::BrokerLevels broker_levels(const ShardState& shard, const ClusterImage& image) {
  return {.static_broker = shard.settings().explicitly_set,
          .dynamic_default = image.metadata.configs_of(controller::DefaultBroker{}),
          .dynamic_broker = image.metadata.configs_of(shard.broker_id())};
}

model::TopicSettings topic_defaults(const ShardState& shard, const ClusterImage& image) {
  return model::topic_defaults_from(model::effective_settings(broker_levels(shard, image)));
}

}  // namespace gregor::broker
