// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The validator against one that is too simple to share its mistakes: it reads byte by byte, keeps
// everything in vectors, and throws the answer as soon as it knows it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <vector>

#include "base/crc32c.h"
#include "record/test_batches.h"
#include "record/validation.h"

namespace gregor::record {
namespace {

using base::Bytes;
using model::ErrorCode;
using model::Timestamp;

constexpr std::int64_t now_ms = 1'700'000'050'000;

// Big-endian and varint numbers from a vector that complains when it ends.
class Simple {
 public:
  explicit Simple(Bytes bytes) : bytes_(std::move(bytes)) {}

  bool done() const { return at_ == bytes_.size(); }

  int byte() {
    if (done()) throw ErrorCode::invalid_record;
    return std::to_integer<int>(bytes_[at_++]);
  }

  std::int64_t number(int size) {
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value = value * 256 + static_cast<std::uint64_t>(byte());
    const int unused = 64 - 8 * size;
    return static_cast<std::int64_t>(value << unused) >> unused;
  }

  // A zigzag number of at most `width` bits.
  std::int64_t varint(std::size_t width) {
    std::vector<bool> bits;  // the lowest first
    for (int next = 0x80; next >= 0x80;) {
      if (bits.size() >= width) throw ErrorCode::invalid_record;
      next = byte();
      for (int i = 0; i < 7; ++i) bits.push_back(((next >> i) & 1) != 0);
    }
    std::uint64_t magnitude = 0;
    for (std::size_t i = 1; i < bits.size(); ++i) {
      if (bits[i] && i >= width) throw ErrorCode::invalid_record;
      if (bits[i]) magnitude |= std::uint64_t{1} << (i - 1);
    }
    return static_cast<std::int64_t>(bits[0] ? ~magnitude : magnitude);
  }

  Bytes take(std::int64_t size) {
    Bytes taken;
    for (std::int64_t i = 0; i < size; ++i) taken.push_back(static_cast<std::byte>(byte()));
    return taken;
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

struct ReferenceResult {
  ErrorCode code = ErrorCode::none;
  std::int64_t max_timestamp = -1;
};

// The offset delta and timestamp of the record at the front.
std::pair<std::int64_t, std::int64_t> simple_record(Simple& records) {
  const std::int64_t length = records.varint(32);
  Simple body(records.take(length));
  body.byte();
  const std::int64_t timestamp_delta = body.varint(64);
  const std::int64_t offset_delta = body.varint(32);
  body.take(body.varint(32));  // key
  body.take(body.varint(32));  // value
  const std::int64_t headers = body.varint(32);
  if (headers < 0) throw ErrorCode::invalid_record;
  for (std::int64_t i = 0; i < headers; ++i) {
    const std::int64_t key = body.varint(32);
    if (key < 0) throw ErrorCode::invalid_record;
    body.take(key);
    body.take(body.varint(32));
  }
  if (!body.done()) throw ErrorCode::invalid_record;
  return {offset_delta, timestamp_delta};
}

std::int64_t simple_validate(const Bytes& bytes, const Bytes& unpacked, const ProduceRules& rules) {
  Simple header(bytes);
  const std::int64_t base_offset = header.number(8);
  header.number(4);
  header.number(4);
  header.number(1);
  const std::int64_t crc = header.number(4);
  const std::int64_t attributes = header.number(2);
  const std::int64_t last_delta = header.number(4);
  const auto base_timestamp = static_cast<std::uint64_t>(header.number(8));
  const std::int64_t max_timestamp = header.number(8);
  const std::int64_t producer_id = header.number(8);
  header.number(2);
  const std::int64_t sequence = header.number(4);
  const std::int64_t count = header.number(4);
  if (base_offset != 0) throw ErrorCode::invalid_record;
  if (bytes.size() > rules.batch_bytes_max) throw ErrorCode::message_too_large;
  const Bytes covered(bytes.begin() + 21, bytes.end());
  if (static_cast<std::uint32_t>(crc) != base::crc32c_extend_by_table(0, covered))
    throw ErrorCode::corrupt_message;
  if (count <= 0 || last_delta != count - 1) throw ErrorCode::invalid_record;
  if ((attributes & 0x20) != 0) throw ErrorCode::invalid_record;
  if (producer_id > -1 && sequence < 0) throw ErrorCode::invalid_record;
  Simple records(unpacked);
  std::int64_t found_max = -1;
  bool bad_time = false;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto [offset_delta, timestamp_delta] = simple_record(records);
    if (offset_delta != i) throw ErrorCode::invalid_record;
    const std::int64_t time =
        (attributes & 8) != 0 ? max_timestamp
                              : static_cast<std::int64_t>(
                                    base_timestamp + static_cast<std::uint64_t>(timestamp_delta));
    found_max = std::max(found_max, time);
    if (time == -1) bad_time |= (attributes & 8) != 0;
    if (time != -1 && time < now_ms - rules.before_ms_max) bad_time = true;
    if (time != -1 && time > now_ms + rules.after_ms_max) bad_time = true;
  }
  if (!records.done()) throw ErrorCode::invalid_record;
  if (bad_time) throw ErrorCode::invalid_timestamp;
  return found_max;
}

ReferenceResult by_reference(const Bytes& bytes, const Bytes& unpacked, const ProduceRules& rules) {
  try {
    return {ErrorCode::none, simple_validate(bytes, unpacked, rules)};
  } catch (ErrorCode code) {
    return {code, -1};
  }
}

// One change of a kind that producers with bugs might make.
void mutate(Bytes& bytes, std::size_t first) {
  if (bytes.size() <= first) return;
  const auto at = static_cast<std::ptrdiff_t>(*rc::gen::inRange(first, bytes.size()));
  const auto value = static_cast<std::byte>(
      *rc::gen::oneOf(rc::gen::arbitrary<int>(), rc::gen::element(0, 1, 2, 3, 0x7f, 0x80, 0xff)));
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      bytes[static_cast<std::size_t>(at)] = value;
      break;
    case 1:
      bytes[static_cast<std::size_t>(at)] ^= std::byte{1};
      break;
    case 2:
      bytes.insert(bytes.begin() + at, value);
      break;
    default:
      bytes.erase(bytes.begin() + at);
      break;
  }
}

// Small records, so that the changes hit more than their contents.
RC_GTEST_PROP(ValidationAgainstReference, AgreesOnBatchesWithMistakes, ()) {
  const auto records = *rc::gen::resize(8, rc::gen::arbitrary<std::vector<OwnedRecord>>());
  RC_PRE(!records.empty());
  const Codec codec = *any_codec();
  Bytes unpacked = build(records, {.producer_id = model::ProducerId(*rc::gen::inRange(-1, 1)),
                                   .base_sequence = model::SequenceNumber(0)});
  Bytes header(unpacked.begin(), unpacked.begin() + batch_header_bytes);
  unpacked.erase(unpacked.begin(), unpacked.begin() + batch_header_bytes);
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) mutate(unpacked, 0);
  if (*rc::gen::inRange(0, 4) == 0) {
    const auto at = *rc::gen::inRange(at::attributes, batch_header_bytes);
    header[at] = static_cast<std::byte>(*rc::gen::arbitrary<int>());
  }
  header[at::attributes + 1] =
      (header[at::attributes + 1] & ~std::byte{codec_bits}) | static_cast<std::byte>(codec);
  if (*rc::gen::inRange(0, 20) == 0) header[at::base_offset + 7] = std::byte{1};
  Bytes bytes = header;
  base::append(bytes, compress(codec, unpacked));
  reseal(bytes);
  if (*rc::gen::inRange(0, 20) == 0) bytes[at::crc] ^= std::byte{4};

  const ProduceRules rules{
      .batch_bytes_max = *rc::gen::element<std::size_t>(100, 1 << 20, 1 << 20, 1 << 20),
      .before_ms_max = 50'000,
      .after_ms_max = *rc::gen::element<std::int64_t>(0, 50'000)};
  const ReferenceResult expected = by_reference(bytes, unpacked, rules);
  RC_TAG(model::name_of(expected.code));
  RC_LOG() << name_of(codec) << std::endl;
  ReferenceResult actual;
  const auto batch = take_produced_batch(bytes, model::ApiVersion(9));
  if (batch) {
    Decompressor decompressor;
    const auto produced = validate_produced(*batch, rules, Timestamp(now_ms), decompressor);
    if (produced)
      actual.max_timestamp = produced->stamp.max.value();
    else
      actual.code = produced.error().error.code;
  } else {
    actual.code = batch.error().code;
  }
  // Nonsense is refused before its size is compared with a setting.
  if (expected.code == ErrorCode::message_too_large && !batch)
    RC_ASSERT(actual.code == ErrorCode::invalid_record ||
              actual.code == ErrorCode::corrupt_message);
  else
    RC_ASSERT(model::name_of(actual.code) == model::name_of(expected.code));
  if (expected.code == ErrorCode::none) RC_ASSERT(actual.max_timestamp == expected.max_timestamp);
}

}  // namespace
}  // namespace gregor::record
