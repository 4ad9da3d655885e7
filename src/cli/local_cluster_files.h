// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How the members of a local cluster are set up: who there is, at which ports, with which files and
// command lines. Pure but for write_files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/local_cluster.h"

namespace gregor::cli {

struct ClusterPlan {
  int brokers = 3;
  int zookeepers = 1;
  int port = 9092;  // of the first broker, the others follow; 0: whatever is free
  std::vector<std::pair<std::string, std::string>> settings = {};
  bool traced = false;
  std::vector<std::string> racks = {};  // brokers stand in these in turn; empty: in none
};

// The next port that nobody has.
using PortSource = std::function<int()>;

LocalCluster plan_cluster(std::string folder, const ClusterPlan& plan, const PortSource& next_port);

// The text of server.properties. Settings of the cluster count more than what a local cluster has
// by itself: internal topics on three brokers, or as many as there are, and so are new topics.
std::string broker_properties(const LocalCluster& cluster, const Member& broker);
// The text of zookeeper.properties; paths are relative to the member's folder.
std::string zookeeper_properties(const LocalCluster& cluster, const Member& zookeeper);

// `program` is gregor, `zookeeper_classes` a Java class path.
Launch launch_of(const LocalCluster& cluster, const Member& member, const std::string& program,
                 const std::string& zookeeper_classes);

// Folders and files that are not there yet; what is there stays as it is.
model::Result<> write_files(const LocalCluster& cluster, const Member& member);

}  // namespace gregor::cli
