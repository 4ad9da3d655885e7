// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A partition that follows: what its leader has is appended as it comes, or cut.

#include <algorithm>

#include "broker/invariants.h"
#include "broker/partition.h"

namespace gregor::broker {

model::Result<> Partition::take_response(const replication::FetchResponse& response,
                                         base::BytesView records, model::Now now) {
  if (!offline_reason().empty()) return {};
  step(response, now);
  if (response.error == model::ErrorCode::none) lags_ = response.high_watermark > log_->log_end();
  if (!effects_.append_fetched) return {};
  const auto appended = log_->append_as_follower(records, now);
  lags_ = response.high_watermark > log_->log_end();
  if (log_->unflushed_records() >= log_->settings().flush_messages) {
    barrier_ = log_->log_end();
    wants_sync_ = true;
  }
  if (appended && appended->rolled) wants_sync_ = true;
  step(replication::FollowerAppended{.had_records = true,
                                     .failed = !appended.has_value(),
                                     .high_watermark = response.high_watermark,
                                     .log_start = response.log_start},
       now);
  check_invariants(*this);
  if (!appended) return model::fail(appended.error());
  return {};
}

LogCheckpoint Partition::checkpoint() const {
  LogCheckpoint out{.name = name(),
                    .data_folder = data_folder(),
                    .recovery_point = log_->recovery_point(),
                    .log_start = log_->log_start(),
                    .high_watermark = log_->high_watermark(),
                    .cleaned_to = log_->cleaned_to()};
  if (cut_) out.recovery_point = recovery_point_before_cut();
  if (cut_ && cut_->all) out.log_start = cut_->to;
  return out;
}

model::Offset Partition::recovery_point_before_cut() const {
  return cut_->all ? log_->recovery_point_before_restart(cut_->to)
                   : log_->recovery_point_before_cut(cut_->to);
}

void Partition::cut_if_safe(model::Offset recovery_point, model::Offset log_start, model::Now now) {
  if (!cut_ || !offline_reason().empty()) return;
  if (recovery_point > recovery_point_before_cut()) return;
  if (cut_->all && log_start != cut_->to) return;
  cut(now);
  check_invariants(*this);
}

void Partition::cut(model::Now now) {
  const Cut wanted = *cut_;
  cut_.reset();
  ++cuts_;
  const auto done = wanted.all ? log_->truncate_fully_and_start_at(wanted.to, now)
                               : log_->truncate_to(wanted.to, now);
  if (!done) return;  // the log is offline and says why
  barrier_ = std::min(barrier_, log_->log_end());
  readable_changed_ = true;
  step(replication::Truncated(), now);
}

}  // namespace gregor::broker
