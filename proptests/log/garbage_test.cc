// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Whatever bytes lie in the files of a folder: opening, reading, verifying and dumping end with a
// result, never with a crash.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "log/data_files.h"
#include "log/dump.h"
#include "log/leader_epochs.h"
#include "log/producer_snapshot.h"
#include "log/test_log.h"
#include "log/verify.h"
#include "record/test_seals.h"

namespace gregor::log {
namespace {

base::Bytes random_bytes(base::Prng& prng, std::uint64_t size_max) {
  base::Bytes bytes(prng.below(size_max + 1));
  const std::uint64_t mode = prng.below(4);
  for (auto& byte : bytes) {
    byte = mode == 0   ? std::byte{0}
           : mode == 1 ? std::byte{0xff}
           : mode == 2 ? static_cast<std::byte>(prng.below(3))
                       : static_cast<std::byte>(prng.below(256));
  }
  return bytes;
}

// Some bytes of `bytes` changed, cut, repeated or added.
void disturb(base::Bytes& bytes, base::Prng& prng) {
  for (std::uint64_t i = 1 + prng.below(4); i > 0; --i) {
    const std::size_t at = bytes.empty() ? 0 : prng.below(bytes.size());
    switch (prng.below(6)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        base::append(bytes, random_bytes(prng, 100));
        break;
      case 2:
        base::append(bytes, base::to_bytes(base::BytesView(bytes).subspan(at)));
        break;
      case 3:
        for (std::size_t j = at; j < std::min(bytes.size(), at + 8); ++j)
          bytes[j] = std::byte{0xff};
        break;
      default:
        if (!bytes.empty()) bytes[at] ^= static_cast<std::byte>(1U << prng.below(8));
    }
  }
}

std::map<std::string, base::Bytes> sound_folder(base::Prng& prng) {
  LogOnDisk it;
  it.settings.segment_bytes = 600;
  it.settings.index_interval_bytes = 100;
  it.open();
  std::int32_t sequence = 0;
  for (int i = 0; i < 12; ++i) {
    const bool transactional = prng.chance(1, 2);
    const auto options = transactional ? producer(3, 0, sequence++, true)
                                       : record::BatchOptions{.codec = record::Codec::lz4};
    EXPECT_TRUE(
        it.append(batch_of({"value", "other"}, options), {.leader_epoch = LeaderEpoch{i / 5}}));
    if (transactional) ++sequence;
    const bool ends = prng.chance(1, 4);
    EXPECT_TRUE(!ends || it.append_marker(prng.chance(1, 2), 3, 0, 0, LeaderEpoch{i / 5}));
  }
  EXPECT_TRUE(it.log->close());
  std::map<std::string, base::Bytes> files;
  const auto entries = it.disk->list(std::string(test_folder)).value();
  for (const auto& entry : entries) {
    files[entry.name] = it.disk->content(std::string(test_folder) + "/" + entry.name);
  }
  return files;
}

void use(LogOnDisk& it, base::Prng& prng) {
  record::Decompressor decompressor;
  for (int i = 0; i < 10; ++i) {
    const Offset from{prng.between(-1, 40)};
    const Offset limit{prng.between(-1, 40)};
    (void)it.log->read({from, limit, prng.below(2'000), prng.chance(1, 2)});
    (void)it.log->offset_for_timestamp(model::Timestamp{prng.between(0, 2'000)}, decompressor);
    (void)it.log->aborted_transactions(from, limit);
    (void)it.log->end_of_epoch(LeaderEpoch{static_cast<std::int32_t>(prng.below(5))});
  }
  (void)it.log->offset_of_max_timestamp(decompressor);
  const LeaderEpoch epoch = it.log->leader_epochs().latest().value_or(LeaderEpoch{0});
  (void)it.append(batch_of({"new"}), {.leader_epoch = epoch});
  if (prng.chance(1, 3)) {
    const Offset to{prng.between(it.log->log_start().value(), it.log->log_end().value())};
    (void)it.log->truncate_to(to, it.now);
  }
  if (prng.chance(1, 3)) {
    (void)it.log->delete_records_before(it.log->high_watermark());
    it.log->drop_segments_below(it.log->log_start());
  }
  (void)it.log->close();
}

RC_GTEST_PROP(Garbage, InAnyFileOfAFolderIsSurvived, (std::uint64_t seed)) {
  base::Prng prng(seed);
  auto files = sound_folder(prng);
  for (std::uint64_t i = 1 + prng.below(3); i > 0; --i) {
    auto victim = files.begin();
    std::advance(victim, prng.below(files.size()));
    if (prng.chance(1, 8)) {
      files.erase(victim);
      if (files.empty()) break;
      continue;
    }
    if (prng.chance(1, 5)) {
      victim->second = random_bytes(prng, 700);
    } else {
      disturb(victim->second, prng);
      if (victim->first.ends_with(".log") && prng.chance(1, 2)) record::reseal_all(victim->second);
    }
  }
  LogOnDisk it;
  it.settings.segment_bytes = 600;
  it.settings.index_interval_bytes = 100;
  RC_ASSERT(it.disk->create_folder(std::string(test_folder)).has_value());
  for (const auto& [name, bytes] : files) {
    it.disk->put(std::string(test_folder) + "/" + name, bytes);
    (void)dump_file(*it.disk, std::string(test_folder), name, DumpRecords::yes,
                    [](const DumpRow&) {});
  }
  (void)verify_folder(*it.disk, std::string(test_folder));
  it.options.clean_stop = prng.chance(1, 2);
  it.options.recovery_point = Offset{prng.between(0, 30)};
  it.options.log_start = Offset{prng.between(0, 30)};
  if (it.try_open().empty()) use(it, prng);
}

RC_GTEST_PROP(Garbage, InSmallFilesIsRefusedOrUnderstood, (std::uint64_t seed)) {
  base::Prng prng(seed);
  const base::Bytes samples[] = {
      base::to_bytes(base::as_bytes("0\n2\ntopic 0 5\nother 1 77\n")),
      base::to_bytes(base::as_bytes("#\n#\nversion=1\nnode.id=3\ncluster.id=abc\n")),
      base::to_bytes(base::as_bytes("version: 0\ntopic_id: McLvyzL_QEyOmpAhRsQ7Jw")),
      base::to_bytes(base::as_bytes("0\n2\n0 0\n3 10\n")), random_bytes(prng, 200)};
  base::Bytes bytes = samples[prng.below(std::size(samples))];
  disturb(bytes, prng);
  if (const auto offsets = decode_partition_offsets(bytes)) {
    const bool same =
        decode_partition_offsets(encode_partition_offsets(*offsets)).value() == *offsets;
    RC_ASSERT(same);
  }
  if (const auto meta = decode_meta_properties(bytes)) {
    const bool same = decode_meta_properties(encode_meta_properties(*meta)).value() == *meta;
    RC_ASSERT(same);
  }
  if (const auto epochs = decode_leader_epochs(bytes)) {
    const bool same = decode_leader_epochs(encode_leader_epochs(*epochs)).value() == *epochs;
    RC_ASSERT(same);
  }
  (void)decode_partition_metadata(bytes);
  (void)decode_producer_snapshot(bytes);
}

RC_GTEST_PROP(Garbage, FromALeaderIsRefusedOrAppended, (std::uint64_t seed)) {
  base::Prng prng(seed);
  LogOnDisk it;
  it.open();
  base::Bytes bytes;
  std::int64_t offset = prng.between(0, 3);
  for (int i = 0; i < 4; ++i) {
    base::append(bytes, batch_of({"a", "b"},
                                 {.base_offset = Offset{offset}, .leader_epoch = LeaderEpoch{1}}));
    offset += 2;
  }
  disturb(bytes, prng);
  if (prng.chance(1, 2)) record::reseal_all(bytes);
  (void)it.log->append_as_follower(bytes, it.now);
  it.log->advance_high_watermark(it.log->log_end());
  RC_ASSERT(it.log->close().has_value());
  const auto verified = verify_folder(*it.disk, std::string(test_folder));
  RC_ASSERT(verified.has_value());
}

}  // namespace
}  // namespace gregor::log
