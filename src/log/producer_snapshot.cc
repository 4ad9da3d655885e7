// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/producer_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/crc32c.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

namespace {

constexpr std::int16_t snapshot_version = 1;
constexpr std::size_t crc_at = 2;
constexpr std::size_t checked_from = 6;

// Readers do not care for the order of entries. Kafka's is that of a Java hash map; with the same
// one, files can be compared byte by byte.
std::vector<model::ProducerId> in_kafkas_order(const ProducerStates::Producers& producers) {
  std::size_t buckets = 16;
  while (producers.size() > buckets / 4 * 3) buckets *= 2;
  const auto place_of = [&](model::ProducerId id) {
    const auto value = static_cast<std::uint64_t>(id.value());
    auto hash = static_cast<std::uint32_t>(value ^ (value >> 32));
    hash ^= hash >> 16;
    return std::pair(hash & (buckets - 1), id);
  };
  std::vector<model::ProducerId> ids;
  ids.reserve(producers.size());
  for (const auto& [id, state] : producers) ids.push_back(id);
  std::ranges::sort(ids, {}, place_of);
  return ids;
}

class Reader {
 public:
  explicit Reader(base::BytesView bytes) : bytes_(bytes) {}
  template <class Number>
  Number take() {  // the caller has checked the size
    const auto number = base::load_big_endian<Number>(bytes_.data());
    bytes_ = bytes_.subspan(sizeof(Number));
    return number;
  }

 private:
  base::BytesView bytes_;
};

}  // namespace

base::Bytes encode_producer_snapshot(const ProducerStates::Producers& producers) {
  base::Bytes bytes;
  bytes.reserve(snapshot_header_bytes + producers.size() * snapshot_entry_bytes);
  base::append_big_endian(bytes, snapshot_version);
  base::append_big_endian(bytes, std::uint32_t{0});
  base::append_big_endian(bytes, static_cast<std::int32_t>(producers.size()));
  for (const model::ProducerId id : in_kafkas_order(producers)) {
    const ProducerState& state = producers.at(id);
    const ProducerBatch* last = state.last_batch();
    const ProducerBatch batch = last == nullptr ? ProducerBatch{} : *last;
    base::append_big_endian(bytes, id.value());
    base::append_big_endian(bytes, state.epoch.value());
    base::append_big_endian(bytes, batch.last_sequence.value());
    base::append_big_endian(bytes, batch.last_offset.value());
    base::append_big_endian(bytes, batch.offset_delta);
    base::append_big_endian(bytes, state.last_timestamp.value());
    base::append_big_endian(bytes, state.coordinator_epoch);
    base::append_big_endian(bytes, state.transaction_start.value_or(model::no_offset).value());
  }
  base::store_big_endian(bytes.data() + crc_at,
                         base::crc32c(base::BytesView(bytes).subspan(checked_from)));
  return bytes;
}

Result<ProducerStates::Producers> decode_producer_snapshot(base::BytesView bytes) {
  const auto bad = [](std::string why) { return fail(ErrorCode::corrupt_message, std::move(why)); };
  if (bytes.size() < snapshot_header_bytes) {
    return bad(fmt::format("{} bytes are too few for a producer snapshot", bytes.size()));
  }
  Reader reader(bytes);
  if (const auto version = reader.take<std::int16_t>(); version != snapshot_version) {
    return bad(fmt::format("version {} of producer snapshots is unknown", version));
  }
  const auto crc = reader.take<std::uint32_t>();
  const auto computed = base::crc32c(bytes.subspan(checked_from));
  if (crc != computed) return bad(fmt::format("checksum {}, computed {}", crc, computed));
  const auto count = reader.take<std::int32_t>();
  if (count < 0 || bytes.size() - snapshot_header_bytes !=
                       static_cast<std::size_t>(count) * snapshot_entry_bytes) {
    return bad(fmt::format("{} entries in {} bytes", count, bytes.size()));
  }
  ProducerStates::Producers producers;
  std::set<model::Offset> transactions;
  for (std::int32_t i = 0; i < count; ++i) {
    const model::ProducerId id{reader.take<std::int64_t>()};
    ProducerState state;
    state.epoch = model::ProducerEpoch{reader.take<std::int16_t>()};
    ProducerBatch batch;
    batch.last_sequence = model::SequenceNumber{reader.take<std::int32_t>()};
    batch.last_offset = model::Offset{reader.take<std::int64_t>()};
    batch.offset_delta = reader.take<std::int32_t>();
    batch.timestamp = state.last_timestamp = model::Timestamp{reader.take<std::int64_t>()};
    state.coordinator_epoch = reader.take<std::int32_t>();
    const model::Offset transaction{reader.take<std::int64_t>()};
    if (transaction >= model::Offset{0}) {
      state.transaction_start = transaction;
      if (!transactions.insert(transaction).second) {
        return bad(fmt::format("two transactions begin at offset {}", transaction.value()));
      }
    }
    if (batch.last_offset >= model::Offset{0}) {
      if (batch.offset_delta < 0 || batch.offset_delta > batch.last_offset.value() ||
          batch.last_sequence < model::no_sequence) {
        return bad(fmt::format("entry of producer {} contradicts itself", id.value()));
      }
      state.add(batch);
    }
    if (!producers.emplace(id, state).second) {
      return bad(fmt::format("producer {} occurs twice", id.value()));
    }
  }
  return producers;
}

}  // namespace gregor::log
