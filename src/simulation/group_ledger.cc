// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/group_ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace gregor::simulation {

using model::TopicPartition;

void GroupLedger::assigned(std::int32_t generation, const std::string& member,
                           const std::vector<TopicPartition>& share) {
  told_.emplace(generation, env_.now());
  for (const TopicPartition& partition : share) {
    std::string& owner = owners_[generation][partition];
    if (!owner.empty() && owner != member && is_safe())
      env_.violate("one-owner", fmt::format("{}: in generation {} {} is {}'s and {}'s", name_,
                                            generation, to_string(partition), owner, member));
    owner = member;
  }
}

void GroupLedger::holds(const std::string& member, const std::set<TopicPartition>& partitions,
                        Time until) {
  std::erase_if(holders_, [&](const auto& one) {
    return one.second.member == member && !partitions.contains(one.first);
  });
  if (until <= env_.now()) {
    std::erase_if(holders_, [&](const auto& one) { return one.second.member == member; });
    return;
  }
  for (const TopicPartition& partition : partitions) {
    Holder& holder = holders_[partition];
    if (holder.member != member && holder.until > env_.now() && is_safe())
      env_.violate("one-owner", fmt::format("{}: {} takes {}, which {} has not let go", name_,
                                            member, to_string(partition), holder.member));
    holder = {member, until};
  }
}

void GroupLedger::accepted_of_past_epoch(const std::string& member, std::int32_t epoch) {
  if (is_safe())
    env_.violate(
        "no-commit-of-the-past",
        fmt::format("{}: {} has left epoch {}, and its commit is accepted", name_, member, epoch));
}

void GroupLedger::accepted_of_earlier_life(const char* api, const std::string& instance) {
  if (is_safe())
    env_.violate("earlier-lives-are-fenced",
                 fmt::format("{}: {} of an earlier life of {} is accepted", name_, api, instance));
}

void GroupLedger::earlier_life_unknown(const char* api, const std::string& instance,
                                       const broker::PeerAddress& coordinator) {
  doubts_[instance] = {api, coordinator};
}

void GroupLedger::heartbeat(const std::string& instance,
                            const std::optional<broker::PeerAddress>& accepted_by) {
  const auto doubt = doubts_.extract(instance);
  if (!doubt.empty() && accepted_by == doubt.mapped().coordinator && is_safe())
    env_.violate("earlier-lives-are-fenced",
                 fmt::format("{}: {} of an earlier life of {} is told that there is no such member",
                             name_, doubt.mapped().api, instance));
}

void GroupLedger::fenced_while_alive(const std::string& instance) {
  if (is_safe())
    env_.violate("the-living-are-not-fenced",
                 fmt::format("{}: {} is fenced, and there is no other", name_, instance));
}

GroupLedger::Commits& GroupLedger::commits_of(const TopicPartition& partition) {
  Commits& commits = commits_[partition];
  if (commits.empty()) commits[nothing] = {.begun = Time(-1), .done = Time(-1)};
  return commits;
}

std::int64_t GroupLedger::committing(const TopicPartition& partition) {
  const std::int64_t offset = ++offsets_;
  commits_of(partition)[offset] = {.begun = env_.now()};
  return offset;
}

void GroupLedger::refused(const TopicPartition& partition, std::int64_t offset) {
  commits_of(partition).erase(offset);
}

void GroupLedger::committed(const TopicPartition& partition, std::int64_t offset,
                            std::int32_t generation, Time begun) {
  Commit& commit = commits_of(partition)[offset];
  commit.done = std::min(commit.done, env_.now());
  const auto later = std::ranges::find_if(
      told_, [&](const auto& one) { return one.first > generation && one.second < begun; });
  if (later != told_.end() && is_safe())
    env_.violate("no-commit-of-the-past",
                 fmt::format("{}: generation {} was told, and a commit of generation {} for {} is "
                             "accepted",
                             name_, later->first, generation, to_string(partition)));
}

void GroupLedger::found(const TopicPartition& partition, std::int64_t offset, Time begun) {
  Commits& commits = commits_of(partition);
  const auto seen = commits.find(offset);
  if (seen == commits.end())
    return env_.violate("committed-offsets-stay",
                        fmt::format("{}: {} is found for {}, which was not committed or refused",
                                    name_, offset, to_string(partition)));
  const auto newer = std::ranges::find_if(commits, [&](const auto& one) {
    return one.second.begun > seen->second.done && one.second.done < begun;
  });
  if (newer != commits.end() && is_safe())
    env_.violate("committed-offsets-stay",
                 fmt::format("{}: {} was committed for {}, {} of before is found", name_,
                             newer->first, to_string(partition), offset));
  seen->second.done = std::min(seen->second.done, env_.now());
}

}  // namespace gregor::simulation
