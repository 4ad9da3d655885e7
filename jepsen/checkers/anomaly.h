// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What checkers find. Names are Jepsen's where Jepsen has one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "jepsen/checkers/history.h"

namespace gregor::jepsen {

struct Anomaly {
  std::string name;
  std::string key;  // the partition, group or register; empty when there is none
  std::string what;
  std::vector<std::uint32_t> operations;  // numbers in History::operations, the cause first
};

// Every anomaly is counted; the first few of each name are kept.
class Findings {
 public:
  static constexpr std::size_t kept_of_a_name_max = 10;

  void add(Anomaly anomaly) {
    if (counts_[anomaly.name]++ < kept_of_a_name_max) kept_.push_back(std::move(anomaly));
  }
  // A class that could not be decided within its budget.
  void add_unknown(std::string what) { unknown_.push_back(std::move(what)); }

  [[nodiscard]] const std::vector<Anomaly>& kept() const { return kept_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }
  [[nodiscard]] const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  std::vector<Anomaly> kept_;
  std::map<std::string, std::uint64_t> counts_;
  std::vector<std::string> unknown_;
};

}  // namespace gregor::jepsen
