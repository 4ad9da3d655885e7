// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A whole folder of a partition, whatever lies in its files: opened, read, appended to, whatever
// else its owner may do with it, closed, verified and dumped.
// The input is an archive of it all (log_archive.h).
//
// The log's own invariants hold after each act. What can be read is whole and in order, and what a
// clean close leaves is opened again with the same offsets.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>

#include "bytes.h"
#include "log/cleaning.h"
#include "log/dump.h"
#include "log/log.h"
#include "log/simulated_disk.h"
#include "log/verify.h"
#include "log_archive.h"
#include "messages.h"
#include "record/builder.h"
#include "record/control.h"
#include "record/test_seals.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

using log::Offset;

constexpr std::string_view folder = "data/t-0";
const model::Now now{model::Timestamp{1'700'000'000'000}, model::Instant{1'000}};

constexpr auto disk_operations = static_cast<std::uint8_t>(log::DiskOperation::size) + 1;

// One partition on a disk in memory.
struct Partition {
  log::SimulatedDisk disk;
  std::unique_ptr<log::OpenFiles> files;
  std::unique_ptr<log::Log> open_log;
  record::Decompressor decompressor;

  bool is_strict = false;
  std::string why_not;  // the last open failed

  bool open(const log::OpenOptions& options) {
    model::TopicSettings settings;
    settings.segment_bytes = 600;
    settings.index_interval_bytes = 100;
    settings.cleanup_policy_compact = true;
    settings.retention_bytes = 1500;
    settings.flush_messages = 3;
    if (is_strict) {
      settings.segment_bytes = 90;
      settings.segment_jitter_ms = 1'000;
      settings.retention_ms = 1;
      settings.min_compaction_lag_ms = 5;
      settings.max_compaction_lag_ms = 1'000;
    }
    open_log.reset();
    files = std::make_unique<log::OpenFiles>(disk, 4);
    auto opened =
        log::Log::open({files.get(), std::string(folder), {"t", model::PartitionIndex{0}}},
                       std::make_shared<model::TopicSettings>(settings), options, now);
    if (!opened) why_not = opened.error().detail;
    if (!opened) return false;
    open_log = std::move(opened->log);
    open_log->advance_high_watermark(open_log->log_end());
    return true;
  }

  // All that a reader at the start gets; whether no offset is missing or there twice.
  bool read_all(bool checksums_hold) {
    bool dense = true;
    Offset next = open_log->log_start();
    for (int left = 200; left > 0 && next < open_log->log_end(); --left) {
      const auto slice = open_log->read({.from = next,
                                         .limit = open_log->log_end(),
                                         .bytes_max = 700,
                                         .at_least_one_batch = true});
      if (!slice || slice->bytes == 0) return false;
      base::Bytes bytes(slice->bytes);
      const auto got = slice->file->read_at(slice->position, bytes);
      ASSERT(got && *got == bytes.size(), "a slice promises bytes that are not there");
      base::BytesView rest = bytes;
      Offset after = next;
      bool slice_begins = next == open_log->log_start();  // perhaps inside of a batch
      while (const auto size = record::peek_batch_size(rest)) {
        if (*size > rest.size()) break;
        const auto batch = record::BatchView::parse(rest);
        if (!batch) return false;
        ASSERT(!checksums_hold || batch->crc_matches(), "a scanned batch has a wrong checksum");
        ASSERT(batch->next_offset() > after || !checksums_hold, "offsets do not grow");
        dense = dense &&
                (batch->base_offset() == after || (slice_begins && batch->base_offset() < after)) &&
                batch->next_offset() <= open_log->log_end();
        slice_begins = false;
        after = std::max(after, batch->next_offset());
        rest = rest.subspan(*size);
      }
      if (after == next) return false;
      next = after;
    }
    return dense;
  }

  void look_up(std::uint8_t at) {
    const Offset from{at % 40};
    (void)open_log->read({from, open_log->high_watermark(), 100, false});
    (void)open_log->offset_for_timestamp(model::Timestamp{1'700'000'000'000 + at % 16},
                                         decompressor);
    (void)open_log->offset_for_timestamp(model::Timestamp{at * 100}, decompressor);
    (void)open_log->offset_of_max_timestamp(decompressor);
    (void)open_log->aborted_transactions(from, open_log->log_end());
    (void)open_log->end_of_epoch(log::LeaderEpoch{at % 5});
  }

  // What cannot be understood cannot be compacted; otherwise the log ends where it did.
  void compact() {
    sync();
    const auto plan = open_log->plan_cleaning(now);
    if (!plan || plan->first_dirty == plan->end) return;
    const Offset end = open_log->log_end();
    log::Cleaning cleaning(*open_log, *plan, {.map_bytes_max = 200, .map_key = {1, 2}});
    for (;;) {
      const auto next = cleaning.step(300, now, decompressor);
      ASSERT(&cleaning.log() == open_log.get());
      ASSERT(cleaning.bytes_written() <= cleaning.bytes_read(), "compaction has made it larger");
      if (next && *next == log::Cleaning::Next::sync) {
        if (!log::run(disk, cleaning.take_job())) return cleaning.abandon();
      } else if (!next || *next != log::Cleaning::Next::step) {
        if (!next || *next == log::Cleaning::Next::overtaken) cleaning.abandon();
        break;
      }
    }
    ASSERT(open_log->log_end() == end, "compaction has moved the end");
    ASSERT(cleaning.keys() <= static_cast<std::size_t>(end - Offset{0}), "keys out of nothing");
  }

  std::optional<Offset> append(const record::BatchOptions& options,
                               log::AppendOrigin origin = log::AppendOrigin::client) {
    record::BatchBuilder builder(options);
    builder.add({.timestamp = now.wall, .key = std::nullopt, .value = base::as_bytes("new")});
    return append(builder.finish(), origin);
  }
  // The offset that it got; nullopt when it was refused.
  std::optional<Offset> append(base::BytesView batch, log::AppendOrigin origin) {
    const auto epoch = open_log->leader_epochs().latest().value_or(log::LeaderEpoch{0});
    const Offset end = open_log->log_end();
    const auto valid = record::ValidBatch::parse(batch).value();
    const log::LeaderEpoch former{epoch.value() - 1};
    ASSERT(former.value() < 0 || !open_log->append_as_leader(valid, {.leader_epoch = former}, now),
           "a deposed leader has written");
    const auto appended =
        open_log->append_as_leader(valid, {.leader_epoch = epoch, .origin = origin}, now);
    if (!appended) return std::nullopt;
    ASSERT(appended->duplicate ? open_log->log_end() == end
                               : appended->first_offset == end && open_log->log_end() == end + 1,
           "an offset was left out");
    open_log->advance_high_watermark(open_log->log_end());
    return appended->first_offset;
  }

  // So many after the latest, which may be the last one that there is.
  log::LeaderEpoch epoch_after_latest(std::int32_t by) {
    const auto latest = open_log->leader_epochs().latest().value_or(log::LeaderEpoch{0});
    const auto epoch = std::clamp<std::int64_t>(std::int64_t{latest.value()} + by, 0,
                                                std::numeric_limits<std::int32_t>::max());
    return log::LeaderEpoch{static_cast<std::int32_t>(epoch)};
  }

  // As a leader's log has it: with or without a hole before it, in this epoch or one before.
  void follow(std::uint8_t how) {
    record::BatchBuilder builder({.base_offset = open_log->log_end() + how % 4 - 1,
                                  .leader_epoch = epoch_after_latest(how / 4 % 4 - 1)});
    builder.add({.timestamp = now.wall, .key = base::as_bytes("k"), .value = std::nullopt});
    base::Bytes batches = builder.finish();
    batches.resize(batches.size() + how % 8);  // the beginning of the next one
    const Offset end = open_log->log_end();
    const auto appended = open_log->append_as_follower(batches, now);
    ASSERT(appended ? open_log->log_end() > end : open_log->log_end() == end,
           "the end has moved, or not");
    open_log->advance_high_watermark(open_log->log_end());
  }

  void cut(Offset at) {
    const Offset safe = open_log->recovery_point_before_cut(at);
    const auto cut = open_log->truncate_to(at, now);
    ASSERT(!cut || safe <= open_log->log_end(), "what is cut away counts as synced");
  }

  void restart_at(Offset start) {
    const Offset safe = open_log->recovery_point_before_restart(start);
    const auto begun = open_log->truncate_fully_and_start_at(start, now);
    ASSERT(!begun || safe <= open_log->log_end(), "what is gone counts as synced");
  }

  // What its owner does from time to time; whether the log is still his.
  bool act(const Act& act) {
    const std::uint8_t argument = act.argument;
    const auto width = static_cast<std::uint64_t>(open_log->log_end() - open_log->log_start()) + 1;
    const Offset within = open_log->log_start() + static_cast<std::int64_t>(argument % width);
    record::BatchOptions options{
        .producer_id = model::ProducerId{3 + argument % 2},
        .producer_epoch = model::ProducerEpoch{static_cast<std::int16_t>(argument / 2 % 2)},
        .base_sequence = model::SequenceNumber{argument / 4 % 8}};
    switch (act.kind % Act::kinds) {
      case Act::append:
        append({});
        return true;
      case Act::append_transactional:
        options.transactional = true;
        [[fallthrough]];
      case Act::append_idempotent:
        append(options);
        return true;
      case Act::end_transaction:
        append(record::build_end_transaction_marker({argument / 4 % 2 == 0, argument / 8 % 3},
                                                    options.producer_id, options.producer_epoch,
                                                    now.wall),
               log::AppendOrigin::coordinator);
        return true;
      case Act::follow:
        follow(argument);
        return true;
      case Act::begin_epoch:
        open_log->begin_leader_epoch(epoch_after_latest(argument % 3));
        return true;
      case Act::look_up:
        look_up(argument);
        return true;
      case Act::cut:
        cut(within);
        return true;
      case Act::delete_records:
        (void)open_log->delete_records_before(open_log->log_start() + argument);
        open_log->drop_segments_below(open_log->log_start());
        return true;
      case Act::retain:
        (void)open_log->apply_retention(now);
        open_log->expire_producers(now, argument % 2);
        open_log->drop_segments_below(open_log->log_start());
        for (const std::string& path : open_log->take_removals()) (void)disk.remove(path);
        return true;
      case Act::compact:
        compact();
        return true;
      case Act::sync:
        sync();
        return true;
      case Act::restart_at:
        restart_at(within + argument % 16);
        return true;
      case Act::break_disk:
        disk.fail_next(static_cast<log::DiskOperation>(argument % disk_operations));
        return true;
      case Act::reopen:
        return open_log->close() && open({.recovery_point = open_log->recovery_point(),
                                          .log_start = open_log->log_start(),
                                          .clean_stop = argument % 2 == 0});
      default:
        (void)open_log->retire(model::Uuid{.bytes = {argument}});
        return false;
    }
  }

  void sync() {
    if (!open_log->wants_sync(now)) return;
    const auto job = open_log->take_sync_job(now);
    if (!job) return;
    if (const auto done = log::run(disk, *job); done)
      open_log->synced_to(*job);
    else
      open_log->sync_failed(*job, done.error());
  }
};

// What a clean close leaves is what the next open finds.
void check_reopened(Partition& it) {
  const Offset start = it.open_log->log_start();
  const Offset end = it.open_log->log_end();
  const Offset recovery_point = it.open_log->recovery_point();
  ASSERT(recovery_point == end, "closed with something unsynced");
  const bool opened =
      it.open({.recovery_point = recovery_point, .log_start = start, .clean_stop = true});
  ASSERT(opened, "a log that was closed cleanly does not open: " + it.why_not);
  ASSERT(it.open_log->log_end() == end && it.open_log->log_start() == start,
         "offsets changed at a restart");
}

void run(const Archive& archive) {
  Partition it;
  it.is_strict = (archive.options & strict) != 0;
  ASSERT(it.disk.create_folder("data") && it.disk.create_folder(std::string(folder)));
  for (const auto& [name, content] : archive.files) {
    base::Bytes bytes = content;
    if ((archive.options & reseal) != 0 && name.ends_with(".log")) record::reseal_all(bytes);
    it.disk.put(std::string(folder) + "/" + name, bytes);
  }
  if ((archive.options & dump_first) != 0) {
    for (const auto& [name, content] : archive.files)
      (void)log::dump_file(it.disk, std::string(folder), name, log::DumpRecords::yes,
                           [](const log::DumpRow&) {});
    if (const auto report = log::verify_folder(it.disk, std::string(folder)))
      ASSERT(report->sound() || !report->findings.empty(), "unsound without a finding");
  }
  const bool clean = (archive.options & clean_stop) != 0;
  if (!it.open({.recovery_point = Offset{archive.recovery_point},
                .log_start = Offset{archive.log_start},
                .clean_stop = clean}))
    return;
  const bool dense = it.read_all(!clean && archive.recovery_point == 0);
  it.look_up(archive.recovery_point);
  const bool appended = it.append({}) && it.append({});
  for (const Act& act : archive.acts)
    if (!it.act(act)) return;
  it.look_up(archive.log_start);
  it.disk.faults().failing.clear();
  if (!it.open_log->close()) return;
  (void)log::verify_folder(it.disk, std::string(folder));
  // A folder that only claims a clean stop is believed, however it contradicts itself.
  if (appended && (dense || !clean)) check_reopened(it);
}

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  Partition it;
  ASSERT(it.disk.create_folder("data"));
  ASSERT(it.open({}));
  std::int32_t sequence = 0;
  for (std::uint64_t left = 2 + prng.below(12); left > 0; --left) {
    const bool transactional = prng.chance(1, 3);
    record::BatchOptions options{.codec = static_cast<record::Codec>(prng.below(record::codecs))};
    if (transactional) {
      options.producer_id = model::ProducerId{3};
      options.producer_epoch = model::ProducerEpoch{0};
      options.base_sequence = model::SequenceNumber{sequence++};
      options.transactional = true;
    }
    record::BatchBuilder builder(options);
    builder.add({.timestamp = now.wall + prng.between(0, 9),
                 .key = base::as_bytes(std::string_view("abcde").substr(prng.below(3), 1)),
                 .value = base::as_bytes("value")});
    const base::Bytes batch = builder.finish();
    const log::LeaderEpoch epoch{static_cast<std::int32_t>(7 - left / 2)};
    const auto valid = record::ValidBatch::parse(batch).value();
    ASSERT(it.open_log->append_as_leader(valid, {.leader_epoch = epoch}, now));
    if (!prng.chance(1, 4)) continue;
    const base::Bytes marker = record::build_end_transaction_marker(
        {prng.chance(1, 2), 0}, model::ProducerId{3}, model::ProducerEpoch{0}, now.wall);
    ASSERT(it.open_log->append_as_leader(
        record::ValidBatch::parse(marker).value(),
        {.leader_epoch = epoch, .origin = log::AppendOrigin::coordinator}, now));
  }
  it.open_log->advance_high_watermark(it.open_log->log_end());
  ASSERT(it.open_log->close());
  Archive archive{static_cast<std::uint8_t>(prng.below(options_end)), 0, 0, random_acts(prng), {}};
  if (prng.chance(1, 4)) archive.recovery_point = static_cast<std::uint8_t>(prng.below(16));
  if (prng.chance(1, 4)) archive.log_start = static_cast<std::uint8_t>(prng.below(8));
  const auto entries = it.disk.list(std::string(folder));
  ASSERT(entries);
  for (const log::FolderEntry& entry : *entries)
    archive.files[entry.name] = it.disk.content(std::string(folder) + "/" + entry.name);
  return pack(archive);
}

void change_input(base::Bytes& input, base::Prng& prng) {
  Archive archive = unpack(Input(base::BytesView(input)));
  if (archive.files.empty()) return disturb(input, prng);
  auto victim = archive.files.begin();
  std::advance(victim, prng.below(archive.files.size()));
  switch (prng.below(10)) {
    case 0:
      archive.files.erase(victim);
      break;
    case 1:
      archive.options = static_cast<std::uint8_t>(prng.below(options_end));
      archive.acts = random_acts(prng);
      break;
    case 2:
      archive.recovery_point = static_cast<std::uint8_t>(prng.below(24));
      archive.log_start = static_cast<std::uint8_t>(prng.below(24));
      break;
    case 3: {  // the content of one file under the name of another
      auto other = archive.files.begin();
      std::advance(other, prng.below(archive.files.size()));
      victim->second = other->second;
      break;
    }
    case 4: {  // left behind by a compaction or a removal
      constexpr std::array<std::string_view, 3> suffixes{".swap", ".cleaned", ".deleted"};
      archive.files[victim->first + std::string(suffixes[prng.below(suffixes.size())])] =
          victim->second;
      if (prng.chance(1, 2)) archive.files.erase(victim);
      break;
    }
    case 5:
      victim->second = random_bytes(prng, 300);
      break;
    default:
      disturb(victim->second, prng);
  }
  input = pack(archive);
}

std::vector<base::Bytes> golden_inputs(const std::string& checkout) {
  std::map<std::string, Archive> folders;
  for (const std::string& file : files_below(checkout + "/tests/golden_logs")) {
    const auto slash = file.rfind('/');
    const base::Bytes content = read_file(file);
    if (content.size() <= 8'192)
      folders[file.substr(0, slash)].files[file.substr(slash + 1)] = content;
  }
  std::vector<base::Bytes> inputs;
  for (auto& [path, archive] : folders) {
    for (const auto options : {dump_first, clean_stop, reseal}) {
      archive.options = options;
      inputs.push_back(pack(archive));
    }
  }
  return inputs;
}

// Files are read through windows, batches whole; the codecs have windows of their own.
std::size_t allocation_bytes_max(std::size_t input_bytes) {
  return (std::size_t{16} << 20) + input_bytes * 16;
}

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  fuzz::run(fuzz::unpack(fuzz::Input(data, size)));
  return 0;
}
