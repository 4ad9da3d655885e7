// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A cluster of processes on this machine, as `gregor cluster` keeps it in a folder:
//   FOLDER/cluster.json                 who belongs to it, at which ports, with which process ids
//   FOLDER/broker-N/server.properties   written once, and anybody may edit it
//   FOLDER/broker-N/broker.log          what it said
//   FOLDER/broker-N/trace.jsonl         its structured trace, if the cluster was made with --trace
//   FOLDER/broker-N/data                log.dirs
//   FOLDER/zookeeper-N/…                zookeeper.properties, zookeeper.log, data
// cluster.json is replaced as a whole, and before each process begins; what it says of processes
// is held against the kernel's word whenever it is read (cli/detached_process.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/detached_process.h"
#include "model/result.h"
#include "server/descriptor.h"

namespace gregor::cli {

enum class MemberKind : std::uint8_t { zookeeper, broker };

struct Member {
  MemberKind kind = MemberKind::broker;
  int id = 1;  // from 1 on, for each kind; broker.id, or ZooKeeper's myid
  int port = 0;
  int quorum_port = 0;                 // of a ZooKeeper server: where followers reach a leader,
  int election_port = 0;               // and where they elect it
  std::optional<ProcessName> process;  // the last one that was started and not yet seen to end

  [[nodiscard]] std::string name() const;  // "broker-1", which is its folder, too
  [[nodiscard]] bool running() const { return process && runs(*process); }
  friend bool operator==(const Member&, const Member&) = default;
};

inline constexpr int brokers_max = 32;
inline constexpr int zookeepers_max = 9;

struct LocalCluster {
  std::string folder;                                         // absolute; not in the file
  std::vector<std::pair<std::string, std::string>> settings;  // of all brokers, beside their own
  std::vector<std::string> racks;  // brokers stand in these in turn; empty: in none
  bool traced = false;             // each broker writes FOLDER/broker-N/trace.jsonl
  std::vector<Member> members;     // ZooKeepers first

  [[nodiscard]] std::vector<Member> of(MemberKind kind) const;
  // "broker-1", "1" or "zookeeper-2".
  [[nodiscard]] Member* find(std::string_view name);
  [[nodiscard]] std::string folder_of(const Member& member) const;
  [[nodiscard]] std::string log_of(const Member& member) const;
  [[nodiscard]] std::string bootstrap() const;  // "127.0.0.1:9092,127.0.0.1:9093"
};

std::string to_json_text(const LocalCluster& cluster);
// Everything but the folder. invalid_request says what is wrong with the text.
model::Result<LocalCluster> parse_local_cluster(const std::string& text);

// nullopt when there is none in that folder.
model::Result<std::optional<LocalCluster>> load_local_cluster(const std::string& folder);
model::Result<> save(const LocalCluster& cluster);

// One command at a time changes a folder; the lock ends with the process.
model::Result<server::Descriptor> lock_local_cluster(const std::string& folder);

}  // namespace gregor::cli
