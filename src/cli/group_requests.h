// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Requests about consumer groups: each goes to the group's coordinator, found first.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "protocol/messages/describe_groups.h"
#include "protocol/messages/list_groups.h"

namespace gregor::cli {

using ListedGroup = protocol::ListGroupsResponse::ListedGroup;
using DescribedGroup = protocol::DescribeGroupsResponse::DescribedGroup;
using DescribedMember = protocol::DescribeGroupsResponse::DescribedGroupMember;
using Offsets = std::map<model::TopicPartition, model::Offset>;
using ItemResults = std::map<model::TopicPartition, model::Result<>>;

// Of all coordinators, by name. Empty filters choose all.
model::Result<std::vector<ListedGroup>> list_groups(Cluster& cluster,
                                                    const std::vector<std::string>& states,
                                                    const std::vector<std::string>& types);

struct GroupAndCoordinator {
  DescribedGroup group;
  model::BrokerId coordinator;
};
// A group that is not there fails with group_id_not_found.
model::Result<GroupAndCoordinator> describe_group(Cluster& cluster, const std::string& group);

// What a member was assigned; nothing if it is no assignment of consumers.
std::vector<model::TopicPartition> assignment_of(const DescribedMember& member);

model::Result<Offsets> committed_offsets(Cluster& cluster, const std::string& group);
// As somebody who is no member; the group must be empty.
model::Result<ItemResults> commit_offsets(Cluster& cluster, const std::string& group,
                                          const Offsets& offsets);
model::Result<ItemResults> delete_offsets(Cluster& cluster, const std::string& group,
                                          const std::vector<model::TopicPartition>& partitions);
model::Result<> delete_group(Cluster& cluster, const std::string& group);

}  // namespace gregor::cli
