// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// First everybody keeps what it had and may keep; then what is free goes to whoever has least; last
// partitions move from those with more to those with less, until no move makes it more even.

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "group/assignor.h"

namespace gregor::group {

namespace {

class Uniform {
 public:
  Uniform(const std::vector<Subscriber>& members, const PartitionCounts& counts) {
    for (const Subscriber& one : members) {
      places_.push_back({.member = &one});
      for (const model::TopicId& topic : one.topics) takers_[topic];
    }
    for (std::size_t at = 0; at < places_.size(); ++at)
      for (const model::TopicId& topic : places_[at].member->topics) takers_[topic].push_back(at);
    for (const auto& [topic, takers] : takers_)
      for (std::int32_t partition = 0; partition < counts.at(topic); ++partition)
        free_.insert({topic, partition});
    total_ = free_.size();
  }

  Targets assign() {
    keep();
    hand_out();
    while (even_out()) {
    }
    Targets out;
    for (const Place& place : places_)
      out.emplace(place.member->id, Partitions(place.has.begin(), place.has.end()));
    return out;
  }

 private:
  struct Place {
    const Subscriber* member;
    std::set<TopicIdPartition> has = {};
  };

  [[nodiscard]] bool is_homogeneous() const {
    return std::ranges::all_of(
        takers_, [&](const auto& one) { return one.second.size() == places_.size(); });
  }

  // Where all subscribe to the same, nobody keeps more than it may have in the end.
  void keep() {
    const bool limited = is_homogeneous() && !places_.empty();
    const std::size_t least = limited ? total_ / places_.size() : 0;
    std::size_t with_one_more = limited ? total_ % places_.size() : 0;
    for (Place& place : places_) {
      for (const TopicIdPartition& one : place.member->before) {
        if (limited && place.has.size() >= least + (with_one_more > 0 ? 1 : 0)) break;
        if (!std::ranges::binary_search(place.member->topics, one.topic)) continue;
        if (free_.erase(one) > 0) place.has.insert(one);
      }
      if (limited && place.has.size() > least) --with_one_more;
    }
  }

  void hand_out() {
    for (const TopicIdPartition& one : free_) {
      const auto& takers = takers_.at(one.topic);
      const std::size_t least = *std::ranges::min_element(
          takers, {}, [&](std::size_t at) { return places_[at].has.size(); });
      places_[least].has.insert(one);
    }
    free_.clear();
  }

  // Each move makes the sum of the squares smaller, so that there is an end.
  bool even_out() {
    bool moved = false;
    for (const auto& [topic, takers] : takers_)
      while (move_one(topic, takers)) moved = true;
    return moved;
  }

  bool move_one(const model::TopicId& topic, const std::vector<std::size_t>& takers) {
    const auto size_at = [&](std::size_t at) { return places_[at].has.size(); };
    const std::size_t least = *std::ranges::min_element(takers, {}, size_at);
    std::optional<std::size_t> most;
    for (const std::size_t at : takers) {
      const auto first = places_[at].has.lower_bound({topic, 0});
      const bool has_one = first != places_[at].has.end() && first->topic == topic;
      if (has_one && (!most || size_at(at) > size_at(*most))) most = at;
    }
    if (!most || size_at(*most) < size_at(least) + 2) return false;
    // The last goes, so that the first ones stay where they are.
    auto past = places_[*most].has.upper_bound({topic, std::numeric_limits<std::int32_t>::max()});
    places_[least].has.insert(places_[*most].has.extract(--past));
    return true;
  }

  std::vector<Place> places_;
  std::map<model::TopicId, std::vector<std::size_t>> takers_;  // indices into places_
  std::set<TopicIdPartition> free_;
  std::size_t total_ = 0;
};

}  // namespace

Targets assign_uniformly(const std::vector<Subscriber>& members, const PartitionCounts& counts) {
  return Uniform(members, counts).assign();
}

}  // namespace gregor::group
