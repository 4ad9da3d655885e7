// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The partitions that a shard owns, found by what requests call them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/partition.h"
#include "broker/topic_ref.h"

namespace gregor::broker {

class Partitions {
 public:
  PartitionNumber next_number() { return PartitionNumber(next_number_++); }

  // No other partition has its name.
  Partition& add(std::unique_ptr<Partition> partition);
  std::unique_ptr<Partition> remove(PartitionNumber number);

  // nullptr when the shard has no such partition.
  [[nodiscard]] Partition* find(const TopicRef& topic, model::PartitionIndex index) const;
  [[nodiscard]] Partition* find_by_name(std::string_view topic, model::PartitionIndex index) const;
  [[nodiscard]] Partition* find_by_id(const model::TopicId& topic,
                                      model::PartitionIndex index) const;
  [[nodiscard]] Partition* find(PartitionNumber number) const;

  // By index.
  [[nodiscard]] std::vector<Partition*> of_topic(std::string_view topic) const;

  // In the order of their numbers, which is that of their opening.
  [[nodiscard]] const std::map<PartitionNumber, std::unique_ptr<Partition>>& all() const {
    return all_;
  }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  struct Topic {
    model::TopicId id;
    std::vector<Partition*> partitions;  // by index, null where another shard has it
    std::size_t count = 0;               // of those that are not null
  };
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  static Partition* at(const Topic& topic, model::PartitionIndex index);

  std::map<PartitionNumber, std::unique_ptr<Partition>> all_;
  // Never iterated.
  std::unordered_map<std::string, Topic, NameHash, std::equal_to<>> by_name_;
  std::unordered_map<model::TopicId, const Topic*> by_id_;
  std::uint64_t next_number_ = 1;
};

}  // namespace gregor::broker
