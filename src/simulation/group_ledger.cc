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
