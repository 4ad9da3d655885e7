// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The parts of `gregor cluster`: what each of its commands takes and does.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/answer.h"
#include "cli/local_cluster.h"

namespace gregor::cli {

struct ClusterOptions {
  std::string folder = "gregor-cluster";
  bool json = false;
  std::chrono::milliseconds timeout{60'000};  // to become ready, or to end

  // up
  std::optional<int> brokers, zookeepers, port;
  std::vector<std::string> assignments, racks;
  bool traced = false;
  // kill, start
  std::vector<std::string> names;
  std::string signal = "KILL";
  // down
  bool remove = false;
};

int cluster_up(const ClusterOptions& options);
int cluster_start(const ClusterOptions& options);
int cluster_kill(const ClusterOptions& options);
int cluster_down(const ClusterOptions& options);
int cluster_status(const ClusterOptions& options);

// What the commands share.

// A cluster that this command alone may change, while the lock is held.
struct HeldCluster {
  server::Descriptor lock;
  LocalCluster cluster;
};
// Fails when there is none in the folder.
model::Result<HeldCluster> hold_cluster(const ClusterOptions& options);
std::string absolute_folder(const ClusterOptions& options);

// Those of `names`; invalid_request names the one that does not belong to the cluster.
model::Result<std::vector<Member*>> members_named(LocalCluster& cluster,
                                                  const std::vector<std::string>& names);

// Starts members that do not run, and waits until they are ready; ZooKeepers first. An item each.
void start_members(LocalCluster& cluster, const std::vector<Member*>& members,
                   const ClusterOptions& options, Answer& answer);

// What every answer says of a member.
Json member_item(const Member& member);
// Complains without the name of an error: what went wrong is a matter of this machine.
int fail_here(const model::Error& error);

}  // namespace gregor::cli
