// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The controller of spec/Replication.tla: one register, changed in one step each time. It elects
// from the ISR and from those who are eligible since it became too small (KIP-966).
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "replication/effects.h"
#include "replication/events.h"

namespace gregor::replication::test {

struct Announcement {
  BrokerId to;
  BrokerEpoch broker_epoch;  // the life that is meant
  LeaderAndIsr news;
};

class ToyController {
 public:
  ToyController(BrokerSet brokers, std::size_t min_in_sync)
      : replicas_(std::move(brokers)), min_in_sync_(min_in_sync) {
    for (const BrokerId id : replicas_) registered_[id] = BrokerEpoch(1);
    isr_ = replicas_;
    leader_ = *replicas_.begin();
    announce(replicas_);
  }

  [[nodiscard]] BrokerId leader() const { return leader_; }
  [[nodiscard]] LeaderEpoch leader_epoch() const { return leader_epoch_; }
  [[nodiscard]] PartitionEpoch partition_epoch() const { return partition_epoch_; }
  [[nodiscard]] const BrokerSet& isr() const { return isr_; }
  [[nodiscard]] const BrokerSet& eligible() const { return eligible_; }
  [[nodiscard]] bool is_registered(BrokerId id) const { return registered_.contains(id); }
  // All that was ever announced, oldest first.
  [[nodiscard]] const std::vector<Announcement>& announced() const { return announced_; }

  // A session ends: the broker leaves the ISR, and if it led another member leads.
  void expire(BrokerId id) {
    registered_.erase(id);
    if (!isr_.contains(id)) return;
    BrokerSet isr = isr_;
    isr.erase(id);
    std::optional<BrokerId> next;
    for (const BrokerId member : isr)
      if (is_registered(member) && !next) next = member;
    const BrokerId leader = leader_ == id ? next.value_or(model::no_broker) : leader_;
    new_epoch(leader, isr, eligible_when(isr));
  }

  // It registers. After a crash it is no longer eligible, whatever it has.
  BrokerEpoch enlist(BrokerId id, bool crashed) {
    const BrokerEpoch epoch = ++last_broker_epoch_;
    registered_[id] = epoch;
    if (crashed && eligible_.erase(id) > 0)
      new_epoch(leader_, isr_, eligible_);
    else
      announce({id});
    return epoch;
  }

  // There is no leader, and somebody who may lead is back.
  void elect_if_possible() {
    for (const BrokerId id : replicas_) {
      if (leader_ != model::no_broker || !is_registered(id)) continue;
      if (isr_.contains(id) || eligible_.contains(id)) elect(id);
    }
  }
  void elect(BrokerId id, bool unclean = false) {
    BrokerSet isr = {id};
    for (const BrokerId member : isr_)
      if (is_registered(member) && !unclean) isr.insert(member);
    new_epoch(id, isr, unclean ? BrokerSet() : eligible_when(isr), unclean);
  }
  // Says once more what everybody has been told, or could know.
  void repeat() { announce(replicas_); }
  bool move(BrokerId id) {
    if (leader_ == model::no_broker || leader_ == id || !isr_.contains(id) || !is_registered(id))
      return false;
    new_epoch(id, isr_, eligible_);
    return true;
  }

  AlterPartitionAnswer alter(BrokerId from, const IsrProposal& proposal) {
    AlterPartitionAnswer answer{.leader_epoch = proposal.leader_epoch,
                                .partition_epoch = proposal.partition_epoch,
                                .isr = {},
                                .eligible = {}};
    BrokerSet isr;
    for (const auto& member : proposal.isr) isr.insert(member.id);
    answer.error = judge(from, proposal, isr);
    if (answer.error != model::ErrorCode::none) return answer;
    if (proposal.partition_epoch == partition_epoch_) {
      eligible_ = eligible_when(isr);
      isr_ = isr;
      ++partition_epoch_;
    }
    answer.isr = isr_;
    answer.eligible = eligible_;
    answer.new_leader_epoch = leader_epoch_;
    answer.new_partition_epoch = partition_epoch_;
    return answer;
  }

 private:
  model::ErrorCode judge(BrokerId from, const IsrProposal& proposal, const BrokerSet& isr) const {
    using model::ErrorCode;
    if (leader_ != from || leader_epoch_ != proposal.leader_epoch)
      return ErrorCode::fenced_leader_epoch;
    if (partition_epoch_ != proposal.partition_epoch)  // the same change again is confirmed again
      return isr == isr_ ? ErrorCode::none : ErrorCode::invalid_update_version;
    const bool known = std::ranges::all_of(proposal.isr, [&](const auto& member) {
      const auto found = registered_.find(member.id);
      return found != registered_.end() &&
             (member.epoch == no_broker_epoch || member.epoch == found->second);
    });
    return known ? ErrorCode::none : ErrorCode::ineligible_replica;
  }

  // While too few are in sync nothing is committed, so that whoever leaves stays complete.
  [[nodiscard]] BrokerSet eligible_when(const BrokerSet& isr) const {
    BrokerSet out;
    if (isr.size() >= std::min(min_in_sync_, replicas_.size())) return out;
    for (const BrokerSet* const set : {&isr_, &eligible_})
      for (const BrokerId id : *set)
        if (!isr.contains(id)) out.insert(id);
    return out;
  }
  void new_epoch(BrokerId leader, BrokerSet isr, BrokerSet eligible, bool unclean = false) {
    leader_ = leader;
    isr_ = std::move(isr);
    eligible_ = std::move(eligible);
    ++leader_epoch_;
    ++partition_epoch_;
    unclean_ = unclean;
    announce(replicas_);
  }
  void announce(const BrokerSet& to) {
    for (const BrokerId id : to)
      if (is_registered(id))
        announced_.push_back({id, registered_.at(id),
                              LeaderAndIsr{.leader = leader_,
                                           .leader_epoch = leader_epoch_,
                                           .partition_epoch = partition_epoch_,
                                           .isr = isr_,
                                           .eligible = eligible_,
                                           .replicas = replicas_,
                                           .unclean = unclean_}});
  }

  BrokerSet replicas_;
  std::size_t min_in_sync_;
  BrokerId leader_;
  LeaderEpoch leader_epoch_{1};
  PartitionEpoch partition_epoch_{1};
  BrokerSet isr_, eligible_;
  bool unclean_ = false;
  std::map<BrokerId, BrokerEpoch> registered_;
  BrokerEpoch last_broker_epoch_{1};
  std::vector<Announcement> announced_;
};

}  // namespace gregor::replication::test
