// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests only: records that own their bytes, as RapidCheck generates them, and batches of them.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "record/builder.h"
#include "record/record.h"
#include "record/test_seals.h"

namespace gregor::record {

struct OwnedRecord {
  std::int64_t timestamp = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  friend bool operator==(const OwnedRecord&, const OwnedRecord&) = default;
};

inline std::optional<base::BytesView> view(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return base::as_bytes(*text);
}

inline std::optional<std::string> own(const std::optional<base::BytesView>& bytes) {
  if (!bytes) return std::nullopt;
  return std::string(base::as_text(*bytes));
}

inline OwnedRecord own(const RecordView& record) {
  OwnedRecord owned{record.timestamp.value(), own(record.key), own(record.value), {}};
  for (const Header& header : record.headers)
    owned.headers.emplace_back(header.key, own(header.value));
  return owned;
}

inline void add_to(BatchBuilder& builder, const OwnedRecord& record) {
  std::vector<Header> headers;
  headers.reserve(record.headers.size());
  for (const auto& [key, value] : record.headers) headers.push_back({key, view(value)});
  builder.add({.timestamp = model::Timestamp(record.timestamp),
               .key = view(record.key),
               .value = view(record.value),
               .headers = headers});
}

inline base::Bytes build(const std::vector<OwnedRecord>& records,
                         const BatchOptions& options = {}) {
  BatchBuilder builder(options);
  for (const OwnedRecord& record : records) add_to(builder, record);
  return builder.finish();
}

// All records, or the error that ended the walk.
inline model::Result<std::vector<OwnedRecord>> read_all(
    const BatchView& batch, std::uint64_t bytes_max = decompressed_bytes_max) {
  Decompressor decompressor;
  std::vector<OwnedRecord> records;
  const auto walked = for_each_record(
      batch, decompressor, [&](const RecordView& record) { records.push_back(own(record)); },
      bytes_max);
  if (!walked) return model::fail(walked.error());
  return records;
}

inline rc::Gen<Codec> any_codec() {
  return rc::gen::element(Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd);
}

inline void showValue(const OwnedRecord& record, std::ostream& os) {
  os << "record at " << record.timestamp << " key ";
  rc::show(record.key, os);
  os << " value ";
  rc::show(record.value, os);
  os << " headers " << record.headers.size();
}

}  // namespace gregor::record

template <>
struct rc::Arbitrary<gregor::record::OwnedRecord> {
  static Gen<gregor::record::OwnedRecord> arbitrary() {
    using gregor::record::OwnedRecord;
    using Text = std::optional<std::string>;
    const auto text = gen::map(gen::maybe(gen::string<std::string>()),
                               [](const Maybe<std::string>& maybe) -> Text {
                                 return maybe ? Text(*maybe) : std::nullopt;
                               });
    // Now and then a value that fills more than a window.
    const auto large = gen::map(gen::inRange<std::size_t>(0, 200'000), [](std::size_t size) {
      std::string bytes(size, 'x');
      for (std::size_t i = 0; i < size; i += 1 + i % 7) bytes[i] = static_cast<char>(i * i);
      return Text(std::move(bytes));
    });
    const auto no_headers = gen::just(decltype(OwnedRecord::headers){});
    const auto some_headers =
        gen::container<decltype(OwnedRecord::headers)>(gen::pair(gen::string<std::string>(), text));
    return gen::build<OwnedRecord>(
        gen::set(&OwnedRecord::timestamp,
                 gen::inRange<std::int64_t>(1'700'000'000'000, 1'700'000'100'000)),
        gen::set(&OwnedRecord::key, text),
        gen::set(&OwnedRecord::value, gen::weightedOneOf<Text>({{20, text}, {1, large}})),
        gen::set(&OwnedRecord::headers, gen::weightedOneOf<decltype(OwnedRecord::headers)>(
                                            {{3, no_headers}, {1, some_headers}})));
  }
};
