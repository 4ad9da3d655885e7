// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a follower does: it fetches from the end of its log, and cuts the log where the leader says
// that the two part.

#include <algorithm>

#include "base/assert.h"
#include "replication/replica.h"

namespace gregor::replication {

using model::ErrorCode;

void Replica::fetch_on(Context& in) {
  // A fetch says how far this replica may be counted.
  if (in.log.counted_end() < in.log.end()) {
    state_.awaits = Awaits::disk;
    return;
  }
  state_.awaits = Awaits::fetch_response;
  in.out.fetch = FetchPosition{.leader = state_.leader,
                               .epoch = state_.epoch,
                               .offset = in.log.end(),
                               .last_epoch = in.log.latest_epoch().value_or(model::no_leader_epoch),
                               .log_start = in.log.start()};
}

void Replica::fetch_again_later(Context& in) {
  fetch_on(in);
  if (in.out.fetch) in.out.fetch->after_backoff = true;
}

void Replica::on(const FetchResponse& response, Context& in) {
  // It counts if it answers what this follower would ask now (KAFKA-7786). The end alone would not
  // tell: a log that was cut and has grown again ends where it did before, in another epoch.
  const bool fits = state_.awaits == Awaits::fetch_response &&
                    response.current_epoch == state_.epoch && response.offset == in.log.end() &&
                    response.last_epoch == in.log.latest_epoch().value_or(model::no_leader_epoch);
  if (!fits) return trace(Action::drop_stale_response, response.offset, in);
  if (response.error == ErrorCode::offset_out_of_range) {
    state_.awaits = Awaits::leader_log_start;
    in.out.ask_log_start = LogStartQuestion{state_.leader, state_.epoch};
    return;
  }
  if (response.error != ErrorCode::none) return fetch_again_later(in);
  // Where logs part, the high watermark of the response is not for this log (KAFKA-14704).
  if (response.diverging) return truncate_to_epoch(*response.diverging, in);
  // The leader has deleted all that is here, and its log may start within a batch of which this
  // replica has other records, which its epochs do not tell any more. Begun anew, the log takes the
  // whole of that batch.
  if (response.has_records && in.log.start() < in.log.end() && response.log_start >= in.log.end())
    return restart_at(response.log_start, in);
  state_.awaits = Awaits::append;
  in.out.append_fetched = response.has_records;
  if (!response.has_records)
    on(FollowerAppended{.had_records = false,
                        .high_watermark = response.high_watermark,
                        .log_start = response.log_start},
       in);
}

void Replica::on(const FollowerAppended& appended, Context& in) {
  if (state_.awaits != Awaits::append) return;  // the role has changed meanwhile
  if (appended.failed) return fetch_again_later(in);
  const Offset end = in.log.end();
  trace(Action::follower_append, end, in);
  in.out.trace.back().repeats = !appended.had_records;
  if (const Offset to = std::min(appended.high_watermark, end); to > state_.high_watermark) {
    state_.high_watermark = to;
    in.out.high_watermark = to;
    trace(Action::advance_high_watermark, to, in);
  }
  if (const Offset to = std::min(appended.log_start, state_.high_watermark); to > in.log.start())
    in.out.log_start = to;
  // In the leader's epoch, or at the end of its log: either way beyond the start of the epoch.
  const bool in_epoch = !appended.had_records || in.log.latest_epoch() == state_.epoch;
  if (state_.incomplete && in_epoch && end >= appended.high_watermark) {
    state_.incomplete = false;
    in.out.now_complete = true;
  }
  fetch_on(in);
}

// Where the logs part. If this replica does not know the leader's epoch it goes back to the end of
// the last one that it knows, and asks again (KIP-279).
void Replica::truncate_to_epoch(const EpochEnd& diverging, Context& in) {
  const auto mine = in.log.end_of(diverging.epoch);
  // A later epoch in our log, perhaps one without a record, is what is to go.
  if (!mine || diverging.end.value() < 0) return fetch_again_later(in);
  const Offset to = mine->epoch == diverging.epoch ? std::min(mine->end, diverging.end) : mine->end;
  if (to == in.log.end() && mine->epoch == in.log.latest_epoch()) return fetch_again_later(in);
  state_.high_watermark = std::min(state_.high_watermark, to);
  trace(Action::truncate_to_epoch, to, in);
  if (to < in.log.start()) return restart_at(to, in);
  state_.awaits = Awaits::truncation;
  in.out.truncate_to = to;
}

// The log may have to wait; until it has begun anew, the high watermark stays within what it is.
void Replica::restart_at(Offset start, Context& in) {
  state_.awaits = Awaits::truncation;
  state_.high_watermark = std::min(state_.high_watermark, start);
  in.out.restart_at = start;
}

// A batch goes as a whole, so the log may have lost more than it was asked to. One that has begun
// anew begins with what is committed.
void Replica::on(const Truncated&, Context& in) {
  state_.high_watermark = std::clamp(state_.high_watermark, in.log.start(), in.log.end());
  if (state_.awaits == Awaits::truncation) fetch_on(in);
}

// The leader has deleted what this replica would fetch next.
void Replica::on(const LeaderLogStart& told, Context& in) {
  if (state_.awaits != Awaits::leader_log_start || told.current_epoch != state_.epoch) return;
  if (told.error != ErrorCode::none || told.start.value() < 0) return fetch_again_later(in);
  const bool is_ahead = told.start > in.log.end();
  const bool holds_nothing = in.log.start() == in.log.end() && told.start < in.log.end();
  if (!is_ahead && !holds_nothing) return fetch_again_later(in);
  restart_at(told.start, in);
}

}  // namespace gregor::replication
