// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Record batches as a producer sends them and as a log holds them, unpacked within a limit.
//
//   input := options u8, batch
//   options: bit 0: put the right length and checksum into the batch first, so that what is wrong
//   inside of it is reached; bits 1-2: which rules of the topic; bits 3-7: version of Produce, and
//   from 28 on, rules that refuse more, or look at less
//
// Whatever is accepted holds what its header promises, survives the stamp of the leader and being
// compressed by any codec, and never unpacks to more than the limit.

#include <algorithm>

#include "bytes.h"
#include "messages.h"
#include "record/builder.h"
#include "record/control.h"
#include "record/record.h"
#include "record/test_seals.h"
#include "record/validation.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

constexpr std::uint64_t unpacked_bytes_max = 256 << 10;

struct Contents {
  std::int32_t records = 0;
  std::size_t bytes = 0;
  std::uint64_t digest = 0xcbf29ce484222325;
  void note(base::BytesView bytes_of_record) {
    for (const std::byte byte : bytes_of_record)
      digest = (digest ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  }
};

std::optional<Contents> walk(const record::BatchView& batch, record::Decompressor& decompressor) {
  Contents contents;
  model::Offset expected_above = batch.base_offset() - 1;
  const auto walked = record::for_each_record(
      batch, decompressor,
      [&](const record::RecordView& record) {
        ASSERT(record.offset > expected_above && record.offset <= batch.last_offset(),
               "an offset outside of its batch");
        expected_above = record.offset;
        ++contents.records;
        contents.bytes += record.size_bytes;
        ASSERT(contents.bytes <= unpacked_bytes_max, "more came out than the limit allows");
        contents.note(record.key.value_or(base::BytesView()));
        contents.note(record.value.value_or(base::BytesView()));
        for (const record::Header& header : record.headers) {
          contents.note(base::as_bytes(header.key));
          contents.note(header.value.value_or(base::BytesView()));
        }
      },
      unpacked_bytes_max);
  if (!walked) return std::nullopt;
  ASSERT(contents.records == batch.record_count(), "another count than the header says");
  return contents;
}

void check_codecs(const record::ValidBatch& batch, const Contents& contents,
                  record::Decompressor& decompressor) {
  for (std::uint8_t codec = 0; codec < record::codecs; ++codec) {
    const auto packed = record::recompress(batch, static_cast<record::Codec>(codec), std::nullopt,
                                           decompressor, unpacked_bytes_max);
    ASSERT(packed, packed ? "" : packed.error().detail);
    const auto parsed = record::ValidBatch::parse(*packed);
    ASSERT(parsed && parsed->size_bytes() == packed->size(), "a compressed batch is not sound");
    const auto again = walk(*parsed, decompressor);
    ASSERT(again && again->digest == contents.digest && again->bytes == contents.bytes,
           "compression changed the records");
  }
}

// What says how a transaction ended is written again as the same.
void check_marker(const record::BatchView& batch, record::Decompressor& decompressor) {
  if (!batch.is_control()) return;
  (void)record::for_each_record(
      batch, decompressor,
      [&](const record::RecordView& found) {
        (void)record::parse_control_type(found);
        const auto marker = record::parse_end_transaction_marker(found);
        if (!marker) return;
        const base::Bytes again = record::build_end_transaction_marker(
            *marker, batch.producer_id(), batch.producer_epoch(), found.timestamp);
        const auto rebuilt = record::ValidBatch::parse(again);
        ASSERT(rebuilt && rebuilt->is_control(), "a marker of ours is none");
        (void)record::for_each_record(*rebuilt, decompressor, [&](const record::RecordView& ours) {
          ASSERT(record::parse_end_transaction_marker(ours) == marker, "another end");
        });
      },
      unpacked_bytes_max);
}

// As the broker does it.
void check_produced(base::BytesView bytes, std::uint8_t options,
                    record::Decompressor& decompressor) {
  const auto taken = record::take_produced_batch(
      bytes, model::ApiVersion(static_cast<std::int16_t>((options >> 3) % 14)));
  if (!taken) return;
  record::ProduceRules rules{.records_bytes_max = unpacked_bytes_max};
  rules.key_required = (options & 2) != 0;
  if ((options & 4) != 0) rules.timestamp_type = record::TimestampType::log_append_time;
  constexpr int looks_at_less = 28, refuses_more = 30;
  const int number = options >> 3;
  if (number >= refuses_more) rules.batch_bytes_max = 100;
  const bool trusts = number >= looks_at_less && number < refuses_more;
  if (trusts) rules.compressed_records = record::CompressedRecords::trust_header;
  const auto produced =
      record::validate_produced(*taken, rules, model::Timestamp(1'700'000'000'000), decompressor);
  if (!produced || trusts) return;
  const record::ValidBatch& batch = produced->batch;
  ASSERT(batch.size_bytes() <= rules.batch_bytes_max, "larger than the rules allow");
  ASSERT(batch.crc_matches() && !batch.is_control() && batch.base_offset() == model::Offset{0});
  ASSERT(batch.record_count() == batch.last_offset_delta() + 1 && batch.record_count() > 0,
         "an accepted batch has holes");
  const auto contents = walk(batch, decompressor);
  ASSERT(contents, "an accepted batch cannot be read");
  const auto header =
      record::patched_header(batch, model::Offset{77}, model::LeaderEpoch{3}, produced->stamp);
  base::Bytes stored(header.begin(), header.end());
  base::append(stored, batch.records());
  const auto kept = record::ValidBatch::parse(stored);
  ASSERT(kept && kept->size_bytes() == stored.size(), "a stored batch is not sound");
  ASSERT(kept->base_offset() == model::Offset{77} &&
         kept->partition_leader_epoch() == model::LeaderEpoch{3});
  const auto again = walk(*kept, decompressor);
  ASSERT(again && again->digest == contents->digest, "storing changed the records");
  // A producer that claims LogAppendTime is believed, as in Kafka: docs/findings.md.
  const bool claims_other_times = batch.timestamp_type() == record::TimestampType::log_append_time;
  if (rules.timestamp_type == record::TimestampType::create_time && !claims_other_times) {
    const auto newest = record::find_max_timestamp(*kept, decompressor, unpacked_bytes_max);
    // As in Kafka, -1 if all times are before it.
    ASSERT(newest && *newest &&
               std::max((*newest)->timestamp, model::no_timestamp) == kept->max_timestamp(),
           "the largest timestamp is not that of any record");
  }
}

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  base::Bytes input(1, static_cast<std::byte>(prng.below(256)));
  base::Bytes batch = random_batch(prng);
  if (prng.chance(1, 8)) {
    // Unpacks to more than the limit.
    record::BatchBuilder builder({.codec = static_cast<record::Codec>(1 + prng.below(4))});
    const base::Bytes zeros(unpacked_bytes_max / 4 + prng.below(64));
    for (std::uint64_t left = 1 + prng.below(8); left > 0; --left)
      builder.add({.timestamp = model::Timestamp(1), .key = {}, .value = zeros});
    batch = builder.finish();
  }
  if (prng.chance(1, 16))
    batch = record::build_end_transaction_marker(
        {prng.chance(1, 2), static_cast<std::int32_t>(prng.below(9))}, model::ProducerId{7},
        model::ProducerEpoch{1}, model::Timestamp{1'700'000'000'000});
  base::append(input, batch);
  return input;
}

// Fields of the header, or what follows; a compressed batch is changed inside.
void change_input(base::Bytes& input, base::Prng& prng) {
  if (input.empty()) return;
  input[0] |= std::byte{1};
  base::Bytes batch = base::to_bytes(base::BytesView(input).subspan(1));
  if (batch.size() < record::batch_header_bytes) return disturb(input, prng);
  if (prng.chance(1, 2)) {
    batch[prng.below(record::batch_header_bytes)] = static_cast<std::byte>(prng.below(256));
  } else {
    const auto header = base::BytesView(batch).first(record::batch_header_bytes);
    const unsigned number =
        std::to_integer<unsigned>(header[record::at::attributes + 1]) & record::codec_bits;
    if (number >= record::codecs) return disturb(input, prng);
    const auto codec = static_cast<record::Codec>(number);
    record::Decompressor decompressor;
    const auto records = record::decompress(
        decompressor, codec, base::BytesView(batch).subspan(record::batch_header_bytes), 1 << 16);
    if (!records) return disturb(input, prng);
    base::Bytes changed = *records;
    disturb(changed, prng);
    batch.resize(record::batch_header_bytes);
    base::append(batch, record::compress(codec, changed));
  }
  record::reseal(batch);
  input.resize(1);
  base::append(input, batch);
}

std::vector<base::Bytes> golden_inputs(const std::string& checkout) {
  std::vector<base::Bytes> inputs;
  for (const std::string& file : files_below(checkout + "/tests/golden_logs")) {
    if (!file.ends_with(".log")) continue;
    const base::Bytes bytes = read_file(file);
    base::BytesView rest = bytes;
    for (int left = 4; left > 0; --left) {
      const auto size = record::peek_batch_size(rest);
      if (!size || *size > rest.size() || *size > 8'192) break;
      base::Bytes input(1, std::byte{0x61});
      base::append(input, rest.first(*size));
      if (*size >= record::batch_header_bytes)  // as it left the producer
        base::store_big_endian(input.data() + 1 + record::at::base_offset, std::int64_t{0});
      inputs.push_back(std::move(input));
      rest = rest.subspan(*size);
    }
  }
  return inputs;
}

// The windows of the codecs, what may come out, and the working memory of their writers.
std::size_t allocation_bytes_max(std::size_t input_bytes) {
  return (std::size_t{16} << 20) + input_bytes * 8;
}

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  static record::Decompressor decompressor;  // as long-lived as a shard's
  fuzz::Input input(data, size);
  const std::uint8_t options = input.u8();
  base::Bytes bytes = base::to_bytes(input.rest());
  if ((options & 1) != 0) record::reseal(bytes);
  fuzz::check_produced(bytes, options, decompressor);
  if (const auto batch = record::ValidBatch::parse(bytes)) {
    fuzz::check_marker(*batch, decompressor);
    if (const auto contents = fuzz::walk(*batch, decompressor))
      fuzz::check_codecs(*batch, *contents, decompressor);
  }
  return 0;
}
