// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Which topics a command line means, as Kafka's tools read it: a regular expression that the whole
// name must match, with ',' for '|'. A plain name is such an expression.
#pragma once

#include <regex>
#include <string>
#include <vector>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::cli {

class TopicFilter {
 public:
  static model::Result<TopicFilter> parse(std::string expression);
  [[nodiscard]] bool matches(const std::string& topic) const {
    return std::regex_match(topic, expression_);
  }

 private:
  explicit TopicFilter(std::regex expression) : expression_(std::move(expression)) {}
  std::regex expression_;
};

// "orders" or "orders:0,2": a topic, and which of its partitions; all of them if there are none.
struct TopicChoice {
  std::string topic;
  std::vector<model::PartitionIndex> partitions;
  friend bool operator==(const TopicChoice&, const TopicChoice&) = default;
};
model::Result<TopicChoice> parse_topic_choice(const std::string& text);

}  // namespace gregor::cli
