// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// New states of partitions, collected over all topics, and what has to be written for them: a state
// is compared and set on the version that it was made from, and the assignment of a topic is
// written with the states that it belongs to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/image.h"
#include "controller/plan.h"
#include "model/ids.h"

namespace gregor::controller {

class TopicEdits {
 public:
  explicit TopicEdits(const Situation& now) : now_(now) {}

  // The newest state: as edited, or as the image has it. nullptr when there is no such partition.
  [[nodiscard]] const Partition* find(const std::string& topic, model::PartitionIndex index) const;
  // `next` follows from the state that the image has.
  void set(const std::string& topic, model::PartitionIndex index, Partition next);

  // Everything in one multi, or as few as its size allows.
  [[nodiscard]] Task task() const;
  // The two halves of the task: what is written, not fenced yet, and what is different then.
  [[nodiscard]] std::vector<coordination::Change> writes() const;
  [[nodiscard]] std::vector<Change> changes() const;

 private:
  const Situation& now_;
  std::map<std::string, Topic> edited_;
};

}  // namespace gregor::controller
