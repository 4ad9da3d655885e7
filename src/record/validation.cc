// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/validation.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/body_reader.h"
#include "record/record.h"

namespace gregor::record {
namespace {

using base::BytesView;
using base::load_big_endian;
using model::ErrorCode;
using model::fail;
using model::Result;
using model::Timestamp;

constexpr model::ApiVersion first_version_with_zstd{7};

Refusal refuse(ErrorCode code, std::string detail) {
  return {.error = {code, std::move(detail)}, .records = {}};
}

// What a reader of batch after batch would meet at the front of `bytes`: the size of a whole batch
// (of any format), or 0 if there is too little for one.
Result<std::size_t> measure(BytesView bytes) {
  if (bytes.size() < batch_overhead_bytes) return 0;
  const auto length = load_big_endian<std::int32_t>(bytes.data() + at::length);
  if (length < batch_length_min)
    return fail(ErrorCode::corrupt_message, fmt::format("batch length {} is too small", length));
  if (bytes.size() < batch_prefix_bytes) return 0;
  const auto magic = load_big_endian<std::int8_t>(bytes.data() + at::magic);
  if (magic < 0 || magic > batch_magic)
    return fail(ErrorCode::corrupt_message, fmt::format("no message format has magic {}", magic));
  const std::size_t size = static_cast<std::size_t>(length) + batch_overhead_bytes;
  return size <= bytes.size() ? size : 0;
}

std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}

std::int64_t saturating_difference(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b > 0 ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}

// Whether a batch of which the header makes no sense looks damaged on its way here. One with the
// right checksum was made so, as was one that does not begin at offset 0 (validate_produced too
// looks at that first).
bool may_succeed_again(BytesView batch) {
  if (batch.size() < batch_header_bytes) return true;
  return load_big_endian<std::int64_t>(batch.data() + at::base_offset) == 0 &&
         load_big_endian<std::uint32_t>(batch.data() + at::crc) != compute_crc(batch);
}

// Collects what a walk over the records finds.
class RecordCheck {
 public:
  RecordCheck(const BatchView& batch, const ProduceRules& rules, Timestamp now)
      : rules_(rules),
        now_(now),
        earliest_(saturating_difference(now.value(), rules.before_ms_max)),
        latest_(saturating_sum(now.value(), rules.after_ms_max)),
        base_timestamp_(batch.base_timestamp()) {
    if (batch.timestamp_type() == TimestampType::log_append_time)
      log_append_time_ = batch.max_timestamp();
  }

  // False if the record does not belong at this place at all.
  bool add(const EncodedRecord& record) {
    if (record.offset_delta != count_) return false;
    if (rules_.key_required && !record.key) [[unlikely]]
      blame([] { return "a compacted topic accepts no record without key"; });
    else
      add_time(log_append_time_.value_or(add_delta(base_timestamp_, record.timestamp_delta)));
    ++count_;
    return true;
  }

  // Takes the header's word for the times of all records.
  void believe(const ValidBatch& batch) {
    count_ = batch.last_offset_delta();
    if (!log_append_time_) add_time(batch.base_timestamp());
    add_time(batch.max_timestamp());
  }

  [[nodiscard]] std::int32_t count() const { return count_; }
  [[nodiscard]] Timestamp max_timestamp() const { return max_timestamp_; }
  [[nodiscard]] std::int32_t offset_delta_of_max() const { return offset_delta_of_max_; }
  [[nodiscard]] bool found_fault() const { return !refusals_.empty(); }

  // One bad time makes invalid_timestamp of the whole batch's answer.
  [[nodiscard]] Refusal take_refusal() {
    const auto code = found_bad_time_ ? ErrorCode::invalid_timestamp : ErrorCode::invalid_record;
    const RecordRefusal& first = refusals_.front();
    return {.error = {code, fmt::format("record {}: {}", first.index, first.detail)},
            .records = std::move(refusals_)};
  }

 private:
  void add_time(Timestamp time) {
    if (time > max_timestamp_) {
      max_timestamp_ = time;
      offset_delta_of_max_ = count_;
    }
    if (!time_is_acceptable(time)) [[unlikely]] {
      blame([&] { return refused_time(time); });
      found_bad_time_ = true;
    }
  }

  [[nodiscard]] bool time_is_acceptable(Timestamp time) const {
    // With its own clock the broker does not care for the producer's, except that the producer
    // must not pretend to be that clock.
    if (rules_.timestamp_type == TimestampType::log_append_time) return !log_append_time_;
    if (time == model::no_timestamp) return !log_append_time_;
    return earliest_ <= time && time <= latest_;
  }

  [[nodiscard]] std::string refused_time(Timestamp time) const {
    if (rules_.timestamp_type == TimestampType::log_append_time || time == model::no_timestamp)
      return "a producer must not set the timestamp type to LogAppendTime";
    return fmt::format("timestamp {} is more than {} ms before or {} ms after the broker's time {}",
                       time.value(), rules_.before_ms_max, rules_.after_ms_max, now_.value());
  }

  // `describe` is called only while there is room for what it says.
  void blame(const auto& describe) {
    if (refusals_.size() < record_refusals_max) refusals_.push_back({count_, describe()});
  }

  const ProduceRules& rules_;
  Timestamp now_;
  Timestamp earliest_;
  Timestamp latest_;
  Timestamp base_timestamp_;
  std::optional<Timestamp> log_append_time_;
  std::int32_t count_ = 0;
  Timestamp max_timestamp_ = model::no_timestamp;
  std::int32_t offset_delta_of_max_ = -1;
  std::vector<RecordRefusal> refusals_;
  bool found_bad_time_ = false;
};

std::optional<Refusal> check_placement(const BatchView& batch, const ProduceRules& rules) {
  if (batch.base_offset() != model::Offset(0))
    return refuse(ErrorCode::invalid_record,
                  fmt::format("base offset {} is not 0", batch.base_offset().value()));
  if (batch.size_bytes() > rules.batch_bytes_max)
    return refuse(ErrorCode::message_too_large,
                  fmt::format("batch of {} bytes exceeds max.message.bytes {}", batch.size_bytes(),
                              rules.batch_bytes_max));
  return std::nullopt;
}

std::optional<Refusal> check_header(const ValidBatch& batch) {
  if (batch.record_count() == 0) return refuse(ErrorCode::invalid_record, "batch without records");
  if (batch.record_count() - 1 != batch.last_offset_delta())
    return refuse(ErrorCode::invalid_record,
                  fmt::format("last offset delta {} does not fit {} records",
                              batch.last_offset_delta(), batch.record_count()));
  if (batch.is_control())
    return refuse(ErrorCode::invalid_record, "clients must not write control records");
  if (batch.has_producer_id() && batch.base_sequence() < model::SequenceNumber(0))
    return refuse(ErrorCode::invalid_record,
                  fmt::format("producer {} gives no sequence number", batch.producer_id().value()));
  return std::nullopt;
}

std::optional<Refusal> walk(const BatchView& batch, const ProduceRules& rules,
                            Decompressor& decompressor, RecordCheck& check) {
  BodyReader bodies(batch, decompressor, rules.records_bytes_max);
  EncodedRecord record;
  for (BytesView body; bodies.next(body);) {
    if (!parse_record(body, record))
      return refuse(ErrorCode::invalid_record,
                    fmt::format("the parts of record {} do not fit its length", check.count()));
    if (!check.add(record))
      return refuse(ErrorCode::invalid_record, fmt::format("record {} has offset delta {}",
                                                           check.count(), record.offset_delta));
  }
  if (!bodies.error()) return std::nullopt;
  // The checksum was right: sending the same bytes again, which corrupt_message asks for, is
  // pointless.
  const ErrorCode code = bodies.error()->code == ErrorCode::corrupt_message
                             ? ErrorCode::invalid_record
                             : bodies.error()->code;
  return refuse(code, bodies.error()->detail);
}

}  // namespace

std::expected<BatchView, NotTaken> take_produced_batch(BytesView records,
                                                       model::ApiVersion version) {
  using enum NotTaken::Fault;
  const auto refuse_as = [](NotTaken::Fault fault, ErrorCode code, std::string detail) {
    return std::unexpected(NotTaken{{code, std::move(detail)}, fault});
  };
  const auto size = measure(records);
  if (!size) return refuse_as(no_format, size.error().code, size.error().detail);
  if (*size == 0) return refuse_as(shape, ErrorCode::invalid_record, "no complete record batch");
  const auto magic = load_big_endian<std::int8_t>(records.data() + at::magic);
  if (magic != batch_magic)
    return refuse_as(shape, ErrorCode::invalid_record,
                     fmt::format("record batch of format {} instead of {}", magic, batch_magic));
  const BytesView first = records.first(*size);
  const auto batch = BatchView::parse(first);
  if (batch && batch->codec() == Codec::zstd && version < first_version_with_zstd)
    return refuse_as(shape, ErrorCode::unsupported_compression_type,
                     fmt::format("zstd in a Produce request of version {}", version.value()));
  const auto next = measure(records.subspan(*size));
  if (!next) return refuse_as(no_format, next.error().code, next.error().detail);
  if (*next != 0)
    return refuse_as(shape, ErrorCode::invalid_record,
                     "more than one record batch for a partition");
  if (batch) return *batch;
  const bool by_intent =
      batch.error().code == ErrorCode::corrupt_message && !may_succeed_again(first);
  return refuse_as(header, by_intent ? ErrorCode::invalid_record : batch.error().code,
                   batch.error().detail);
}

std::expected<ProducedBatch, Refusal> validate_produced(const BatchView& batch,
                                                        const ProduceRules& rules,
                                                        model::Timestamp now,
                                                        Decompressor& decompressor) {
  if (auto refusal = check_placement(batch, rules)) return std::unexpected(*std::move(refusal));
  const auto valid = ValidBatch::check(batch);
  if (!valid) return std::unexpected(refuse(valid.error().code, valid.error().detail));
  if (auto refusal = check_header(*valid)) return std::unexpected(*std::move(refusal));

  RecordCheck check(*valid, rules, now);
  const bool trusted = valid->codec() != Codec::none && !rules.key_required &&
                       rules.compressed_records == CompressedRecords::trust_header;
  if (trusted)
    check.believe(*valid);
  else if (auto refusal = walk(*valid, rules, decompressor, check))
    return std::unexpected(*std::move(refusal));
  if (check.found_fault()) return std::unexpected(check.take_refusal());

  const bool own_clock = rules.timestamp_type == TimestampType::log_append_time;
  return ProducedBatch{
      .batch = *valid,
      .stamp = {.type = rules.timestamp_type, .max = own_clock ? now : check.max_timestamp()},
      .offset_delta_of_max_timestamp =
          own_clock ? valid->last_offset_delta() : check.offset_delta_of_max(),
  };
}

}  // namespace gregor::record
