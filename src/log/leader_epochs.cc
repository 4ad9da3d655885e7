// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/leader_epochs.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "log/checkpoint_text.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;
using model::LeaderEpoch;
using model::Offset;

bool LeaderEpochs::assign(LeaderEpoch epoch, Offset start) {
  ASSERT(epoch >= LeaderEpoch{0});
  ASSERT(start >= Offset{0});
  if (!entries_.empty() && entries_.back().epoch == epoch && entries_.back().start <= start) {
    return false;
  }
  while (!entries_.empty() && (entries_.back().epoch >= epoch || entries_.back().start >= start)) {
    entries_.pop_back();
  }
  entries_.push_back({epoch, start});
  return true;
}

std::optional<LeaderEpoch> LeaderEpochs::latest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.back().epoch;
}

std::optional<EpochEnd> LeaderEpochs::end_of(LeaderEpoch epoch, Offset log_end) const {
  if (entries_.empty() || epoch < LeaderEpoch{0} || epoch > entries_.back().epoch) {
    return std::nullopt;
  }
  if (epoch == entries_.back().epoch) return EpochEnd{epoch, log_end};
  const auto higher = std::ranges::upper_bound(entries_, epoch, {}, &EpochStart::epoch);
  ASSERT(higher != entries_.end());
  if (higher == entries_.begin()) return EpochEnd{epoch, higher->start};
  return EpochEnd{std::prev(higher)->epoch, higher->start};
}

bool LeaderEpochs::truncate_from_end(Offset end) {
  return std::erase_if(entries_, [&](const EpochStart& entry) { return entry.start >= end; }) > 0;
}

bool LeaderEpochs::truncate_from_start(Offset start) {
  const auto kept = std::ranges::upper_bound(entries_, start, {}, &EpochStart::start);
  if (kept == entries_.begin()) return false;
  // The epoch that holds at `start` now begins there.
  const auto first = std::prev(kept);
  const bool changes = first != entries_.begin() || first->start != start;
  first->start = start;
  entries_.erase(entries_.begin(), first);
  return changes;
}

base::Bytes encode_leader_epochs(const LeaderEpochs& epochs) {
  std::string text = fmt::format("0\n{}\n", epochs.entries().size());
  for (const EpochStart& entry : epochs.entries()) {
    text += fmt::format("{} {}\n", entry.epoch.value(), entry.start.value());
  }
  return base::to_bytes(base::as_bytes(text));
}

model::Result<LeaderEpochs> decode_leader_epochs(base::BytesView bytes) {
  const auto lines = checkpoint_lines(bytes);
  if (!lines) return fail(lines.error());
  LeaderEpochs epochs;
  std::optional<EpochStart> last;
  for (const std::string_view line : *lines) {
    const auto [first, second] = split_last_word(line);
    const auto epoch = parse_number(first);
    const auto start = parse_number(second);
    if (!epoch || *epoch < 0 || *epoch > std::numeric_limits<std::int32_t>::max() || !start ||
        *start < 0) {
      return fail(ErrorCode::corrupt_message, fmt::format("no epoch and offset: '{}'", line));
    }
    const EpochStart entry{LeaderEpoch{static_cast<std::int32_t>(*epoch)}, Offset{*start}};
    if (last && (entry.epoch <= last->epoch || entry.start <= last->start)) {
      return fail(ErrorCode::corrupt_message, fmt::format("not in order: '{}'", line));
    }
    epochs.assign(entry.epoch, entry.start);
    last = entry;
  }
  return epochs;
}

}  // namespace gregor::log
