// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The description of one topic by `gregor topics --describe`, in the form of kafka-topics.
#pragma once

#include <CLI/App.hpp>

#include "cli/answer.h"
#include "cli/config_requests.h"
#include "protocol/messages/metadata.h"

namespace gregor::cli {

struct DescribeFilter {
  bool exclude_internal = false;
  bool under_replicated = false;
  bool unavailable = false;
  bool under_min_isr = false;
  bool at_min_isr = false;
  bool with_overrides = false;

  [[nodiscard]] bool chooses_partitions() const {
    return under_replicated || unavailable || under_min_isr || at_min_isr;
  }
};

void add_describe_filters(CLI::App& command, DescribeFilter& filter);

using DescribedTopic = protocol::MetadataResponse::MetadataResponseTopic;

void add_description(Answer& output, const DescribedTopic& topic,
                     const std::vector<ConfigEntry>& configs, const DescribeFilter& filter);

}  // namespace gregor::cli
