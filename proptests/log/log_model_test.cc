// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A log does what a list of records does, through rolls, cuts, restarts, crashes, power cuts, full
// and failing disks. The model is a map from offset to the values that may be there: one, unless a
// cut was not synced, when a power cut may bring the old one back.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "log/test_log.h"
#include "log/verify.h"

namespace gregor::log {
namespace {

enum class Kind : std::uint8_t {
  append,
  append_idempotent,
  repeat_last_batch,
  append_on_full_disk,
  append_with_write_error,
  read_from,
  sync,
  checkpoint,
  truncate,
  delete_records,
  restart,
  crash,
  power_cut,
};
constexpr int kinds = 13;

struct Operation {
  Kind kind = Kind::append;
  std::uint32_t number = 0;
};

void showValue(const Operation& operation, std::ostream& os) {
  static constexpr const char* names[kinds] = {"append",
                                               "append_idempotent",
                                               "repeat_last_batch",
                                               "append_on_full_disk",
                                               "append_with_write_error",
                                               "read_from",
                                               "sync",
                                               "checkpoint",
                                               "truncate",
                                               "delete_records",
                                               "restart",
                                               "crash",
                                               "power_cut"};
  os << names[static_cast<int>(operation.kind)] << "(" << operation.number << ")";
}

struct ModelledLog : LogOnDisk {
  struct Batch {
    std::int64_t first;
    std::int64_t last;
    std::optional<std::int32_t> sequence;  // of an idempotent one
  };
  std::map<std::int64_t, std::set<std::string>> possible;
  std::vector<Batch> batches;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t synced = 0;  // below it, nothing may be lost
  std::int32_t epoch = 0;
  std::int32_t next_sequence = 0;
  std::int16_t producer_epoch = 0;
  int written = 0;

  ModelledLog() {
    settings.segment_bytes = 700;
    settings.index_interval_bytes = 150;
    open();
  }

  void apply(const Operation& operation) {
    const std::uint32_t n = operation.number;
    switch (operation.kind) {
      case Kind::append:
        return append_records(n, false);
      case Kind::append_idempotent:
        return append_records(n, true);
      case Kind::repeat_last_batch:
        return repeat_last();
      case Kind::append_on_full_disk:
        return fail_append([&] { disk->faults().capacity = disk->faults().used + n % 100; });
      case Kind::append_with_write_error:
        return fail_append([&] {
          disk->fail_next(DiskOperation::write);
          if (n % 2 == 1) disk->fail_next(DiskOperation::truncate);
        });
      case Kind::read_from:
        return expect_records(start + n % (end - start + 1));
      case Kind::sync:
        return sync_all();
      case Kind::checkpoint: {
        remember_checkpoints();
        log->drop_segments_below(options.log_start);
        for (const auto& removal : log->take_removals()) {
          RC_ASSERT(disk->remove(removal).has_value());
        }
        return;
      }
      case Kind::truncate:
        return truncate(n);
      case Kind::delete_records:
        return delete_records(start + n % (end - start + 1));
      case Kind::restart:
        return clean_restart();
      case Kind::crash:
        return after_crash([&] { crash(); });
      case Kind::power_cut:
        return after_crash([&] {
          base::Prng prng(n);
          lose_power(prng, n % 10 == 0   ? Unsynced::all_lost
                           : n % 10 == 1 ? Unsynced::all_kept
                                         : Unsynced::by_chance);
        });
    }
  }

  base::Bytes next_batch(std::uint32_t n, bool idempotent) {
    std::vector<std::string> values(1 + n % 4);
    for (auto& value : values) value = "value " + std::to_string(written++);
    return batch_of(
        values, idempotent ? producer(9, producer_epoch, next_sequence) : record::BatchOptions{},
        1'000 + static_cast<std::int64_t>(n % 50));
  }

  void append_records(std::uint32_t n, bool idempotent) {
    const base::Bytes bytes = next_batch(n, idempotent);
    const auto appended = append(bytes, {.leader_epoch = LeaderEpoch{epoch}});
    RC_ASSERT(appended.has_value());
    RC_ASSERT(appended->first_offset == Offset{end});
    batches.push_back({end, appended->last_offset.value(),
                       idempotent ? std::optional(next_sequence) : std::nullopt});
    const auto first_value = written - static_cast<int>(1 + n % 4);
    for (std::int64_t i = 0; end <= appended->last_offset.value(); ++i, ++end) {
      possible[end].insert("value " + std::to_string(first_value + static_cast<int>(i)));
      if (idempotent) ++next_sequence;
    }
  }

  // The newest idempotent batch, sent again, is recognised.
  void repeat_last() {
    if (batches.empty() || !batches.back().sequence) return;
    const Batch& last = batches.back();
    std::vector<std::string> values(static_cast<std::size_t>(last.last - last.first + 1), "again");
    const auto appended = append(batch_of(values, producer(9, producer_epoch, *last.sequence)),
                                 {.leader_epoch = LeaderEpoch{epoch}});
    RC_ASSERT(appended.has_value());
    RC_ASSERT(appended->duplicate);
    RC_ASSERT(appended->first_offset == Offset{last.first});
  }

  template <class Break>
  void fail_append(Break break_disk) {
    break_disk();
    const base::Bytes bytes = next_batch(3, false);
    const auto appended = append(bytes, {.leader_epoch = LeaderEpoch{epoch}});
    disk->faults().capacity = std::uint64_t{1} << 50;
    disk->faults().failing.clear();
    if (appended) {  // the fault hit something that could wait
      for (; end <= appended->last_offset.value(); ++end) {
        possible[end].insert(
            "value " +
            std::to_string(written - 4 + static_cast<int>(end - appended->first_offset.value())));
      }
      batches.push_back({appended->first_offset.value(), appended->last_offset.value(), {}});
      return;
    }
    RC_ASSERT(appended.error().code == model::ErrorCode::kafka_storage_error);
    RC_ASSERT(log->log_end() == Offset{end});
    RC_ASSERT(log->offline_reason().empty());
  }

  void sync_all() {
    sync();
    RC_ASSERT(log->recovery_point() == Offset{end});
    synced = end;
    settle();
  }

  // What is there now is what will be there.
  void settle() {
    for (const auto& [offset, value] : read(start)) possible[offset] = {value};
    possible.erase(possible.lower_bound(end), possible.end());
  }

  void truncate(std::uint32_t n) {
    std::vector<std::int64_t> bounds{end};
    for (const Batch& batch : batches) {
      if (batch.first >= start) bounds.push_back(batch.first);
    }
    const std::int64_t to = bounds[n % bounds.size()];
    options.recovery_point = std::min(options.recovery_point, Offset{to});
    RC_ASSERT(log->truncate_to(Offset{to}, now).has_value());
    end = to;
    synced = std::min(synced, to);
    ++epoch;  // a follower is told to cut by a new leader
    begin_producer_again();
    std::erase_if(batches, [&](const Batch& batch) { return batch.first >= to; });
    RC_ASSERT(log->log_end() == Offset{end});
  }

  // The producer's state is that of a part of its batches: it goes on in a new epoch.
  void begin_producer_again() {
    ++producer_epoch;
    next_sequence = 0;
    if (!batches.empty()) batches.back().sequence.reset();
    for (Batch& batch : batches) batch.sequence.reset();
  }

  void delete_records(std::int64_t to) {
    RC_ASSERT(log->delete_records_before(Offset{to}).has_value());
    start = to;
    RC_ASSERT(log->log_start() == Offset{start});
  }

  void clean_restart() {
    RC_ASSERT(log->close().has_value());
    remember_checkpoints();
    const auto verified = verify_folder(*disk, std::string(test_folder));
    RC_ASSERT(verified.has_value());
    for (const Finding& finding : verified->findings) {
      RC_LOG() << finding.file << ": " << finding.detail << "\n";
      RC_ASSERT(finding.detail.find("unused") == std::string::npos);
    }
    RC_ASSERT(verified->sound());
    options.clean_stop = true;
    disk = disk->after_process_death();
    RC_ASSERT(try_open() == "");
    options.clean_stop = false;
    RC_ASSERT(report.lines.empty());
    synced = end;
    settle();
  }

  template <class Crash>
  void after_crash(Crash crash_now) {
    const std::int64_t old_end = std::max(end, possible.empty() ? 0 : possible.rbegin()->first + 1);
    crash_now();
    RC_ASSERT(static_cast<bool>(log));
    RC_ASSERT(log->log_end() >= Offset{synced});
    RC_ASSERT(log->log_end() <= Offset{old_end});
    RC_ASSERT(log->log_start() <= Offset{start});
    start = log->log_start().value();
    end = log->log_end().value();
    ++epoch;
    begin_producer_again();
    batches.clear();
    // Only as many as are known to be there.
    for (const auto& [offset, value] : read(start)) {
      RC_ASSERT(possible.at(offset).contains(value));
    }
  }

  void expect_records(std::int64_t from) {
    const auto records = read(from, -1, 300);
    RC_ASSERT(static_cast<std::int64_t>(records.size()) == end - from);
    for (const auto& [offset, value] : records) {
      RC_ASSERT(offset == from++);
      RC_ASSERT(possible.at(offset).contains(value));
    }
  }
};

const rc::Gen<std::vector<Operation>> any_operations = rc::gen::container<std::vector<Operation>>(
    rc::gen::map(rc::gen::pair(rc::gen::weightedElement<Kind>({{30, Kind::append},
                                                               {12, Kind::append_idempotent},
                                                               {4, Kind::repeat_last_batch},
                                                               {3, Kind::append_on_full_disk},
                                                               {3, Kind::append_with_write_error},
                                                               {10, Kind::read_from},
                                                               {5, Kind::sync},
                                                               {4, Kind::checkpoint},
                                                               {3, Kind::truncate},
                                                               {2, Kind::delete_records},
                                                               {3, Kind::restart},
                                                               {2, Kind::crash},
                                                               {4, Kind::power_cut}}),
                               rc::gen::inRange<std::uint32_t>(0, 10'000)),
                 [](const std::pair<Kind, std::uint32_t>& drawn) {
                   return Operation{drawn.first, drawn.second};
                 }));

RC_GTEST_PROP(LogModel, ALogIsAListOfRecordsWhateverHappens, ()) {
  const auto operations = *rc::gen::scale(3.0, any_operations);
  ModelledLog it;
  for (const Operation& operation : operations) {
    it.apply(operation);
    RC_ASSERT(it.log->log_end() == Offset{it.end});
  }
  it.expect_records(it.start);
}

}  // namespace
}  // namespace gregor::log
