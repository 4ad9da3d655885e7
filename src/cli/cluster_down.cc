// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor cluster kill` and `down`.
#include <fmt/format.h>
#include <signal.h>

#include <filesystem>

#include "cli/cluster_command.h"
#include "cli/command.h"
#include "cli/progress.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;

// After these a process goes on, or may.
bool may_survive(int signal) {
  switch (signal) {
    case SIGSTOP:
    case SIGTSTP:
    case SIGCONT:
    case SIGUSR1:
    case SIGUSR2:
    case SIGWINCH:
    case SIGURG:
    case SIGCHLD:
    case SIGQUIT:  // Java prints its threads
      return true;
    default:
      return false;
  }
}

void forget(LocalCluster& cluster, Member& member) {
  member.process.reset();
  // What it says of a process that is gone does no harm.
  static_cast<void>(save(cluster));
}

void kill_one(LocalCluster& cluster, Member& member, int signal, const ClusterOptions& options,
              Answer& answer) {
  const Json item = member_item(member);
  if (!member.running()) {
    answer.add_failure(item, member.name(), {ErrorCode::broker_not_available, "it does not run"});
    return;
  }
  const pid_t pid = member.process->pid;
  send_signal(*member.process, signal);
  if (may_survive(signal)) {
    answer.add(item, fmt::format("{} (process {}) has the signal {}\n", member.name(), pid,
                                 ::sigabbrev_np(signal)));
    return;
  }
  if (!wait_for_end(*member.process, options.timeout)) {
    answer.add_failure(
        item, member.name(),
        {ErrorCode::request_timed_out,
         fmt::format("process {} has not ended in {} ms", pid, options.timeout.count())});
    return;
  }
  forget(cluster, member);
  answer.add(item, fmt::format("{} (process {}) has ended\n", member.name(), pid));
}

// All of one kind at once: those that do not end in time are killed.
void end_kind(LocalCluster& cluster, MemberKind kind, const ClusterOptions& options,
              Answer& answer) {
  std::vector<Member*> running;
  for (Member& member : cluster.members) {
    if (member.kind != kind) continue;
    if (member.running())
      running.push_back(&member);
    else
      member.process.reset();
  }
  for (const Member* member : running) {
    send_signal(*member->process, SIGTERM);
    send_signal(*member->process, SIGCONT);
  }
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  Progress progress;
  for (Member* member : running) {
    progress.show("waiting for the end of " + member->name());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const bool in_order = wait_for_end(*member->process, std::max(left, {}));
    constexpr std::chrono::seconds killing{10};
    if (!in_order) send_signal(*member->process, SIGKILL);
    Json item = member_item(*member);
    item["killed"] = !in_order;
    if (!wait_for_end(*member->process, killing)) {
      answer.add_failure(item, member->name(),
                         {ErrorCode::request_timed_out, "it is not to be ended"});
      continue;
    }
    member->process.reset();
    answer.add(item, fmt::format("{} {}\n", member->name(),
                                 in_order ? "has ended" : "has been killed: it did not end"));
  }
}

// Only what belongs to it: whatever else lies in the folder, and then the folder, stays.
model::Result<> remove_cluster(const LocalCluster& cluster) {
  std::error_code failed;
  for (const Member& member : cluster.members) {
    std::filesystem::remove_all(cluster.folder_of(member), failed);
    if (failed)
      return model::fail(ErrorCode::kafka_storage_error,
                         fmt::format("{}: {}", cluster.folder_of(member), failed.message()));
  }
  for (const char* name : {"cluster.json", "cluster.lock"})
    std::filesystem::remove(cluster.folder + "/" + name, failed);
  std::filesystem::remove(cluster.folder, failed);
  return {};
}

}  // namespace

int cluster_kill(const ClusterOptions& options) {
  const auto signal = parse_signal(options.signal);
  if (!signal)
    return usage_error(fmt::format("cluster kill: --signal: '{}' is no signal", options.signal));
  auto held = hold_cluster(options);
  if (!held) return fail_here(held.error());
  const auto members = members_named(held->cluster, options.names);
  if (!members) return usage_error("cluster kill: " + members.error().detail);
  Answer answer("cluster kill", "members", options.json);
  for (Member* member : *members) kill_one(held->cluster, *member, *signal, options, answer);
  return answer.finish();
}

int cluster_down(const ClusterOptions& options) {
  auto held = hold_cluster(options);
  if (!held) return fail_here(held.error());
  LocalCluster& cluster = held->cluster;
  Answer answer("cluster down", "members", options.json);
  end_kind(cluster, MemberKind::broker, options, answer);
  end_kind(cluster, MemberKind::zookeeper, options, answer);
  const auto saved = save(cluster);
  const int code = answer.finish();
  if (!saved) return fail_here(saved.error());
  if (!options.remove || code != exit_ok) return code;
  const auto removed = remove_cluster(cluster);
  return removed ? exit_ok : fail_here(removed.error());
}

}  // namespace gregor::cli
