// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor cluster status`: what the processes are, what they say of themselves, and what the
// cluster's metadata lacks. Changes nothing, and waits for nobody who changes something.
#include <fmt/format.h>

#include "cli/cluster_command.h"
#include "cli/command.h"
#include "cli/local_cluster_health.h"

namespace gregor::cli {
namespace {

struct MemberStatus {
  Member member;
  // running; silent: a process that does not answer; outside: a broker that answers and does not
  // know itself as one of the cluster's.
  const char* state = "down";
  std::string role;  // leader, follower, standalone, controller
  std::optional<protocol::MetadataResponse> metadata;
};

MemberStatus ask(const Member& member) {
  MemberStatus status{.member = member, .role = {}, .metadata = std::nullopt};
  if (!member.running()) return status;
  status.state = "silent";
  if (member.kind == MemberKind::zookeeper) {
    const auto mode = zookeeper_mode(member.port);
    if (!mode) return status;
    status.state = "running";
    status.role = mode->empty() ? "no quorum" : *mode;
    return status;
  }
  auto metadata = metadata_of(member);
  if (!metadata) return status;
  status.state = lists(*metadata, member) ? "running" : "outside";
  if (metadata->controller_id == member.id) status.role = "controller";
  status.metadata = std::move(*metadata);
  return status;
}

struct PartitionCounts {
  std::size_t topics = 0, partitions = 0, under_replicated = 0, offline = 0;
};

PartitionCounts count(const protocol::MetadataResponse& metadata) {
  PartitionCounts counts{.topics = metadata.topics.size()};
  for (const auto& topic : metadata.topics) {
    counts.partitions += topic.partitions.size();
    for (const auto& partition : topic.partitions) {
      if (partition.isr_nodes.size() < partition.replica_nodes.size()) ++counts.under_replicated;
      if (partition.leader_id < 0) ++counts.offline;
    }
  }
  return counts;
}

// Whether the member does its part, as far as it can be seen from here.
bool is_well(const MemberStatus& status) {
  return std::string_view(status.state) == "running" && status.role != "no quorum";
}

void add(Answer& answer, const MemberStatus& status) {
  const Member& member = status.member;
  Json item = member_item(member);
  item["state"] = status.state;
  item["role"] = status.role.empty() ? Json(nullptr) : Json(status.role);
  answer.add_row(
      std::move(item),
      {member.name(), member.running() ? std::to_string(member.process->pid) : "-",
       std::to_string(member.port), status.state, status.role.empty() ? "-" : status.role});
}

}  // namespace

int cluster_status(const ClusterOptions& options) {
  const std::string folder = absolute_folder(options);
  const auto cluster = load_local_cluster(folder);
  if (!cluster) return fail_here(cluster.error());
  if (!*cluster)
    return fail_here(
        {model::ErrorCode::invalid_request,
         fmt::format("there is no cluster in {}; gregor cluster up makes one", folder)});
  Answer answer("cluster status", "members", options.json);
  answer.set_columns({"NAME", "PID", "PORT", "STATE", "ROLE"});
  answer.set("bootstrap_servers", (*cluster)->bootstrap());
  bool well = true;
  // Of the first broker that belongs to the cluster.
  std::optional<protocol::MetadataResponse> metadata;
  for (const Member& member : (*cluster)->members) {
    const MemberStatus status = ask(member);
    well = well && is_well(status);
    if (!metadata && std::string_view(status.state) == "running") metadata = status.metadata;
    add(answer, status);
  }
  std::string summary = "no broker answers\n";
  if (metadata) {
    const PartitionCounts counts = count(*metadata);
    answer.set("controller", metadata->controller_id);
    answer.set("topics", counts.topics);
    answer.set("partitions", counts.partitions);
    answer.set("under_replicated_partitions", counts.under_replicated);
    answer.set("offline_partitions", counts.offline);
    summary =
        fmt::format("topics: {}, partitions: {}, under-replicated: {}, without leader: {}\n",
                    counts.topics, counts.partitions, counts.under_replicated, counts.offline);
  }
  const int code = answer.finish();
  if (!options.json) print(summary);
  return well ? code : exit_failed;
}

}  // namespace gregor::cli
