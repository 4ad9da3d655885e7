// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Each file beside the records, alone: checkpoints, snapshots, meta.properties, indexes.
//
//   input := kind u8, content
//
// What is understood is written and understood again as the same.

#include <array>

#include "base/crc32c.h"
#include "bytes.h"
#include "log/data_files.h"
#include "log/dump.h"
#include "log/leader_epochs.h"
#include "log/producer_snapshot.h"
#include "log/simulated_disk.h"
#include "log/verify.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

template <class Decode, class Encode>
void check_round_trip(base::BytesView content, Decode decode, Encode encode) {
  const auto understood = decode(content);
  if (!understood) return;
  const base::Bytes written = encode(*understood);
  const auto again = decode(written);
  ASSERT(again, "what was written is not understood");
  ASSERT(encode(*again) == written, "understood as something else");
}

// Read by what looks at a folder without opening it.
void check_alone(const std::string& name, base::BytesView content) {
  log::SimulatedDisk disk;
  ASSERT(disk.create_folder("t-0"));
  disk.put("t-0/" + name, content);
  std::size_t rows = 0;
  const auto dumped = log::dump_file(disk, "t-0", name, log::DumpRecords::yes,
                                     [&](const log::DumpRow&) { ++rows; });
  ASSERT(dumped && *dumped, "a file of this name has rows");
  ASSERT(rows <= content.size() + 2, "more rows than bytes");
  ASSERT(log::verify_folder(disk, "t-0"), "only the disk may fail");
}

constexpr std::array<std::string_view, 6> partition_files{
    "00000000000000000000.index",    "00000000000000000000.timeindex",
    "00000000000000000000.txnindex", "00000000000000000007.snapshot",
    "leader-epoch-checkpoint",       "partition.metadata"};
constexpr std::size_t kinds = 5 + partition_files.size();

void check(std::uint8_t kind, base::BytesView content) {
  switch (kind % kinds) {
    case 0:
      return check_round_trip(content, log::decode_partition_offsets,
                              log::encode_partition_offsets);
    case 1:
      return check_round_trip(content, log::decode_meta_properties, log::encode_meta_properties);
    case 2:
      return check_round_trip(content, log::decode_leader_epochs, log::encode_leader_epochs);
    case 3:
      return check_round_trip(content, log::decode_partition_metadata,
                              log::encode_partition_metadata);
    case 4:
      return check_round_trip(content, log::decode_producer_snapshot,
                              log::encode_producer_snapshot);
    default:
      return check_alone(std::string(partition_files[kind % kinds - 5]), content);
  }
}

base::Bytes with_kind(std::size_t kind, base::BytesView content) {
  base::Bytes input(1, static_cast<std::byte>(kind));
  base::append(input, content);
  return input;
}

// Puts the right checksum into a producer snapshot, so that what is wrong behind it is reached:
//   snapshot := version i16, checksum u32, count i32, entry*
void reseal_snapshot(base::Bytes& input) {
  constexpr std::size_t crc_at = 1 + sizeof(std::int16_t);
  constexpr std::size_t checked_from = crc_at + sizeof(std::uint32_t);
  if (input.size() < checked_from) return;
  base::store_big_endian(input.data() + crc_at,
                         base::crc32c(base::BytesView(input).subspan(checked_from)));
}

bool is_snapshot(const base::Bytes& input) {
  return !input.empty() && (input[0] == std::byte{4} || input[0] == std::byte{8});
}

base::Bytes random_snapshot(base::Prng& prng) {
  base::Bytes bytes;
  base::append_big_endian(bytes, std::int16_t{1});
  base::append_big_endian(bytes, std::uint32_t{0});
  const std::int32_t count = static_cast<std::int32_t>(prng.below(4));
  base::append_big_endian(bytes, count);
  for (std::int64_t id = 0; id < count; ++id) {
    base::append_big_endian(bytes, id);                                         // producer
    base::append_big_endian(bytes, std::int16_t{0});                            // epoch
    base::append_big_endian(bytes, static_cast<std::int32_t>(prng.below(9)));   // sequence
    base::append_big_endian(bytes, prng.between(5, 9) + id * 10);               // last offset
    base::append_big_endian(bytes, static_cast<std::int32_t>(prng.below(5)));   // its delta
    base::append_big_endian(bytes, prng.between(0, 99));                        // timestamp
    base::append_big_endian(bytes, std::int32_t{0});                            // coordinator
    base::append_big_endian(bytes, prng.chance(1, 2) ? std::int64_t{-1} : id);  // transaction
  }
  return bytes;
}

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  const std::size_t kind = prng.below(kinds);
  static constexpr std::array<std::string_view, 4> texts{
      "0\n2\ntopic 0 5\nother 1 77\n", "#\n#\nversion=1\nnode.id=3\ncluster.id=abc\n",
      "0\n2\n0 0\n3 10\n", "version: 0\ntopic_id: McLvyzL_QEyOmpAhRsQ7Jw"};
  if (kind < texts.size()) return with_kind(kind, base::as_bytes(texts[kind]));
  if (kind == 4 || kind == 8) {
    base::Bytes input = with_kind(kind, random_snapshot(prng));
    reseal_snapshot(input);
    return input;
  }
  if (kind == 9) return with_kind(kind, base::as_bytes(texts[2]));
  if (kind == 10) return with_kind(kind, base::as_bytes(texts[3]));
  base::Bytes entries;
  std::int32_t offset = 0;
  for (std::uint64_t left = prng.below(6); left > 0; --left) {
    offset += static_cast<std::int32_t>(prng.below(9));
    if (kind == 6) base::append_big_endian(entries, std::int64_t{1'000} + offset);
    if (kind == 7)
      base::append(entries, random_bytes(prng, 34));
    else
      base::append_big_endian(entries, offset);
    if (kind == 5) base::append_big_endian(entries, offset * 100);
  }
  return with_kind(kind, entries);
}

void change_input(base::Bytes& input, base::Prng& prng) {
  if (!input.empty() && prng.chance(1, 16)) input[0] = static_cast<std::byte>(prng.below(kinds));
  disturb(input, prng);
  if (is_snapshot(input)) reseal_snapshot(input);
}

std::vector<base::Bytes> golden_inputs(const std::string& checkout) {
  std::vector<base::Bytes> inputs;
  for (const std::string& file : files_below(checkout + "/tests/golden_logs")) {
    const base::Bytes content = read_file(file);
    if (content.size() > 4'096) continue;
    if (file.ends_with("leader-epoch-checkpoint")) inputs.push_back(with_kind(2, content));
    if (file.ends_with("partition.metadata")) inputs.push_back(with_kind(3, content));
    if (file.ends_with(".snapshot")) inputs.push_back(with_kind(4, content));
    for (std::size_t i = 0; i < partition_files.size(); ++i) {
      const auto suffix = partition_files[i].substr(partition_files[i].rfind('.') + 1);
      if (file.ends_with(suffix)) inputs.push_back(with_kind(5 + i, content));
    }
  }
  return inputs;
}

std::size_t allocation_bytes_max(std::size_t input_bytes) {
  return (std::size_t{1} << 20) + input_bytes * 64;
}

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  fuzz::Input input(data, size);
  const std::uint8_t kind = input.u8();
  fuzz::check(kind, input.rest());
  return 0;
}
