// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// When partitions came to be, as far as it is known: the czxids of their states' znodes. A broker
// that has registered later than that may have had a replica before.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "coordination/port.h"
#include "model/ids.h"

namespace gregor::controller {

class Births {
 public:
  void note(const model::TopicPartition& partition, coordination::Zxid born) {
    auto& of_topic = by_topic_[partition.topic];
    const auto at = static_cast<std::size_t>(partition.partition.value());
    if (at >= of_topic.size()) of_topic.resize(at + 1);
    of_topic[at] = born;
  }
  void forget(std::string_view topic) {
    if (const auto found = by_topic_.find(topic); found != by_topic_.end()) by_topic_.erase(found);
  }
  // 0: not known.
  [[nodiscard]] coordination::Zxid of(std::string_view topic, std::size_t partition) const {
    const auto found = by_topic_.find(topic);
    const bool known = found != by_topic_.end() && partition < found->second.size();
    return known ? found->second[partition] : coordination::Zxid(0);
  }

 private:
  std::map<std::string, std::vector<coordination::Zxid>, std::less<>> by_topic_;  // by index
};

}  // namespace gregor::controller
