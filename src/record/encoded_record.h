// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One record as its bytes tell it.
//   record := length          : varint    bytes after this field
//             attributes      : i8        0
//             timestamp_delta : varlong   from the batch's base timestamp
//             offset_delta    : varint    from the batch's base offset
//             key_length      : varint    negative: no key
//             key
//             value_length    : varint    negative: no value
//             value
//             header_count    : varint
//             header*
//   header := key_length      : varint
//             key                         UTF-8
//             value_length    : varint    negative: no value
//             value
// Varints are zigzag (base/varint.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/varint.h"

namespace gregor::record {

struct Header {
  std::string_view key;
  std::optional<base::BytesView> value;
};

// The headers of one record, decoded as they are iterated; they were checked when the record was
// read, so iteration cannot fail.
class HeadersView {
 public:
  class Iterator {
   public:
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(base::BytesView rest, std::int32_t left) : rest_(rest), left_(left) {}
    Header operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    base::BytesView rest_;
    std::int32_t left_ = 0;
  };

  HeadersView() = default;
  // `encoded` holds exactly `count` well-formed headers.
  HeadersView(base::BytesView encoded, std::int32_t count) : encoded_(encoded), count_(count) {}
  [[nodiscard]] std::int32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Iterator begin() const { return {encoded_, count_}; }
  [[nodiscard]] Iterator end() const { return {}; }

 private:
  base::BytesView encoded_;
  std::int32_t count_ = 0;
};

// Before the batch makes offset and time of it.
struct EncodedRecord {
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  std::optional<base::BytesView> key;
  std::optional<base::BytesView> value;
  HeadersView headers;
};

// Whether `encoded` is `count` headers and nothing else.
bool are_headers(base::BytesView encoded, std::int32_t count);

// Cuts a length and as many bytes from the front; a negative length gives nullopt in `bytes`.
// False if the front is malformed.
inline bool take_nullable(const std::byte*& at, const std::byte* end,
                          std::optional<base::BytesView>& bytes) {
  std::int32_t length = 0;
  if (!base::take_varint(at, end, length)) return false;
  bytes = std::nullopt;
  if (length < 0) return true;
  if (length > end - at) return false;
  bytes = base::BytesView(at, static_cast<std::size_t>(length));
  at += length;
  return true;
}

// Takes a record without its length field apart; false unless its parts are well-formed and fill
// it. Inline and with bare pointers, because the walk over a producer's records is the broker's
// hottest loop: views that shrink take twice the time.
inline bool parse_record(base::BytesView body, EncodedRecord& record) {
  const std::byte* at = body.data();
  const std::byte* const end = at + body.size();
  if (at == end) return false;
  ++at;  // the attributes have no meaning yet
  std::int32_t header_count = 0;
  const bool whole = base::take_varlong(at, end, record.timestamp_delta) &&
                     base::take_varint(at, end, record.offset_delta) &&
                     take_nullable(at, end, record.key) && take_nullable(at, end, record.value) &&
                     base::take_varint(at, end, header_count);
  if (!whole) return false;
  const base::BytesView headers(at, end);
  if ((header_count != 0 || at != end) && !are_headers(headers, header_count)) return false;
  record.headers = HeadersView(headers, header_count);
  return true;
}

}  // namespace gregor::record
