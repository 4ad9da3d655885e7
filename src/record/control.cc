// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/control.h"

#include <fmt/format.h>

#include <array>

#include "record/builder.h"

namespace gregor::record {
namespace {

using base::load_big_endian;
using base::store_big_endian;
using model::ErrorCode;
using model::fail;
using model::Result;

constexpr std::size_t key_bytes = 2 * sizeof(std::int16_t);
constexpr std::size_t end_value_bytes = sizeof(std::int16_t) + sizeof(std::int32_t);
constexpr std::int16_t current_version = 0;

}  // namespace

Result<ControlType> parse_control_type(const RecordView& record) {
  if (!record.key || record.key->size() < key_bytes)
    return fail(ErrorCode::invalid_record, "control record without a whole key");
  const auto version = load_big_endian<std::int16_t>(record.key->data());
  if (version < 0)
    return fail(ErrorCode::invalid_record, fmt::format("control record of version {}", version));
  const auto type = load_big_endian<std::int16_t>(record.key->data() + sizeof version);
  if (type < 0 || type > static_cast<std::int16_t>(ControlType::kraft_voters))
    return ControlType::unknown;
  return static_cast<ControlType>(type);
}

Result<EndTransactionMarker> parse_end_transaction_marker(const RecordView& record) {
  const auto type = parse_control_type(record);
  if (!type) return fail(type.error());
  if (*type != ControlType::commit && *type != ControlType::abort)
    return fail(ErrorCode::invalid_record,
                fmt::format("control record of type {} ends no transaction",
                            static_cast<std::int16_t>(*type)));
  if (!record.value || record.value->size() < end_value_bytes ||
      load_big_endian<std::int16_t>(record.value->data()) < 0)
    return fail(ErrorCode::invalid_record, "end-of-transaction marker without a whole value");
  return EndTransactionMarker{
      .commit = *type == ControlType::commit,
      .coordinator_epoch =
          load_big_endian<std::int32_t>(record.value->data() + sizeof(std::int16_t)),
  };
}

base::Bytes build_end_transaction_marker(const EndTransactionMarker& marker,
                                         model::ProducerId producer_id,
                                         model::ProducerEpoch producer_epoch,
                                         model::Timestamp now) {
  const ControlType type = marker.commit ? ControlType::commit : ControlType::abort;
  std::array<std::byte, key_bytes> key;
  store_big_endian(key.data(), current_version);
  store_big_endian(key.data() + sizeof current_version, static_cast<std::int16_t>(type));
  std::array<std::byte, end_value_bytes> value;
  store_big_endian(value.data(), current_version);
  store_big_endian(value.data() + sizeof current_version, marker.coordinator_epoch);
  BatchBuilder builder({.producer_id = producer_id,
                        .producer_epoch = producer_epoch,
                        .transactional = true,
                        .control = true});
  builder.add({.timestamp = now, .key = key, .value = value});
  return builder.finish();
}

}  // namespace gregor::record
