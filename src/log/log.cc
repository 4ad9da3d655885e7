// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the other parts of a log share: its small state, epochs and producers.
#include "log/log.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "log/file_names.h"
#include "log/invariants.h"
#include "log/whole_file.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

Log::Log(LogHome home, SettingsPtr settings, LogOffsets offsets)
    : folder_{.files = home.files, .path = std::move(home.folder)},
      name_(std::move(home.name)),
      offsets_(offsets) {
  set_settings(std::move(settings));
}

Log::~Log() = default;

void Log::set_settings(SettingsPtr settings) {
  ASSERT(settings != nullptr);
  settings_ = std::move(settings);
  folder_.index_interval_bytes = settings_->index_interval_bytes;
}

std::uint64_t Log::size_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment->bytes();
  return bytes;
}

std::vector<std::string> Log::take_notes() { return std::exchange(folder_.notes, {}); }

std::vector<std::string> Log::take_removals() { return std::exchange(removals_, {}); }

void Log::take_offline(std::string reason) {
  if (offline_reason_.empty()) offline_reason_ = std::move(reason);
}

Result<> Log::check_appendable() const {
  if (offline_reason_.empty()) return {};
  return fail(ErrorCode::kafka_storage_error, to_string(name_) + ": " + offline_reason_);
}

void Log::begin_leader_epoch(LeaderEpoch epoch) {
  if (epoch < epochs_.latest().value_or(LeaderEpoch{0})) return;  // appends will be refused
  // The file follows with what is synced next: a broker may come to lead thousands of partitions at
  // once. A crash before that forgets an epoch in which nothing was written, and who is asked for
  // such an epoch tells the end of the one before, which is the same offset.
  if (epochs_.assign(epoch, offsets_.end())) epochs_changed_ = true;
}

void Log::enter_epoch(LeaderEpoch epoch, Offset start) {
  if (epochs_.assign(epoch, start)) save_epochs();
}

void Log::save_epochs() {
  epochs_changed_ = true;
  (void)write_epochs();
}

Result<> Log::write_epochs() {
  auto saved =
      replace_file(folder_.files->disk(), folder_.path, std::string(leader_epoch_checkpoint_name),
                   encode_leader_epochs(epochs_), Durability::later);
  if (!saved) return saved;
  epochs_changed_ = false;
  epochs_unsynced_ = true;
  folder_.names_changed = true;
  return {};
}

void Log::advance_high_watermark(Offset to) {
  offsets_.advance_high_watermark(to);
  producers_.on_high_watermark(to);
  offsets_.set_first_unstable(producers_.first_unstable());
}

void Log::expire_producers(Now now, std::int64_t expiration_ms) {
  producer_id_expiration_ms_ = expiration_ms;
  producers_.expire(now.wall, expiration_ms);
}

// The segment that holds `offset`, or would.
std::size_t Log::segment_of(Offset offset) const {
  const auto after = std::ranges::upper_bound(
      segments_, offset, {}, [](const auto& segment) { return segment->base_offset(); });
  return after == segments_.begin()
             ? 0
             : static_cast<std::size_t>(after - segments_.begin()) - std::size_t{1};
}

}  // namespace gregor::log
