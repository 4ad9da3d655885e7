// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the members of a local cluster say of themselves, within a short time each.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cli/local_cluster.h"
#include "protocol/messages/metadata.h"

namespace gregor::cli {

inline constexpr std::chrono::seconds answer_timeout{3};

// A port of 127.0.0.1 that nobody listens at, below those that the kernel gives to outgoing
// connections; the search begins where the process id says, so that two that search at the same
// time look at different ports.
class FreePorts {
 public:
  FreePorts();
  int next();

 private:
  int port_;
};
bool is_free(int port);

// "leader", "follower", "standalone"; "" while it has no quorum; nullopt when it does not answer.
std::optional<std::string> zookeeper_mode(int port);

// Of all topics, as this broker has them.
model::Result<protocol::MetadataResponse> metadata_of(const Member& broker);
bool lists(const protocol::MetadataResponse& metadata, const Member& broker);

// Whether it does its part: a broker that lists itself and a controller; a ZooKeeper server that
// serves, or that lacks the others of its ensemble and is ready for them.
bool is_ready(const LocalCluster& cluster, const Member& member);

// What it said last, for a complaint.
std::string last_words(const std::string& log);

}  // namespace gregor::cli
