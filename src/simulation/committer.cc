// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/committer.h"

#include <fmt/format.h>

#include <algorithm>

namespace gregor::simulation {

using namespace protocol;
using model::ErrorCode;
using model::TopicPartition;

void Committer::operate() {
  if (!coordinator_) return find_coordinator();
  const TopicPartition& partition = dice_.pick(plan_.partitions);
  if (dice_.chance(1, 2))
    commit(partition);
  else
    fetch_offset(partition, [this, partition, cuts = ledger_.power_cuts()](std::int64_t offset) {
      found(partition, offset, cuts);
    });
}

void Committer::failed(const char* api, std::optional<ErrorCode> code) {
  coordinator_.reset();
  if (code) {
    env_.mark(fmt::format("{} answered {}", api, model::name_of(*code)));
    if (!model::is_retriable(*code)) return refuse(api, *code);
  }
  operation_done(false);
}

// --- commits ---

void Committer::commit(const TopicPartition& partition) {
  const std::int64_t offset = ++next_offset_;
  Register& of = registers_[partition];
  of.past.insert(offset);
  of.unknown.insert(offset);
  commit_offset(partition, offset, {},
                [this, partition, offset, cuts = ledger_.power_cuts()](Commit commit) {
                  Register& known = registers_[partition];
                  if (!commit) {
                    if (commit.error() == Unanswered::unsent) known.unknown.erase(offset);
                    return failed("OffsetCommit", std::nullopt);
                  }
                  if (*commit != ErrorCode::none) return failed("OffsetCommit", *commit);
                  known.unknown.erase(offset);
                  known.last = offset;
                  known.power_cuts = cuts;
                  operation_done(true);
                });
}

void Committer::found(const TopicPartition& partition, std::int64_t offset, std::uint64_t cuts) {
  Register& of = registers_[partition];
  const bool cut_since =
      plan_.replicated ? ledger_.power_cuts() > 0 : of.power_cuts != ledger_.power_cuts();
  const bool allowed =
      offset == of.last || of.unknown.contains(offset) || (cut_since && of.past.contains(offset));
  if (!allowed)
    env_.violate("committed-offsets-stay",
                 fmt::format("{}: {} was committed for {}, {} is found", name(), of.last,
                             to_string(partition), offset));
  of.last = offset;
  of.power_cuts = cuts;
  operation_done(true);
}

}  // namespace gregor::simulation
