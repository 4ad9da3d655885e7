// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/stored_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "log/file_names.h"
#include "record/compression.h"
#include "record/record.h"

namespace gregor::simulation {

using model::Offset;

namespace {

void add_segment(StoredLog& log, base::BytesView file) {
  while (true) {
    const auto batch = record::BatchView::parse(file);
    if (!batch) return;
    log.emplace(batch->base_offset(), *batch);
    file = file.subspan(batch->size_bytes());
  }
}

bool are_same(const record::BatchView& one, const record::BatchView& other) {
  return base::as_text(one.bytes()) == base::as_text(other.bytes());
}

Offset end_of(const StoredLog& log) {
  return log.empty() ? Offset(0) : log.rbegin()->second.next_offset();
}

// All that clients and brokers can tell of a record, as text. Batches whose records cannot be read
// have none; `gregor log verify` complains of them.
std::map<Offset, std::string> records_of(const StoredLog& log, Offset to) {
  std::map<Offset, std::string> records;
  record::Decompressor decompressor;
  for (const auto& [base, batch] : log) {
    if (base >= to) break;
    const std::string whose =
        fmt::format("epoch {} producer {} {}", batch.partition_leader_epoch().value(),
                    batch.producer_id().value(), batch.is_control() ? "control" : "");
    const auto text = [](const std::optional<base::BytesView>& bytes) {
      return bytes ? "'" + std::string(base::as_text(*bytes)) + "'" : "null";
    };
    [[maybe_unused]] const auto walked =
        record::for_each_record(batch, decompressor, [&](const record::RecordView& record) {
          records.emplace(record.offset,
                          fmt::format("{} at {}: {} {}", whose, record.timestamp.value(),
                                      text(record.key), text(record.value)));
        });
  }
  return records;
}

}  // namespace

std::optional<StoredLog> stored_log(const log::SimulatedDisk& disk,
                                    const std::vector<std::string>& log_dirs,
                                    const model::TopicPartition& partition) {
  std::optional<StoredLog> log;
  for (const std::string& folder : log_dirs) {
    const std::string path = folder + "/" + to_string(partition);
    if (!disk.exists(path)) continue;
    if (!log) log.emplace();
    for (const std::string& name : disk.names(path)) {
      const auto file = log::parse_file_name(name);
      if (file && file->kind == log::FileKind::log) add_segment(*log, disk.look(path + "/" + name));
    }
  }
  return log;
}

std::optional<Offset> first_missing(const StoredLog& log, Offset from, Offset to) {
  auto at = log.upper_bound(from);
  if (at != log.begin()) --at;
  for (; from < to; ++at) {
    if (at == log.end() || at->first > from || at->second.next_offset() <= from) return from;
    from = at->second.next_offset();
  }
  return std::nullopt;
}

std::string difference(const StoredLog& one, const StoredLog& other, Offset to) {
  if (one.empty() || other.empty()) return {};
  const Offset from = std::max(one.begin()->first, other.begin()->first);
  const Offset end = std::min({to, end_of(one), end_of(other)});
  for (auto at = one.lower_bound(from); at != one.end() && at->first < end; ++at) {
    const auto found = other.find(at->first);
    if (found == other.end())
      return fmt::format("only one has a batch that begins at offset {}", at->first.value());
    if (!are_same(at->second, found->second))
      return fmt::format("the batches at offset {} differ, of epochs {} and {}", at->first.value(),
                         at->second.partition_leader_epoch().value(),
                         found->second.partition_leader_epoch().value());
  }
  return {};
}

std::string mismatch(const StoredLog& one, const StoredLog& other) {
  if (one.empty() || other.empty()) return {};
  std::optional<Offset> parted;
  for (auto at = one.lower_bound(other.begin()->first); at != one.end(); ++at) {
    const auto& [base, batch] = *at;
    auto beside = other.upper_bound(batch.last_offset());
    if (beside == other.begin()) continue;
    const record::BatchView& another = (--beside)->second;
    if (another.last_offset() < base) break;
    if (!parted && are_same(batch, another)) continue;
    if (!parted) parted = base;
    if (batch.partition_leader_epoch() == another.partition_leader_epoch())
      return fmt::format("parted at offset {}, and of epoch {} both at {}", parted->value(),
                         batch.partition_leader_epoch().value(), base.value());
  }
  return {};
}

std::string difference_of_compacted(const StoredLog& one, const StoredLog& other, Offset to) {
  const auto others = records_of(other, to);
  for (const auto& [offset, record] : records_of(one, to)) {
    const auto found = others.find(offset);
    if (found != others.end() && found->second != record)
      return fmt::format("offset {}: {}, and {}", offset.value(), record, found->second);
  }
  return {};
}

}  // namespace gregor::simulation
