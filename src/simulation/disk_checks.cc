// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/disk_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ranges.h"
#include "broker/group_host.h"
#include "log/data_files.h"
#include "log/file_names.h"
#include "simulation/cluster_view.h"

namespace gregor::simulation {

using model::Offset;
using model::TopicPartition;

// --- while they work ---

void DiskChecks::look_again_and_again() {
  env_.scheduler.after(dice_.between(1, interval_us_), [this] {
    look();
    look_again_and_again();
  });
}

void DiskChecks::look() {
  for (const auto& [name, topic] : ledger_.topics()) {
    if (topic.is_compacted()) continue;
    for (std::int32_t i = 0; i < topic.partitions; ++i) {
      const TopicPartition partition{name, model::PartitionIndex(i)};
      if (holds(topic)) look_at_those_in_sync(partition);
      if (!topic.loses_its_start())
        check_matching(partition, replicas_at(partition, [](const BrokerProcess& broker) {
                         return !broker.has_lost_something();
                       }));
    }
  }
}

// Where the end of a log may be lost with the power, it may be missing at one replica.
bool DiskChecks::holds(const TopicPlan& topic) const {
  return !topic.is_led_unclean() &&
         (topic.is_synced_at_once() || std::ranges::none_of(brokers_, [](const auto& broker) {
            return broker->has_lost_something();
          }));
}

// A replica that moves from one folder to another may have none.
template <class Predicate>
std::vector<DiskChecks::Replica> DiskChecks::replicas_at(const TopicPartition& partition,
                                                         Predicate is_wanted) const {
  std::vector<Replica> replicas;
  for (const auto& broker : brokers_) {
    if (!is_wanted(*broker)) continue;
    auto log = stored_log(broker->disk(), broker->settings().log_dirs, partition);
    if (log) replicas.push_back({broker.get(), std::move(*log)});
  }
  return replicas;
}

// What was acknowledged is at all replicas that are in sync as the coordination service has it,
// whether they are up or not, and is the same there.
void DiskChecks::look_at_those_in_sync(const TopicPartition& partition) {
  const auto acknowledged = ledger_.acknowledged_range(partition);
  if (!acknowledged) return;
  const auto state = tree_ == nullptr ? std::nullopt : state_of(*tree_, partition);
  if (tree_ != nullptr && !state) return;
  const auto replicas = replicas_at(partition, [&](const BrokerProcess& broker) {
    return broker.disks_lost() == 0 &&
           (!state || base::contains(state->isr, broker.settings().broker_id));
  });
  const bool all_is_kept = ledger_.topic(partition.topic).retention_us == 0;
  for (const auto& [broker, log] : replicas) {
    const auto missing = first_missing(log, acknowledged->first, acknowledged->end);
    if (missing && all_is_kept)
      env_.violate("in-sync-replicas-have-it",
                   fmt::format("{} is in sync of {}, acknowledged up to offset {}, and lacks {}",
                               broker->name(), to_string(partition), acknowledged->end.value() - 1,
                               missing->value()));
    if (ledger_.topic(partition.topic).loses_its_start()) continue;
    if (const auto how = difference(replicas.front().log, log, acknowledged->end); !how.empty())
      env_.violate("replicas-are-equal", fmt::format("{}, in sync: {}", to_string(partition), how));
  }
}

void DiskChecks::check_matching(const TopicPartition& partition,
                                const std::vector<Replica>& replicas) {
  for (auto one = replicas.begin(); one != replicas.end(); ++one)
    for (auto other = std::next(one); other != replicas.end(); ++other)
      if (const auto how = mismatch(one->log, other->log); !how.empty())
        env_.violate("logs-match", fmt::format("{} at {} and {}: {}", to_string(partition),
                                               one->broker->name(), other->broker->name(), how));
}

// --- when they have stopped ---

void DiskChecks::look_at_the_end() {
  for (const auto& broker : brokers_) verify_folders(*broker);
  if (tree_ == nullptr) return;
  for (const auto& [partition, assigned] : partitions_of(*tree_))
    compare(partition, assigned.replicas);
}

namespace {

// As the broker has written it down in that checkpoint file; 0: it has not.
Offset written_down(const BrokerProcess& broker, const TopicPartition& partition,
                    std::string_view file) {
  Offset highest{0};
  for (const std::string& folder : broker.settings().log_dirs) {
    const auto offsets =
        log::decode_partition_offsets(broker.disk().look(fmt::format("{}/{}", folder, file)));
    if (!offsets) continue;
    const auto found = offsets->find(partition);
    if (found != offsets->end()) highest = std::max(highest, found->second);
  }
  return highest;
}

}  // namespace

// Below the start of a log there may be anything, with gaps: a leader whose records are deleted has
// forgotten their epochs. Equal is what lies below the high watermark of both. Topics that are not
// in the ledger may be compacted at some time.
void DiskChecks::compare(const TopicPartition& partition,
                         std::span<const model::BrokerId> assigned) {
  const auto known = ledger_.topics().find(partition.topic);
  const bool exact = known != ledger_.topics().end() && !known->second.is_compacted();
  auto replicas = replicas_at(partition, [&](const BrokerProcess& broker) {
    return base::contains(assigned, broker.settings().broker_id);
  });
  Offset start{0};
  for (const auto& [broker, log] : replicas)
    start = std::max(start, written_down(*broker, partition, log::log_starts_name));
  for (auto& [broker, log] : replicas)
    std::erase_if(log, [&](const auto& batch) { return batch.second.last_offset() < start; });
  if (exact) check_matching(partition, replicas);
  for (const auto& [broker, log] : replicas) {
    const auto& [first, firsts] = replicas.front();
    const Offset to = std::min(written_down(*first, partition, log::high_watermarks_name),
                               written_down(*broker, partition, log::high_watermarks_name));
    const auto how = exact ? difference(firsts, log, to) : difference_of_compacted(firsts, log, to);
    if (!how.empty())
      env_.violate("replicas-are-equal", fmt::format("{} at {} and {}: {}", to_string(partition),
                                                     first->name(), broker->name(), how));
  }
}

// What is left of a deleted topic, or of a replica that moved away while this broker was down, is
// opened by no start, and so mended by none.
bool DiskChecks::is_opened(const BrokerProcess& broker, const std::string& folder) const {
  const auto name = log::parse_folder_name(folder);
  if (!name) return true;
  const TopicPartition& partition = name->partition;
  if (tree_ == nullptr)  // the administrator's topics come and go
    return partition.topic == broker::offsets_topic || ledger_.topics().contains(partition.topic);
  const auto partitions = partitions_of(*tree_);
  const auto assigned = partitions.find(partition);
  return assigned != partitions.end() &&
         base::contains(assigned->second.replicas, broker.settings().broker_id);
}

// The epochs of a leader reach their file with what is synced next, and the next start makes anew
// what a crash has kept from it. So only a broker that says that it has ended all its logs has them
// in order.
bool DiskChecks::may_be_torn(const BrokerProcess& broker, const std::string& data,
                             const std::string& folder, const log::Finding& finding) const {
  if (!is_opened(broker, folder)) return true;
  return finding.file == log::leader_epoch_checkpoint_name &&
         !broker.disk().exists(fmt::format("{}/{}", data, log::clean_stop_name));
}

namespace {

bool is_to_be_removed(std::string_view folder) {
  const auto name = log::parse_folder_name(folder);
  return name && name->kind == log::FolderKind::to_delete;
}

}  // namespace

void DiskChecks::verify_folders(BrokerProcess& broker) {
  for (const std::string& data : broker.settings().log_dirs) {
    const auto entries = broker.disk().list(data);
    for (const auto& entry : entries ? *entries : std::vector<log::FolderEntry>{}) {
      if (!entry.is_folder || is_to_be_removed(entry.name)) continue;
      const auto report = log::verify_folder(broker.disk(), data + "/" + entry.name);
      if (!report) continue;
      for (const log::Finding& finding : report->findings)
        if (finding.severity == log::Finding::Severity::error &&
            !may_be_torn(broker, data, entry.name, finding))
          env_.violate("files-are-sound", fmt::format("{} {}/{}: {}", broker.name(), entry.name,
                                                      finding.file, finding.detail));
    }
  }
}

}  // namespace gregor::simulation
