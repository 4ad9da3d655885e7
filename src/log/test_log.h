// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests only: a log on a simulated disk, that can be stopped in every way and opened again, and
// batches for it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "log/simulated_disk.h"
#include "record/builder.h"
#include "record/control.h"
#include "record/record.h"

namespace gregor::log {

inline constexpr std::string_view test_folder = "data/t-0";

// A batch with these values; record i has timestamp `timestamp` + i.
inline base::Bytes batch_of(const std::vector<std::string>& values,
                            const record::BatchOptions& options = {},
                            std::int64_t timestamp = 1'000) {
  record::BatchBuilder builder(options);
  for (const std::string& value : values) {
    builder.add({.timestamp = model::Timestamp{timestamp++},
                 .key = std::nullopt,
                 .value = base::as_bytes(value)});
  }
  return builder.finish();
}

inline record::BatchOptions producer(std::int64_t id, std::int16_t epoch, std::int32_t sequence,
                                     bool transactional = false) {
  return {.producer_id = model::ProducerId{id},
          .producer_epoch = model::ProducerEpoch{epoch},
          .base_sequence = model::SequenceNumber{sequence},
          .transactional = transactional};
}

inline Now at_time(std::int64_t ms) { return {model::Timestamp{ms}, model::Instant{ms}}; }

// The values of all records in the slice's whole batches, with their offsets.
inline std::vector<std::pair<std::int64_t, std::string>> records_of(const Slice& slice) {
  std::vector<std::pair<std::int64_t, std::string>> records;
  if (slice.bytes == 0) return records;
  base::Bytes bytes(slice.bytes);
  const auto got = slice.file->read_at(slice.position, bytes);
  EXPECT_TRUE(got && *got == bytes.size());
  base::BytesView rest = bytes;
  record::Decompressor decompressor;
  while (const auto size = record::peek_batch_size(rest)) {
    if (*size > rest.size()) break;
    const auto batch = record::ValidBatch::parse(rest);
    EXPECT_TRUE(batch.has_value());
    if (!batch) break;
    const auto walked =
        record::for_each_record(*batch, decompressor, [&](const record::RecordView& record) {
          const std::string value =
              batch->is_control() ? "(marker)" : std::string(base::as_text(*record.value));
          records.emplace_back(record.offset.value(), value);
        });
    EXPECT_TRUE(walked.has_value());
    rest = rest.subspan(*size);
  }
  return records;
}

// A data folder on a simulated disk with one log in it.
struct LogOnDisk {
  std::unique_ptr<SimulatedDisk> disk = std::make_unique<SimulatedDisk>();
  std::unique_ptr<OpenFiles> files;
  std::unique_ptr<Log> log;
  OpenReport report;
  model::TopicSettings settings;
  OpenOptions options;
  Now now = at_time(1'000);

  LogOnDisk() {
    EXPECT_TRUE(disk->create_folder("data"));
    EXPECT_TRUE(disk->sync_folder(""));
  }

  // Opens the log with `options`; what went wrong, or "".
  std::string try_open() {
    log.reset();
    files = std::make_unique<OpenFiles>(*disk, 4);
    auto opened =
        Log::open({files.get(), std::string(test_folder), {"t", model::PartitionIndex{0}}},
                  std::make_shared<model::TopicSettings>(settings), options, now);
    if (!opened) return name_of(opened.error().code) + ": " + opened.error().detail;
    log = std::move(opened->log);
    report = std::move(opened->report);
    log->advance_high_watermark(log->log_end());
    return {};
  }
  void open() { ASSERT_EQ(try_open(), ""); }

  // Stops as an orderly owner does, and opens.
  void restart() {
    const auto closed = log->close();
    ASSERT_TRUE(closed.has_value()) << closed.error().detail;
    remember_checkpoints();
    options.clean_stop = true;
    disk = disk->after_process_death();
    open();
    options.clean_stop = false;
  }
  // The process dies; only what the owner has in its checkpoints is known.
  void crash() {
    log.reset();
    disk = disk->after_process_death();
    open();
  }
  void lose_power(base::Prng& prng, Unsynced unsynced = Unsynced::by_chance) {
    log.reset();
    disk = disk->after_power_loss(prng, unsynced);
    open();
  }
  void remember_checkpoints() {
    options.recovery_point = log->recovery_point();
    options.log_start = log->log_start();
  }
  void sync() {
    while (const auto job = log->take_sync_job(now)) {
      const auto done = run(*disk, *job);
      ASSERT_TRUE(done.has_value()) << done.error().detail;
      log->synced_to(*job);
    }
  }

  Result<Appended> append(const base::Bytes& batch, const LeaderAppend& how = {}) {
    auto appended = log->append_as_leader(record::ValidBatch::parse(batch).value(), how, now);
    if (appended) log->advance_high_watermark(log->log_end());
    return appended;
  }
  Result<Appended> append_values(const std::vector<std::string>& values) {
    return append(batch_of(values));
  }
  Result<Appended> append_marker(bool commit, std::int64_t id, std::int16_t epoch,
                                 std::int32_t coordinator_epoch = 0,
                                 LeaderEpoch leader_epoch = LeaderEpoch{0}) {
    return append(
        record::build_end_transaction_marker({commit, coordinator_epoch}, model::ProducerId{id},
                                             model::ProducerEpoch{epoch}, now.wall),
        {.leader_epoch = leader_epoch, .origin = AppendOrigin::coordinator});
  }

  // All records from `from` to `limit` (the end if -1), read slice by slice of `bytes_max`.
  std::vector<std::pair<std::int64_t, std::string>> read(std::int64_t from = 0,
                                                         std::int64_t limit = -1,
                                                         std::size_t bytes_max = 200) {
    std::vector<std::pair<std::int64_t, std::string>> all;
    const Offset end = limit < 0 ? log->log_end() : Offset{limit};
    while (Offset{from} < end) {
      const auto slice = log->read(
          {.from = Offset{from}, .limit = end, .bytes_max = bytes_max, .at_least_one_batch = true});
      EXPECT_TRUE(slice.has_value()) << slice.error().detail;
      if (!slice) break;
      const auto records = records_of(*slice);
      if (records.empty()) break;
      for (const auto& record : records) {
        if (record.first >= from) all.push_back(record);
      }
      from = records.back().first + 1;
    }
    return all;
  }
  std::vector<std::string> values(std::int64_t from = 0, std::int64_t limit = -1) {
    std::vector<std::string> values;
    for (auto& [offset, value] : read(from, limit)) values.push_back(value);
    return values;
  }
  std::string path(std::int64_t base, FileKind kind) const {
    return std::string(test_folder) + "/" + file_name(Offset{base}, kind);
  }
};

}  // namespace gregor::log
