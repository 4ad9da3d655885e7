// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the actions of `gregor groups` share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/answer.h"
#include "cli/client_options.h"
#include "cli/cluster.h"

namespace gregor::cli {

// Where offsets are to go, and what is done with the plan.
struct ResetOptions {
  bool to_earliest = false, to_latest = false, to_current = false;
  std::optional<std::int64_t> to_offset;
  std::optional<std::int64_t> shift_by;
  std::string by_duration;
  std::string to_datetime;
  std::string from_file;
  bool dry_run = false, execute = false, as_csv = false;
};

struct GroupsOptions {
  ClientOptions client;
  bool list = false, describe = false, remove = false, delete_offsets = false, reset = false;
  std::vector<std::string> groups;
  bool all_groups = false;
  std::string zookeeper;            // --list: of old consumers, from there
  std::vector<std::string> topics;  // "topic" or "topic:0,2"
  bool all_topics = false;
  std::vector<std::string> states;  // filters of --list
  std::vector<std::string> types;
  bool show_offsets = false, show_members = false, show_state = false, verbose = false;
  ResetOptions to;
};

// The groups that the options name, or all of them.
model::Result<std::vector<std::string>> groups_meant(Cluster& cluster,
                                                     const GroupsOptions& options);

// The partitions that --topic names.
model::Result<std::vector<model::TopicPartition>> partitions_meant(Cluster& cluster,
                                                                   const GroupsOptions& options);

Json to_json(const model::TopicPartition& partition);

int describe_groups(const GroupsOptions& options);
int reset_offsets(const GroupsOptions& options);

}  // namespace gregor::cli
