// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests only: a log that is compacted, and records with keys.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/cleaning.h"
#include "log/test_log.h"

namespace gregor::log {

struct KeyValue {
  std::string key;
  std::optional<std::string> value;  // nullopt: a tombstone
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
  friend void PrintTo(const KeyValue& one, std::ostream* to) {
    *to << one.key << "=" << one.value.value_or("(tombstone)");
  }
};

inline base::Bytes keyed_batch(const std::vector<KeyValue>& records,
                               const record::BatchOptions& options = {},
                               std::int64_t timestamp = 1'000) {
  record::BatchBuilder builder(options);
  for (const KeyValue& one : records) {
    builder.add({.timestamp = model::Timestamp{timestamp++},
                 .key = base::as_bytes(one.key),
                 .value = one.value ? std::optional(base::as_bytes(*one.value)) : std::nullopt});
  }
  return builder.finish();
}

struct CompactedLog : LogOnDisk {
  Cleaning::Budget budget{.map_bytes_max = 1 << 16, .map_load_max = 0.9, .map_key = {1, 2}};
  record::Decompressor decompressor;

  CompactedLog() {
    settings.cleanup_policy_compact = true;
    settings.cleanup_policy_delete = false;
    settings.segment_bytes = 600;
    settings.index_interval_bytes = 100;
    settings.min_cleanable_dirty_ratio = 0;
    settings.delete_retention_ms = 1'000;
  }

  Offset put(const std::string& key, std::optional<std::string> value) {
    const auto appended = append(keyed_batch({{key, std::move(value)}}, {}, now.wall.value()));
    EXPECT_TRUE(appended.has_value());
    return appended ? appended->first_offset : model::no_offset;
  }
  // Everything so far lies below the active segment, and is synced.
  void roll_and_sync() {
    const std::size_t before = log->segment_count();
    while (log->segment_count() == before) put("filler", "x");
    sync();
  }

  // One whole pass; why it failed, or "". Nothing happens if nothing is dirty.
  std::string try_clean(std::uint64_t step_bytes = 500) {
    const auto plan = log->plan_cleaning(now);
    if (!plan) return plan.error().detail;
    if (plan->first_dirty == plan->end) return {};
    Cleaning cleaning(*log, *plan, budget);
    for (;;) {
      const auto next = cleaning.step(step_bytes, now, decompressor);
      auto failed = next ? Result<>{} : Result<>(model::fail(next.error()));
      if (next && *next == Cleaning::Next::sync) failed = run(*disk, cleaning.take_job());
      if (!failed || *next == Cleaning::Next::overtaken) {
        cleaning.abandon();
        return failed ? "overtaken" : name_of(failed.error().code) + ": " + failed.error().detail;
      }
      if (*next == Cleaning::Next::done) return {};
    }
  }
  void clean() { ASSERT_EQ(try_clean(), ""); }

  // By offset; markers have the key "(commit)" or "(abort)".
  using Records = std::map<std::int64_t, KeyValue>;
  Records records(std::int64_t from = -1) {
    Records found;
    visit(from, [&](const record::BatchView& batch, const record::RecordView& one) {
      KeyValue& to = found[one.offset.value()];
      if (batch.is_control()) {
        const auto type = record::parse_control_type(one).value();
        to.key = type == record::ControlType::commit ? "(commit)" : "(abort)";
        return;
      }
      to.key = one.key ? std::string(base::as_text(*one.key)) : "(none)";
      if (one.value) to.value = std::string(base::as_text(*one.value));
    });
    return found;
  }
  // Calls visit(batch, record) for all that readers can see.
  template <class Visitor>
  void visit(std::int64_t from, Visitor visitor) {
    Offset at = from < 0 ? log->log_start() : Offset{from};
    const Offset first = at;
    while (at < log->log_end()) {
      const auto slice = log->read({at, log->log_end(), 1'000, true});
      ASSERT_TRUE(slice.has_value()) << slice.error().detail;
      if (slice->bytes == 0) return;
      base::Bytes bytes(slice->bytes);
      ASSERT_EQ(slice->file->read_at(slice->position, bytes).value(), bytes.size());
      const Offset before = at;
      base::BytesView rest = bytes;
      while (const auto size = record::peek_batch_size(rest)) {
        if (*size > rest.size()) break;
        const auto batch = record::ValidBatch::parse(rest);
        ASSERT_TRUE(batch.has_value()) << batch.error().detail;
        auto walked =
            record::for_each_record(*batch, decompressor, [&](const record::RecordView& one) {
              if (one.offset >= first) visitor(*batch, one);
            });
        ASSERT_TRUE(walked.has_value()) << walked.error().detail;
        at = std::max(at, batch->next_offset());
        rest = rest.subspan(*size);
      }
      ASSERT_GT(at, before);
    }
  }
  // Offsets of batches, as "3-5" or, without records, "(3-5)".
  std::string batches() {
    std::string text;
    const auto entries = disk->list(std::string(test_folder)).value();
    for (const FolderEntry& entry : entries) {
      const auto name = parse_file_name(entry.name);
      if (!name || name->kind != FileKind::log) continue;
      if (!text.empty()) text += " | ";
      const base::Bytes bytes = disk->content(std::string(test_folder) + "/" + entry.name);
      base::BytesView rest = bytes;
      std::string segment;
      while (const auto batch = record::BatchView::parse(rest)) {
        const std::string range =
            to_string(batch->base_offset()) + "-" + to_string(batch->last_offset());
        segment +=
            (segment.empty() ? "" : " ") + (batch->record_count() == 0 ? "(" + range + ")" : range);
        rest = rest.subspan(batch->size_bytes());
      }
      text += segment;
    }
    return text;
  }
};

}  // namespace gregor::log
