// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/fetch_session.h"

#include <limits>
#include <optional>

#include "base/assert.h"
#include "base/ranges.h"

namespace gregor::broker {

using model::ErrorCode;
using model::fail;

model::Result<FetchPlan> FetchSessions::begin(const FetchSessionClaim& claim,
                                              std::vector<FetchPart> named,
                                              const std::vector<FetchPart>& forgotten,
                                              model::Instant now) {
  if (claim.is_full()) {
    remove(claim.id);
    const bool wanted = claim.epoch == FetchSessionClaim::epoch_initial;
    return FetchPlan{wanted ? FetchSessionKind::wanted : FetchSessionKind::none, claim,
                     std::move(named)};
  }
  const auto found = sessions_.find(claim.id);
  if (found == sessions_.end()) return fail(ErrorCode::fetch_session_id_not_found);
  Session& session = found->second;
  if (session.by_topic_id != claim.by_topic_id)
    return fail(ErrorCode::fetch_session_topic_id_error);
  if (session.epoch != claim.epoch) return fail(ErrorCode::invalid_fetch_session_epoch);

  if (!update(session, std::move(named), forgotten)) {
    remove(claim.id);  // it has outgrown the limit: the client may start over with a full request
    return fail(ErrorCode::fetch_session_id_not_found);
  }
  session.last_used = now;
  session.epoch = next_fetch_epoch(session.epoch);
  FetchPlan plan{FetchSessionKind::incremental, claim, base::mapped(session.entries, &Entry::part)};
  if (session.entries.empty()) {  // nothing left to remember
    plan.kind = FetchSessionKind::none;
    remove(claim.id);
  }
  return plan;
}

bool FetchSessions::update(Session& session, std::vector<FetchPart> named,
                           const std::vector<FetchPart>& forgotten) {
  for (FetchPart& part : named) {
    const PartKey key = key_of(part);
    if (const auto known = session.by_key.find(key); known != session.by_key.end()) {
      known->second->part = std::move(part);
      continue;
    }
    if (partitions_ >= limits_.partitions) return false;
    session.entries.push_back(Entry{std::move(part)});
    session.by_key.emplace(key, std::prev(session.entries.end()));
    ++partitions_;
  }
  for (const FetchPart& part : forgotten) {
    const auto known = session.by_key.find(key_of(part));
    if (known == session.by_key.end()) continue;
    session.entries.erase(known->second);
    session.by_key.erase(known);
    --partitions_;
  }
  return true;
}

FetchSessionAnswer FetchSessions::finish(const FetchPlan& plan, std::span<const FetchNews> news,
                                         model::Instant now) {
  ASSERT(news.size() == plan.parts.size());
  switch (plan.kind) {
    case FetchSessionKind::none:
      return {.told = std::vector<bool>(plan.parts.size(), true)};
    case FetchSessionKind::wanted:
      return open(plan, news, now);
    case FetchSessionKind::incremental:
      return continue_with(plan, news);
  }
  base::assertion_failed("kind of fetch session", __FILE__, __LINE__);
}

FetchSessionAnswer FetchSessions::open(const FetchPlan& plan, std::span<const FetchNews> news,
                                       model::Instant now) {
  FetchSessionAnswer answer{.told = std::vector<bool>(plan.parts.size(), true)};
  if (!make_room(plan.parts.size(), now)) return answer;

  Session session;
  session.by_topic_id = plan.claim.by_topic_id;
  session.made = now;
  session.last_used = now;
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    const auto [slot, added] = session.by_key.try_emplace(key_of(plan.parts[i]));
    if (!added) continue;  // named twice: the first one counts
    slot->second = session.entries.insert(session.entries.end(), Entry{plan.parts[i]});
    update_told(*slot->second, news[i]);
  }
  partitions_ += session.entries.size();
  do {
    constexpr std::uint64_t ids = std::numeric_limits<std::int32_t>::max();
    answer.id = FetchSessionId(static_cast<std::int32_t>(1 + prng_.below(ids)));
  } while (sessions_.contains(answer.id));
  sessions_.emplace(answer.id, std::move(session));
  return answer;
}

FetchSessionAnswer FetchSessions::continue_with(const FetchPlan& plan,
                                                std::span<const FetchNews> news) {
  FetchSessionAnswer answer{.id = plan.claim.id,
                            .told = std::vector<bool>(plan.parts.size(), false)};
  const auto found = sessions_.find(plan.claim.id);
  if (found == sessions_.end() || found->second.epoch != next_fetch_epoch(plan.claim.epoch)) {
    // While this request waited, another one closed or used the session, or it was evicted.
    answer.error = found == sessions_.end() ? ErrorCode::fetch_session_id_not_found
                                            : ErrorCode::invalid_fetch_session_epoch;
    answer.id = no_fetch_session;
    return answer;
  }
  Session& session = found->second;
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    const auto known = session.by_key.find(key_of(plan.parts[i]));
    if (known == session.by_key.end()) continue;
    answer.told[i] = update_told(*known->second, news[i]);
    if (news[i].has_records)  // those with data go last, so that all get their turn
      session.entries.splice(session.entries.end(), session.entries, known->second);
  }
  return answer;
}

bool FetchSessions::update_told(Entry& entry, const FetchNews& news) {
  const bool changed =
      entry.told_high_watermark != news.high_watermark || entry.told_log_start != news.log_start;
  entry.told_high_watermark = news.failed ? model::no_offset : news.high_watermark;
  entry.told_log_start = news.log_start;
  return changed || news.has_records || news.diverges || news.failed || news.is_elsewhere;
}

bool FetchSessions::make_room(std::size_t partitions, model::Instant now) {
  if (partitions > limits_.partitions || limits_.sessions == 0) return false;
  const auto fits = [&] {
    return sessions_.size() < limits_.sessions && partitions_ + partitions <= limits_.partitions;
  };
  while (!fits()) {
    // First the one that has been idle for long; else, of those that have had their time, the
    // smallest, if it is worth less than the new one.
    std::optional<FetchSessionId> idle, small;
    for (const auto& [id, session] : sessions_) {
      if (!idle || session.last_used < sessions_.at(*idle).last_used) idle = id;
      if (now - session.made < limits_.evict_after_ms) continue;
      if (!small || session.entries.size() < sessions_.at(*small).entries.size()) small = id;
    }
    if (idle && now - sessions_.at(*idle).last_used > limits_.evict_after_ms)
      remove(*idle);
    else if (small && sessions_.at(*small).entries.size() < partitions)
      remove(*small);
    else
      return false;
  }
  return true;
}

void FetchSessions::remove(FetchSessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  partitions_ -= found->second.entries.size();
  sessions_.erase(found);
}

}  // namespace gregor::broker
