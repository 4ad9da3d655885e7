// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Compaction against a model: a log in which nothing is ever compacted, and the rules by which its
// records may go. Random histories of keyed records, tombstones, transactions and rolls, with
// passes, power cuts and restarts in between; after each step the invariants below hold.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "log/test_cleaning.h"
#include "log/verify.h"

namespace gregor::log {
namespace {

enum class Kind : std::uint8_t {
  put,
  remove,
  put_several,
  begin_or_write,  // in a transaction of one of three producers
  commit,
  abort,
  roll,
  clean,
  clean_some,  // some steps of a pass, which then goes on with the next clean
  wait,
  restart,
  power_cut,
};
constexpr int kinds = 12;

struct Operation {
  Kind kind = Kind::put;
  std::uint32_t number = 0;
};

void showValue(const Operation& operation, std::ostream& os) {
  static constexpr const char* names[kinds] = {
      "put",  "remove", "put_several", "begin_or_write", "commit",  "abort",
      "roll", "clean",  "clean_some",  "wait",           "restart", "power_cut"};
  os << names[static_cast<int>(operation.kind)] << "(" << operation.number << ")";
}

struct ModelledLog : CompactedLog {
  struct Written {
    KeyValue record;
    std::optional<int> transaction;  // index into fates
  };
  enum class Fate : std::uint8_t { open, committed, aborted };
  std::map<std::int64_t, Written> written;  // every record, markers not included
  std::vector<Fate> fates;
  std::map<std::int64_t, int> open_of;                    // producer -> transaction
  std::map<std::int64_t, int> next_sequence;              // by producer
  std::map<std::int64_t, std::int64_t> first_seen_clean;  // tombstone -> when its first pass began
  std::int64_t cleaned_before = 0;
  std::int64_t pass_began = 0;
  int values = 0;
  std::unique_ptr<Cleaning> pass;

  ModelledLog() { open(); }

  std::string key_of(std::uint32_t n) const { return "key " + std::to_string(n % 6); }

  void append_records(const std::vector<KeyValue>& batch, const record::BatchOptions& of,
                      std::optional<int> transaction) {
    const auto appended = append(keyed_batch(batch, of, now.wall.value()));
    RC_ASSERT(appended.has_value());
    std::int64_t at = appended->first_offset.value();
    for (const KeyValue& one : batch) written[at++] = {one, transaction};
  }

  void apply(const Operation& operation) {
    const std::uint32_t n = operation.number;
    const std::string value = "value " + std::to_string(values++);
    switch (operation.kind) {
      case Kind::put:
        return append_records({{key_of(n), value}}, {}, std::nullopt);
      case Kind::remove:
        return append_records({{key_of(n), std::nullopt}}, {}, std::nullopt);
      case Kind::put_several:
        return append_records(
            {{key_of(n), value}, {key_of(n / 7), value + "b"}, {key_of(n / 50), value + "c"}},
            {.codec = static_cast<record::Codec>(n % record::codecs)}, std::nullopt);
      case Kind::begin_or_write:
        return write_in_transaction(100 + n % 3,
                                    {{key_of(n), value}, {key_of(n / 9), value + "b"}});
      case Kind::commit:
        return end_transaction(100 + n % 3, true);
      case Kind::abort:
        return end_transaction(100 + n % 3, false);
      case Kind::roll:
        return roll();
      case Kind::clean:
        return clean_all();
      case Kind::clean_some:
        return clean_some(n);
      case Kind::wait:
        now = at_time(now.wall.value() + n % 800);
        return;
      case Kind::restart:
        return restart_cleanly();
      case Kind::power_cut:
        return cut_power(n);
    }
  }

  void write_in_transaction(std::int64_t id, const std::vector<KeyValue>& batch) {
    const auto found = open_of.find(id);
    int transaction = found == open_of.end() ? static_cast<int>(fates.size()) : found->second;
    if (found == open_of.end()) {
      fates.push_back(Fate::open);
      open_of[id] = transaction;
    }
    int& sequence = next_sequence[id];
    append_records(batch, producer(id, 0, sequence, true), transaction);
    sequence += static_cast<int>(batch.size());
  }
  void end_transaction(std::int64_t id, bool commit) {
    const auto found = open_of.find(id);
    if (found == open_of.end()) return;
    RC_ASSERT(append_marker(commit, id, 0).has_value());
    fates[static_cast<std::size_t>(found->second)] = commit ? Fate::committed : Fate::aborted;
    open_of.erase(found);
  }

  // Closes the active segment and syncs everything.
  void roll() {
    const std::size_t before = log->segment_count();
    while (log->segment_count() == before) append_records({{"filler", "x"}}, {}, std::nullopt);
    sync();
    remember_checkpoints();
  }

  void begin_pass() {
    const auto plan = log->plan_cleaning(now);
    RC_ASSERT(plan.has_value());
    if (plan->first_dirty == plan->end) return;
    cleaned_before = plan->end.value();
    pass_began = now.wall.value();
    pass = std::make_unique<Cleaning>(*log, *plan, budget);
  }
  // False when the pass is over.
  bool step_pass() {
    const auto next = pass->step(400, now, decompressor);
    RC_ASSERT(next.has_value());
    if (*next == Cleaning::Next::sync) RC_ASSERT(run(*disk, pass->take_job()).has_value());
    RC_ASSERT(*next != Cleaning::Next::overtaken);
    if (*next == Cleaning::Next::done) pass.reset();
    return pass != nullptr;
  }
  void clean_all() {
    if (!pass) begin_pass();
    if (!pass) return;
    while (step_pass()) {
    }
    note_tombstones();
    options.cleaned_to = log->cleaned_to();
    expect_all();
  }
  void clean_some(std::uint32_t n) {
    if (!pass) begin_pass();
    for (std::uint32_t i = 0; pass && i < n % 6; ++i) step_pass();
    if (!pass) note_tombstones();
    expect_all();
  }
  // From the first pass that sees it on, a tombstone has its horizon at most so far away.
  void note_tombstones() {
    for (const auto& [offset, one] : written) {
      if (!one.record.value && Offset{offset} < log->cleaned_to())
        first_seen_clean.try_emplace(offset, pass_began);
    }
  }

  void restart_cleanly() {
    stop_pass();
    RC_ASSERT(log->close().has_value());
    remember_checkpoints();
    options.cleaned_to = log->cleaned_to();
    const auto verified = verify_folder(*disk, std::string(test_folder));
    RC_ASSERT(verified.has_value());
    for (const Finding& finding : verified->findings) {
      RC_LOG() << finding.file << ": " << finding.detail << "\n";
      RC_ASSERT(finding.detail.find("the segment before ends") == std::string::npos);
    }
    RC_ASSERT(verified->sound());
    options.clean_stop = true;
    disk = disk->after_process_death();
    RC_ASSERT(try_open() == "");
    options.clean_stop = false;
    expect_all();
  }
  void stop_pass() {
    if (pass) pass->abandon();
    pass.reset();
  }
  // Everything is synced before, so that the model need not guess what is lost.
  void cut_power(std::uint32_t n) {
    sync();
    remember_checkpoints();
    pass.reset();
    log.reset();
    base::Prng prng(n);
    disk = disk->after_power_loss(prng, n % 3 == 0   ? Unsynced::all_lost
                                        : n % 3 == 1 ? Unsynced::all_kept
                                                     : Unsynced::by_chance);
    const std::string problem = try_open();
    RC_LOG() << problem << "\n";
    RC_ASSERT(problem.empty());
    expect_all();
  }

  // --- the invariants ---

  [[nodiscard]] bool is_committed(const Written& one) const {
    return !one.transaction || fates[static_cast<std::size_t>(*one.transaction)] == Fate::committed;
  }
  [[nodiscard]] bool is_aborted(const Written& one) const {
    return one.transaction && fates[static_cast<std::size_t>(*one.transaction)] == Fate::aborted;
  }

  void expect_all() {
    const Records found = records();
    const std::int64_t cleanable =
        std::max(cleaned_before, log->cleaned_to().value());  // no pass has gone beyond
    std::map<std::string, std::int64_t> last;                 // committed record of each key
    for (const auto& [offset, one] : written)
      if (is_committed(one)) last[one.record.key] = offset;

    // OffsetsNeverChange: what is there is what was written there.
    for (const auto& [offset, record] : found) {
      if (record.key.starts_with("(")) continue;
      RC_ASSERT(written.contains(offset));
      RC_ASSERT(written.at(offset).record == record);
    }
    for (const auto& [offset, one] : written) {
      const bool there = found.contains(offset);
      // DirtyPartUntouched
      if (offset >= cleanable) RC_ASSERT(there);
      // LastValueSurvives
      if (is_committed(one) && last[one.record.key] == offset && one.record.value) RC_ASSERT(there);
      // TombstonesWaitForTheirHorizon: they go only delete.retention.ms after the first pass
      if (is_committed(one) && last[one.record.key] == offset && !one.record.value && !there) {
        RC_ASSERT(first_seen_clean.contains(offset));
        RC_ASSERT(now.wall.value() >=
                  first_seen_clean[offset] + log->settings().delete_retention_ms);
      }
      // UndecidedIsUntouched
      if (!is_committed(one) && !is_aborted(one)) RC_ASSERT(there);
    }
    expect_readable_as_committed(found);
    RC_ASSERT(log->log_end().value() > (written.empty() ? -1 : written.rbegin()->first));
  }

  // AbortedStaysAborted: of a record that is still there, the transaction index and the markers
  // say what they said when it was written. (A reader of committed records leaves out what the
  // index names up to the marker.)
  void expect_readable_as_committed(const Records& found) {
    const auto aborted = log->aborted_transactions(log->log_start(), log->log_end());
    RC_ASSERT(aborted.has_value());
    visit(-1, [&](const record::BatchView& batch, const record::RecordView& one) {
      if (batch.is_control() || one.offset >= log->last_stable()) return;
      const bool named = std::ranges::any_of(*aborted, [&](const AbortedTransaction& entry) {
        return entry.producer_id == batch.producer_id() && batch.is_transactional() &&
               entry.first_offset <= one.offset && one.offset <= entry.last_offset;
      });
      RC_ASSERT(named == is_aborted(written.at(one.offset.value())));
    });
    // MarkersOutliveTheirRecords
    for (const auto& [offset, one] : written) {
      if (!is_aborted(one) || !found.contains(offset)) continue;
      const bool marked = std::ranges::any_of(found, [&](const auto& entry) {
        return entry.first > offset && entry.second.key == "(abort)";
      });
      RC_ASSERT(marked);
    }
  }
};

const rc::Gen<std::vector<Operation>> any_operations = rc::gen::container<std::vector<Operation>>(
    rc::gen::map(rc::gen::pair(rc::gen::weightedElement<Kind>({{16, Kind::put},
                                                               {6, Kind::remove},
                                                               {10, Kind::put_several},
                                                               {10, Kind::begin_or_write},
                                                               {5, Kind::commit},
                                                               {5, Kind::abort},
                                                               {6, Kind::roll},
                                                               {6, Kind::clean},
                                                               {5, Kind::clean_some},
                                                               {5, Kind::wait},
                                                               {2, Kind::restart},
                                                               {3, Kind::power_cut}}),
                               rc::gen::inRange<std::uint32_t>(0, 10'000)),
                 [](const std::pair<Kind, std::uint32_t>& drawn) {
                   return Operation{drawn.first, drawn.second};
                 }));

void live(ModelledLog& it) {
  const auto operations = *rc::gen::scale(3.0, any_operations);
  for (const Operation& operation : operations) it.apply(operation);
  for (const std::int64_t id : {100, 101, 102}) it.end_transaction(id, true);
  it.roll();
  it.clean_all();
  it.expect_all();
}

RC_GTEST_PROP(CleaningModel, WhatMayGoGoesAndWhatMustStayStays, ()) {
  ModelledLog it;
  live(it);
  it.clean_all();
  // OneRecordOfEachKey: below the cleaner's point, and nothing of what was aborted.
  std::set<std::string> keys;
  for (const auto& [offset, record] : it.records()) {
    if (Offset{offset} >= it.log->cleaned_to() || record.key.starts_with("(")) continue;
    RC_ASSERT(keys.insert(record.key).second);
    RC_ASSERT(!it.is_aborted(it.written.at(offset)));
  }
}

RC_GTEST_PROP(CleaningModel, AMapThatIsTooSmallLosesNothing, ()) {
  ModelledLog it;
  it.budget.map_bytes_max = 3 * 24;
  live(it);
}

}  // namespace
}  // namespace gregor::log
