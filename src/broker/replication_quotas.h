// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What throttled replicas of this shard may use of the network (KIP-73): leaders when they send,
// followers when they fetch. Which replicas are throttled is their topic's business, at which rate
// the broker's; both may change while it runs. A shard has its share of the broker's rates.
#pragma once

#include "broker/cluster_image.h"
#include "model/broker_settings.h"
#include "replication/quota.h"

namespace gregor::broker {

struct ShardState;

struct ReplicationQuotas {
  explicit ReplicationQuotas(const model::BrokerSettings& settings);

  // The rates that the shard's image names.
  void update(const ShardState& shard);

  replication::Quota leaders, followers;
};

}  // namespace gregor::broker
