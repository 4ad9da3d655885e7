// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Groups of old consumers, which know no coordinator: they register in ZooKeeper.
//   /consumers/GROUP/ids/ID                    a member, while it lives
//   /consumers/GROUP/owners/TOPIC/PARTITION    who reads the partition, while it lives
//   /consumers/GROUP/offsets/TOPIC/PARTITION   how far it is
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/result.h"

namespace gregor::cli {

struct OldGroup {
  std::string name;
  std::vector<std::string> members;
  std::vector<std::string> topics;  // that it owns partitions of, or has offsets of
  std::size_t owned_partitions = 0;

  // Like the states of other groups.
  [[nodiscard]] const char* state() const { return members.empty() ? "Empty" : "Stable"; }
};

// The names of a znode's children, sorted; nullopt where there is no such node.
using ListChildren =
    std::function<model::Result<std::optional<std::vector<std::string>>>(const std::string& path)>;

// Sorted by name. A node below /consumers without ids, owners or offsets is no group.
model::Result<std::vector<OldGroup>> old_groups(const ListChildren& children);

// Of the cluster below `connect`, as zookeeper.connect names it.
model::Result<std::vector<OldGroup>> old_groups_in(const std::string& connect,
                                                   std::chrono::milliseconds timeout);

}  // namespace gregor::cli
