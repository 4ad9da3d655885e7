// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Which requests are served, by whom, and where.
#pragma once

#include <cstdint>
#include <span>

#include "broker/request.h"
#include "protocol/values.h"

namespace gregor::broker {

struct ShardState;

enum class RunsOn : std::uint8_t {
  shard_of_connection,  // whatever it needs of other shards it asks them for
  shard_of_controller,  // the whole request goes to shard 0
  elected_controller,   // and from there to the broker that is elected, if it is another
};

struct ServedApi {
  model::ApiKey key;
  RunsOn where;
  void (*handler)(ShardState& shard, const Request& request);
  // Empty: it is served in the versions of Kafka 4.1. Otherwise these are served, and only where
  // there may be several brokers, because it is what they say to each other.
  protocol::Versions among_brokers = {};
};

// Sorted by key.
std::span<const ServedApi> all_served_apis();
// Whether a broker serves it that may, or may not, have peers.
inline bool is_served(const ServedApi& api, bool may_have_peers) {
  return api.among_brokers.empty() || may_have_peers;
}
// nullptr when such a broker does not serve it.
const ServedApi* find_served(model::ApiKey key, bool may_have_peers);

// What ApiVersions says. For one API it is more than what we serve: Produce 0 to 2 are listed and
// then refused, because an old client takes their absence for a broker without compression.
protocol::Versions advertised_versions(const ServedApi& api);
protocol::Versions served_versions(const ServedApi& api);

}  // namespace gregor::broker
