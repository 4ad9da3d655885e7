// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor cluster`: brokers and ZooKeeper servers as processes of this machine.
#include "cli/cluster_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/ranges.h"
#include "cli/command.h"

namespace gregor::cli {
namespace {

constexpr const char* cluster_details =
    "Brokers are processes of this program, ZooKeeper's are those of Debian's package zookeeper\n"
    "(apt install zookeeper). All that belongs to the cluster lies in one folder; who has left it\n"
    "out finds it in ./gregor-cluster.\n"
    "\n"
    "Examples:\n"
    "  gregor cluster up                         three brokers from port 9092 on, one ZooKeeper\n"
    "  gregor cluster up --brokers 5 --zookeeper 3 --port 0 --set num.partitions=6\n"
    "  gregor cluster status                     who runs, who is the controller, what is lacking\n"
    "  gregor cluster kill 2                     SIGKILL for broker 2\n"
    "  gregor cluster kill zookeeper-1 --signal STOP\n"
    "  gregor cluster start 2                    again, with the same data\n"
    "  gregor cluster down                       all end; up goes on with the same data\n"
    "  gregor cluster down --delete              and nothing is left of it\n"
    "\n"
    "Exit codes: 0 ok, 1 failed or not all is well, 2 usage.";

using Run = int (*)(const ClusterOptions&);

CLI::App* add(CLI::App& cluster, Action& action, const std::shared_ptr<ClusterOptions>& options,
              const std::pair<const char*, const char*>& name_and_summary, Run run) {
  CLI::App* command = cluster.add_subcommand(name_and_summary.first, name_and_summary.second);
  command->add_option("--dir", options->folder, "The folder of the cluster")
      ->type_name("FOLDER")
      ->capture_default_str();
  command->add_flag("--json", options->json, "As a JSON document");
  command->callback([&action, options, run] { action = [options, run] { return run(*options); }; });
  return command;
}

void add_timeout(CLI::App& command, ClusterOptions& options, const char* meaning) {
  command
      .add_option_function<int>(
          "--timeout", [&](int ms) { options.timeout = std::chrono::milliseconds(ms); }, meaning)
      ->check(CLI::PositiveNumber)
      ->type_name("MS");
}

void add_names(CLI::App& command, ClusterOptions& options) {
  command.add_option("NAME", options.names, "A broker's id, or zookeeper-1 and so on")->required();
}

void add_up(CLI::App& cluster, Action& action, const std::shared_ptr<ClusterOptions>& options) {
  CLI::App* up = add(cluster, action, options,
                     {"up", "Make a cluster, or start what does not run of the one that is there"},
                     cluster_up);
  up->add_option("--brokers", options->brokers, "How many (3)")->check(CLI::Range(1, brokers_max));
  up->add_option("--zookeeper", options->zookeepers, "How many ZooKeeper servers (1)")
      ->check(CLI::Range(1, zookeepers_max));
  up->add_option("--port", options->port,
                 "Of broker 1, the others follow (9092); 0: whatever is free")
      ->check(CLI::Range(0, 65535 - brokers_max));
  up->add_option("--set", options->assignments, "A setting of all brokers; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  up->add_option("--racks", options->racks,
                 "Brokers stand in these in turn, and consumers read in their own (KIP-392)")
      ->type_name("NAME,NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  up->add_flag("--trace", options->traced,
               "Each broker writes its structured trace to FOLDER/broker-N/trace.jsonl");
  add_timeout(*up, *options, "Milliseconds to wait until all are ready (60000)");
}

}  // namespace

void add_cluster_command(CLI::App& app, Action& action) {
  CLI::App* cluster =
      app.add_subcommand("cluster", "A cluster of processes on this machine: start, kill, look");
  cluster->footer(cluster_details);
  cluster->require_subcommand(1);
  const auto options = std::make_shared<ClusterOptions>();
  add_up(*cluster, action, options);
  add(*cluster, action, options, {"status", "Who runs, with which role, and what is lacking"},
      cluster_status);
  CLI::App* kill = add(*cluster, action, options, {"kill", "Send members a signal"}, cluster_kill);
  add_names(*kill, *options);
  kill->add_option("--signal", options->signal, "KILL, TERM, STOP, CONT, … or a number")
      ->capture_default_str();
  add_timeout(*kill, *options, "Milliseconds to wait until they have ended (60000)");
  CLI::App* start =
      add(*cluster, action, options, {"start", "Start members that have ended"}, cluster_start);
  add_names(*start, *options);
  add_timeout(*start, *options, "Milliseconds to wait until they are ready (60000)");
  CLI::App* down =
      add(*cluster, action, options, {"down", "End all members; their data stays"}, cluster_down);
  down->add_flag("--delete", options->remove, "Remove their folders, too");
  add_timeout(*down, *options, "Milliseconds to wait before members are killed (60000)");
}

std::string absolute_folder(const ClusterOptions& options) {
  std::string folder = std::filesystem::absolute(options.folder).lexically_normal().string();
  if (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

int fail_here(const model::Error& error) {
  complain(error.detail);
  return exit_failed;
}

model::Result<HeldCluster> hold_cluster(const ClusterOptions& options) {
  const std::string folder = absolute_folder(options);
  const auto there = load_local_cluster(folder);
  if (!there) return model::fail(there.error());
  if (!*there)
    return model::fail(
        model::ErrorCode::invalid_request,
        fmt::format("there is no cluster in {}; gregor cluster up makes one", folder));
  auto lock = lock_local_cluster(folder);
  if (!lock) return model::fail(lock.error());
  // What somebody else changed before the lock was ours counts.
  auto cluster = load_local_cluster(folder);
  if (!cluster) return model::fail(cluster.error());
  if (!*cluster)
    return model::fail(model::ErrorCode::invalid_request, folder + ": the cluster is gone");
  return HeldCluster{std::move(*lock), std::move(**cluster)};
}

model::Result<std::vector<Member*>> members_named(LocalCluster& cluster,
                                                  const std::vector<std::string>& names) {
  std::vector<Member*> members;
  for (const std::string& name : names) {
    Member* const member = cluster.find(name);
    if (member == nullptr)
      return model::fail(
          model::ErrorCode::invalid_request,
          fmt::format("'{}' is no member of the cluster in {}", name, cluster.folder));
    if (!base::contains(members, member)) members.push_back(member);
  }
  return members;
}

Json member_item(const Member& member) {
  Json item = {{"name", member.name()}, {"port", member.port}};
  item["pid"] = member.running() ? Json(member.process->pid) : Json(nullptr);
  return item;
}

}  // namespace gregor::cli
