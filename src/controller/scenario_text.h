// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests only: the controller's nouns as the text scenarios write them.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "controller/image.h"

namespace gregor::controller::test {

inline std::string text_of(const std::vector<model::BrokerId>& brokers) {
  std::string out;
  for (const model::BrokerId id : brokers) out += (out.empty() ? "" : ",") + to_string(id);
  return out;
}

inline std::string text_of(const Partition& p) {
  std::string out =
      fmt::format("[{}] leader={} epoch={} isr={} state={}", text_of(p.replicas), p.leader.value(),
                  p.leader_epoch.value(), text_of(p.isr), p.partition_epoch.value());
  if (!p.eligible.empty()) out += " eligible=" + text_of(p.eligible);
  if (!p.adding.empty()) out += " adding=" + text_of(p.adding);
  if (!p.removing.empty()) out += " removing=" + text_of(p.removing);
  if (p.recovering) out += " recovering";
  return out;
}

}  // namespace gregor::controller::test
