// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor cluster up` and `start`.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/ranges.h"
#include "cli/cluster_command.h"
#include "cli/command.h"
#include "cli/local_cluster_files.h"
#include "cli/local_cluster_health.h"
#include "cli/progress.h"
#include "model/settings_properties.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;

constexpr const char* debian_classes = "/usr/share/java/zookeeper.jar";
constexpr const char* debian_logger = "/usr/share/java/slf4j-simple.jar";  // to standard error

// The jar of Debian's package, or all jars of a folder that the environment names.
Result<std::string> zookeeper_classes() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes its environment
  if (const char* folder = std::getenv("GREGOR_ZOOKEEPER_JARS")) return std::string(folder) + "/*";
  if (std::filesystem::exists(debian_classes))
    return fmt::format("{}:{}", debian_classes, debian_logger);
  return model::fail(ErrorCode::invalid_request,
                     fmt::format("there is no ZooKeeper at {}: apt install zookeeper "
                                 "default-jre-headless, or let GREGOR_ZOOKEEPER_JARS name a folder "
                                 "with its jars",
                                 debian_classes));
}

// What each broker has for itself.
constexpr std::string_view decided_here[] = {"broker.id", "listeners", "advertised.listeners",
                                             "log.dirs",  "log.dir",   "zookeeper.connect",
                                             "node.id"};

// How to begin members; read once.
struct Programs {
  std::string gregor;
  std::string zookeeper_classes;
};

Result<Programs> find_programs() {
  auto classes = zookeeper_classes();
  if (!classes) return model::fail(std::move(classes.error()));
  return Programs{std::filesystem::read_symlink("/proc/self/exe"), std::move(*classes)};
}

Result<> launch(LocalCluster& cluster, Member& member, const Programs& programs) {
  if (const auto written = write_files(cluster, member); !written) return written;
  const auto process =
      start_detached(launch_of(cluster, member, programs.gregor, programs.zookeeper_classes),
                     [&](const ProcessName& name) {
                       member.process = name;
                       return save(cluster);
                     });
  return process ? Result<>() : model::fail(process.error());
}

Result<> wait_until_ready(const LocalCluster& cluster, const Member& member,
                          std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds pause{50};
  while (!is_ready(cluster, member)) {
    const bool over = !member.running();
    if (over || std::chrono::steady_clock::now() > deadline)
      return model::fail(
          ErrorCode::broker_not_available,
          fmt::format("{}; {} ends with:\n{}", over ? "it ended" : "it is not ready in time",
                      cluster.log_of(member), last_words(cluster.log_of(member))));
    std::this_thread::sleep_for(pause);
  }
  return {};
}

// One kind of members: all are begun before the first is waited for.
void start_kind(LocalCluster& cluster, const std::vector<Member*>& members,
                const Programs& programs, const ClusterOptions& options, Answer& answer) {
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  std::vector<std::pair<Member*, Result<>>> begun;
  begun.reserve(members.size());
  for (Member* member : members)
    begun.emplace_back(member, member->running() ? Result<>() : launch(cluster, *member, programs));
  Progress progress;
  for (auto& [member, result] : begun) {
    progress.show("waiting for " + member->name());
    if (result) result = wait_until_ready(cluster, *member, deadline);
    if (result)
      answer.add_row(member_item(*member), {member->name(), std::to_string(member->process->pid),
                                            std::to_string(member->port), cluster.log_of(*member)});
    else
      answer.add_failure(member_item(*member), member->name(), result.error());
  }
}

// What the command line asks for, where no cluster is yet.
Result<LocalCluster> make_cluster(const std::string& folder, const ClusterPlan& plan) {
  if (folder.find(',') != std::string::npos)
    return model::fail(ErrorCode::invalid_request,
                       fmt::format("{}: log.dirs knows no folder with a comma", folder));
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return model::fail(ErrorCode::kafka_storage_error,
                       fmt::format("{}: {}", folder, failed.message()));
  FreePorts ports;
  LocalCluster cluster = plan_cluster(folder, plan, [&] { return ports.next(); });
  for (const Member& broker : cluster.of(MemberKind::broker))
    if (!is_free(broker.port))
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("port {} is taken; --port 0 chooses free ones", broker.port));
  return cluster;
}

// An `up` for a cluster that is there may only repeat what it was made with.
Result<> check_same(const LocalCluster& there, const ClusterOptions& options,
                    const ClusterPlan& plan) {
  const auto brokers = there.of(MemberKind::broker), zookeepers = there.of(MemberKind::zookeeper);
  const bool same = (!options.brokers || *options.brokers == std::ssize(brokers)) &&
                    (!options.zookeepers || *options.zookeepers == std::ssize(zookeepers)) &&
                    (!options.port || *options.port == 0 || *options.port == brokers[0].port) &&
                    (!options.traced || there.traced) &&
                    (options.racks.empty() || options.racks == there.racks) &&
                    (plan.settings.empty() || plan.settings == there.settings);
  if (same) return {};
  return model::fail(ErrorCode::invalid_request,
                     fmt::format("in {} there is another cluster, of {} brokers and {} ZooKeeper "
                                 "servers; gregor cluster down --delete removes it",
                                 there.folder, brokers.size(), zookeepers.size()));
}

Result<ClusterPlan> plan_of(const ClusterOptions& options) {
  ClusterPlan plan;
  plan.brokers = options.brokers.value_or(plan.brokers);
  plan.zookeepers = options.zookeepers.value_or(plan.zookeepers);
  plan.port = options.port.value_or(plan.port);
  plan.traced = options.traced;
  plan.racks = options.racks;
  for (const std::string& assignment : options.assignments) {
    auto pair = model::parse_assignment(assignment);
    if (!pair)
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("--set {}: {}", assignment, pair.error().detail));
    if (base::contains(decided_here, pair->first))
      return model::fail(
          ErrorCode::invalid_request,
          fmt::format("--set {}: that is not the same for all brokers", pair->first));
    plan.settings.push_back(std::move(*pair));
  }
  return plan;
}

}  // namespace

void start_members(LocalCluster& cluster, const std::vector<Member*>& members,
                   const ClusterOptions& options, Answer& answer) {
  answer.set("bootstrap_servers", cluster.bootstrap());
  answer.set_columns({"NAME", "PID", "PORT", "LOG"});
  const auto programs = find_programs();
  for (const MemberKind kind : {MemberKind::zookeeper, MemberKind::broker}) {
    std::vector<Member*> some;
    std::ranges::copy_if(members, std::back_inserter(some),
                         [&](const Member* member) { return member->kind == kind; });
    if (programs) {
      start_kind(cluster, some, *programs, options, answer);
      continue;
    }
    for (const Member* member : some)
      answer.add_failure(member_item(*member), member->name(), programs.error());
  }
}

int cluster_up(const ClusterOptions& options) {
  const auto plan = plan_of(options);
  if (!plan) return usage_error("cluster up: " + plan.error().detail);
  const std::string folder = absolute_folder(options);
  auto there = load_local_cluster(folder);
  if (!there) return fail_here(there.error());
  if (!*there) {
    if (const auto programs = find_programs(); !programs) return fail_here(programs.error());
    auto made = make_cluster(folder, *plan);
    if (!made) return fail_here(made.error());
    const auto lock = lock_local_cluster(folder);
    if (!lock) return fail_here(lock.error());
    there = load_local_cluster(folder);
    if (there && !*there) {
      if (const auto saved = save(*made); !saved) return fail_here(saved.error());
    }
  }
  auto held = hold_cluster(options);
  if (!held) return fail_here(held.error());
  if (const auto same = check_same(held->cluster, options, *plan); !same)
    return fail_here(same.error());
  Answer answer("cluster up", "members", options.json);
  std::vector<Member*> all;
  for (Member& member : held->cluster.members) all.push_back(&member);
  start_members(held->cluster, all, options, answer);
  const int code = answer.finish();
  if (!options.json && code == exit_ok)
    print("bootstrap servers: " + held->cluster.bootstrap() + "\n");
  return code;
}

int cluster_start(const ClusterOptions& options) {
  auto held = hold_cluster(options);
  if (!held) return fail_here(held.error());
  const auto members = members_named(held->cluster, options.names);
  if (!members) return usage_error("cluster start: " + members.error().detail);
  Answer answer("cluster start", "members", options.json);
  std::vector<Member*> ended;
  for (Member* member : *members) {
    if (!member->running())
      ended.push_back(member);
    else
      answer.add_failure(member_item(*member), member->name(),
                         {ErrorCode::invalid_request,
                          fmt::format("it runs already, as process {}", member->process->pid)});
  }
  start_members(held->cluster, ended, options, answer);
  return answer.finish();
}

}  // namespace gregor::cli
