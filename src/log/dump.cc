// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/dump.h"

#include <algorithm>
#include <optional>

#include "log/batch_scan.h"
#include "log/data_files.h"
#include "log/file_names.h"
#include "log/leader_epochs.h"
#include "log/producer_snapshot.h"
#include "log/segment_indexes.h"
#include "log/whole_file.h"
#include "record/control.h"
#include "record/record.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;
using model::Offset;

namespace {

template <class Number>
DumpValue number(Number value) {
  return static_cast<std::int64_t>(value);
}

template <class Position>
DumpValue number_or_nothing(const std::optional<Position>& value) {
  if (!value) return std::monostate{};
  return number(value->value());
}

DumpValue bytes_or_nothing(const std::optional<base::BytesView>& bytes) {
  if (!bytes) return std::monostate{};
  return base::to_bytes(*bytes);
}

void visit_problem(const DumpVisitor& visit, std::string detail) {
  visit({"problem", {{"detail", std::move(detail)}}});
}

DumpRow row_of(const record::HeaderView& batch, std::uint64_t position, bool crc_valid) {
  return {"batch",
          {{"position", number(position)},
           {"size", number(batch.size_bytes())},
           {"base_offset", number(batch.base_offset().value())},
           {"last_offset", number(batch.last_offset().value())},
           {"count", number(batch.record_count())},
           {"leader_epoch", number(batch.partition_leader_epoch().value())},
           {"codec", std::string(name_of(batch.codec()))},
           {"timestamp_type", std::string(name_of(batch.timestamp_type()))},
           {"max_timestamp", number(batch.max_timestamp().value())},
           {"producer_id", number(batch.producer_id().value())},
           {"producer_epoch", number(batch.producer_epoch().value())},
           {"base_sequence", number(batch.base_sequence().value())},
           {"last_sequence", number(batch.last_sequence().value())},
           {"transactional", batch.is_transactional()},
           {"control", batch.is_control()},
           {"delete_horizon", number_or_nothing(batch.delete_horizon())},
           {"crc", number(batch.crc())},
           {"crc_valid", crc_valid}}};
}

DumpRow row_of(const record::RecordView& record, bool control) {
  DumpRow row{"record",
              {{"offset", number(record.offset.value())},
               {"timestamp", number(record.timestamp.value())},
               {"sequence", number(record.sequence.value())},
               {"key", bytes_or_nothing(record.key)},
               {"value", bytes_or_nothing(record.value)},
               {"headers", number(record.headers.count())}}};
  if (!control) return row;
  if (const auto marker = record::parse_end_transaction_marker(record)) {
    row.fields.push_back({"marker", std::string(marker->commit ? "commit" : "abort")});
    row.fields.push_back({"coordinator_epoch", number(marker->coordinator_epoch)});
  }
  return row;
}

// The batch is read whole, which may be much: its size has been checked against the file's.
Result<> dump_records(const File& file, std::uint64_t position, std::size_t size,
                      const DumpVisitor& visit) {
  base::Bytes bytes(size);
  const auto got = file.read_at(position, bytes);
  if (!got) return fail(got.error());
  bytes.resize(*got);
  const auto batch = record::BatchView::parse(bytes);
  if (!batch) {
    visit_problem(visit, batch.error().detail);
    return {};
  }
  record::Decompressor decompressor;
  const auto walked =
      record::for_each_record(*batch, decompressor, [&](const record::RecordView& record) {
        visit(row_of(record, batch->is_control()));
        for (const record::Header& header : record.headers) {
          visit({"header",
                 {{"key", std::string(header.key)}, {"value", bytes_or_nothing(header.value)}}});
        }
      });
  if (!walked) visit_problem(visit, walked.error().detail);
  return {};
}

Result<> dump_segment(const File& file, std::uint64_t size, DumpRecords records,
                      const DumpVisitor& visit) {
  BatchScan scan(file, 0, size, recovery_window_bytes);
  for (;;) {
    const auto header = scan.next();
    if (!header && header.error().code == ErrorCode::kafka_storage_error) {
      return fail(header.error());
    }
    if (!header) {
      visit_problem(visit, header.error().detail);
      return {};
    }
    if (!*header) return {};
    const auto crc_valid = scan.crc_matches();
    if (!crc_valid) return fail(crc_valid.error());
    const auto again = scan.header();
    if (!again) return fail(again.error());
    visit(row_of(*again, scan.position(), *crc_valid));
    if (records == DumpRecords::no || !*crc_valid) continue;
    if (auto done = dump_records(file, scan.position(), again->size_bytes(), visit); !done) {
      return done;
    }
  }
}

template <class Format, class RowOf>
Result<> dump_entries(const File& file, std::uint64_t size, RowOf row_of_entry,
                      const DumpVisitor& visit) {
  constexpr std::size_t block_bytes = Format::entry_bytes * 1024;
  base::Bytes block;
  const std::uint64_t whole = size / Format::entry_bytes * Format::entry_bytes;
  for (std::uint64_t at = 0; at < whole; at += block.size()) {
    block.resize(std::min<std::uint64_t>(block_bytes, whole - at));
    const auto got = file.read_at(at, block);
    if (!got) return fail(got.error());
    if (*got < block.size()) return fail(ErrorCode::kafka_storage_error, "file became shorter");
    for (std::size_t i = 0; i < block.size(); i += Format::entry_bytes) {
      visit(row_of_entry(Format::decode(block.data() + i)));
    }
  }
  if (whole < size) {
    visit_problem(visit, std::to_string(size - whole) + " bytes at the end are no whole entry");
  }
  return {};
}

DumpRow row_of(model::ProducerId id, const ProducerState& state) {
  const ProducerBatch* last = state.last_batch();
  const ProducerBatch batch = last == nullptr ? ProducerBatch{} : *last;
  return {"producer",
          {{"producer_id", number(id.value())},
           {"epoch", number(state.epoch.value())},
           {"last_sequence", number(batch.last_sequence.value())},
           {"last_offset", number(batch.last_offset.value())},
           {"offset_delta", number(batch.offset_delta)},
           {"timestamp", number(state.last_timestamp.value())},
           {"coordinator_epoch", number(state.coordinator_epoch)},
           {"transaction_start", number_or_nothing(state.transaction_start)}}};
}

DumpRow row_of(const AbortedTransaction& aborted) {
  return {"aborted_transaction",
          {{"producer_id", number(aborted.producer_id.value())},
           {"first_offset", number(aborted.first_offset.value())},
           {"last_offset", number(aborted.last_offset.value())},
           {"last_stable_offset", number(aborted.last_stable_offset.value())}}};
}

Result<> dump_whole(Disk& disk, const std::string& path,
                    const std::function<Result<>(base::BytesView)>& dump,
                    const DumpVisitor& visit) {
  const auto bytes = read_whole_file(disk, path);
  if (!bytes) return fail(bytes.error());
  if (!*bytes) return fail(ErrorCode::kafka_storage_error, path + ": no such file");
  if (const auto dumped = dump(**bytes); !dumped) visit_problem(visit, dumped.error().detail);
  return {};
}

Result<> dump_snapshot(base::BytesView bytes, const DumpVisitor& visit) {
  const auto producers = decode_producer_snapshot(bytes);
  if (!producers) return fail(producers.error());
  for (const auto& [id, state] : *producers) visit(row_of(id, state));
  return {};
}

Result<> dump_epochs(base::BytesView bytes, const DumpVisitor& visit) {
  const auto epochs = decode_leader_epochs(bytes);
  if (!epochs) return fail(epochs.error());
  for (const EpochStart& entry : epochs->entries()) {
    visit(
        {"epoch",
         {{"epoch", number(entry.epoch.value())}, {"start_offset", number(entry.start.value())}}});
  }
  return {};
}

Result<> dump_by_kind(Disk& disk, const std::string& path, const FileName& name,
                      DumpRecords records, const DumpVisitor& visit) {
  if (name.kind == FileKind::snapshot) {
    return dump_whole(
        disk, path, [&](base::BytesView bytes) { return dump_snapshot(bytes, visit); }, visit);
  }
  const auto file = disk.open(path, OpenMode::read);
  if (!file) return fail(file.error());
  if (!*file) return fail(ErrorCode::kafka_storage_error, path + ": no such file");
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  const std::int64_t base = name.base_offset.value();
  switch (name.kind) {
    case FileKind::log:
      return dump_segment(**file, *size, records, visit);
    case FileKind::offset_index:
      return dump_entries<OffsetIndexFormat>(
          **file, *size,
          [&](const OffsetIndexEntry& entry) {
            return DumpRow{"index_entry",
                           {{"offset", number(base + entry.relative_offset)},
                            {"position", number(entry.position)}}};
          },
          visit);
    case FileKind::time_index:
      return dump_entries<TimeIndexFormat>(
          **file, *size,
          [&](const TimeIndexEntry& entry) {
            return DumpRow{"time_entry",
                           {{"timestamp", number(entry.timestamp.value())},
                            {"offset", number(base + entry.relative_offset)}}};
          },
          visit);
    case FileKind::transaction_index:
      return dump_entries<TransactionIndexFormat>(
          **file, *size, [](const AbortedTransaction& entry) { return row_of(entry); }, visit);
    case FileKind::snapshot:
      break;
  }
  return {};
}

}  // namespace

Result<bool> dump_file(Disk& disk, const std::string& folder, const std::string& name,
                       DumpRecords records, const DumpVisitor& visit) {
  const std::string path = folder + "/" + name;
  Result<> dumped;
  if (const auto file = parse_file_name(name)) {
    if (file->base_offset.value() > offset_max) return false;
    dumped = dump_by_kind(disk, path, *file, records, visit);
  } else if (name == leader_epoch_checkpoint_name) {
    dumped = dump_whole(
        disk, path, [&](base::BytesView bytes) { return dump_epochs(bytes, visit); }, visit);
  } else if (name == partition_metadata_name) {
    dumped = dump_whole(
        disk, path,
        [&](base::BytesView bytes) -> Result<> {
          const auto topic = decode_partition_metadata(bytes);
          if (!topic) return fail(topic.error());
          visit({"partition", {{"topic_id", to_string(*topic)}}});
          return {};
        },
        visit);
  } else {
    return false;
  }
  if (!dumped) return fail(dumped.error());
  return true;
}

}  // namespace gregor::log
