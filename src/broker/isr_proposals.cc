// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/isr_proposals.h"

#include <fmt/format.h>

#include <utility>

#include "base/assert.h"
#include "broker/partition.h"
#include "broker/shard_state.h"

namespace gregor::broker {

namespace {

constexpr std::int64_t propose_again_ms = 500;

controller::ProposedIsr asked_of(const Partition& partition,
                                 const replication::IsrProposal& proposal) {
  controller::ProposedIsr out{.topic = partition.name().topic,
                              .topic_id = partition.topic_id(),
                              .partition = partition.name().partition,
                              .leader_epoch = proposal.leader_epoch,
                              .partition_epoch = proposal.partition_epoch,
                              .isr = {}};
  for (const auto& member : proposal.isr) out.isr.push_back({member.id, member.epoch});
  return out;
}

replication::AlterPartitionAnswer answer_to(const replication::IsrProposal& proposal,
                                            const model::Result<controller::AlteredIsr>& altered) {
  replication::AlterPartitionAnswer out{.leader_epoch = proposal.leader_epoch,
                                        .partition_epoch = proposal.partition_epoch,
                                        .isr = {},
                                        .eligible = {}};
  if (!altered) {
    out.error = altered.error().code;
    return out;
  }
  out.new_leader_epoch = altered->leader_epoch;
  out.new_partition_epoch = altered->partition_epoch;
  out.isr.insert(altered->isr.begin(), altered->isr.end());
  out.eligible.insert(altered->eligible.begin(), altered->eligible.end());
  return out;
}

}  // namespace

void IsrProposals::note(Partition& partition) {
  if (auto proposal = partition.take_proposal())
    waiting_.insert_or_assign(partition.number(), std::move(*proposal));
}

void IsrProposals::reach_time(ShardState& shard) {
  pausing_ = false;
  send(shard);
}

void IsrProposals::send(ShardState& shard) {
  if (!under_way_.empty() || pausing_ || shard.phase != Phase::serving) return;
  AlterIsr asked;
  for (auto& [number, proposal] : std::exchange(waiting_, {})) {
    const Partition* const partition = shard.partitions.find(number);
    if (partition == nullptr) continue;
    asked.partitions.push_back(asked_of(*partition, proposal));
    under_way_.push_back({number, std::move(proposal)});
  }
  if (!under_way_.empty()) shard.send(controller_shard, std::move(asked));
}

void IsrProposals::on_answer(ShardState& shard, const controller::AlteredIsrs& altered) {
  const std::vector<Sent> sent = std::exchange(under_way_, {});
  ASSERT(!altered || altered->size() == sent.size());
  if (!altered) {
    shard.say(Severity::warning,
              fmt::format("the controller did not take changes of {} partitions: {} {}",
                          sent.size(), name_of(altered.error().code), altered.error().detail));
    pausing_ = true;
    shard.timers.set(shard.after(propose_again_ms), Chore::propose_isr);
  }
  for (std::size_t at = 0; at < sent.size(); ++at) {
    const auto& [number, proposal] = sent[at];
    Partition* const partition = shard.partitions.find(number);
    if (partition == nullptr || !partition->offline_reason().empty()) continue;
    using Result = model::Result<controller::AlteredIsr>;
    const Result result = altered ? altered->at(at) : Result(model::fail(altered.error()));
    partition->take_answer(answer_to(proposal, result), shard.now);
    shard.touched.push_back(number);
  }
}

}  // namespace gregor::broker
