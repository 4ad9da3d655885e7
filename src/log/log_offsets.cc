// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/log_offsets.h"

#include <algorithm>

#include "base/assert.h"

namespace gregor::log {

void LogOffsets::advance_end(model::Offset to) {
  ASSERT(end_ <= to, to_string(end_) + " to " + to_string(to));
  end_ = to;
  settle();
}

void LogOffsets::advance_high_watermark(model::Offset to) {
  ASSERT(high_watermark_ <= to, to_string(high_watermark_) + " to " + to_string(to));
  ASSERT(to <= end_, to_string(to) + " beyond end " + to_string(end_));
  high_watermark_ = to;
  settle();
}

void LogOffsets::advance_start(model::Offset to) {
  ASSERT(start_ <= to, to_string(start_) + " to " + to_string(to));
  ASSERT(to <= high_watermark_, to_string(to) + " beyond " + to_string(high_watermark_));
  start_ = to;
  settle();
}

void LogOffsets::set_first_unstable(std::optional<model::Offset> first_unstable) {
  first_unstable_ = first_unstable;
  settle();
}

void LogOffsets::truncate_to(model::Offset end) {
  ASSERT(end <= end_, to_string(end_) + " to " + to_string(end));
  ASSERT(start_ <= end, to_string(end) + " below start " + to_string(start_));
  end_ = end;
  high_watermark_ = std::min(high_watermark_, end);
  if (first_unstable_ && *first_unstable_ >= end) first_unstable_.reset();
  settle();
}

void LogOffsets::restart_at(model::Offset offset) {
  start_ = stable_ = high_watermark_ = end_ = offset;
  first_unstable_.reset();
  check();
}

void LogOffsets::settle() {
  stable_ = std::max(start_, std::min(high_watermark_, first_unstable_.value_or(high_watermark_)));
  check();
}

void LogOffsets::check() const {
  ASSERT(start_ >= model::Offset{0});
  ASSERT(start_ <= stable_);
  ASSERT(stable_ <= high_watermark_);
  ASSERT(high_watermark_ <= end_);
}

}  // namespace gregor::log
