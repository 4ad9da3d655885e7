// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/encoded_record.h"

#include "base/assert.h"

namespace gregor::record {
namespace {

using base::BytesView;

bool take_header(BytesView& from, Header& header) {
  const std::byte* at = from.data();
  const std::byte* const end = at + from.size();
  std::optional<BytesView> key;
  if (!take_nullable(at, end, key) || !key) return false;
  if (!take_nullable(at, end, header.value)) return false;
  header.key = base::as_text(*key);
  from = BytesView(at, end);
  return true;
}

}  // namespace

Header HeadersView::Iterator::operator*() const {
  BytesView rest = rest_;
  Header header;
  const bool good = take_header(rest, header);
  ASSERT(good);
  return header;
}

HeadersView::Iterator& HeadersView::Iterator::operator++() {
  Header header;
  const bool good = take_header(rest_, header);
  ASSERT(good);
  --left_;
  return *this;
}

bool are_headers(BytesView encoded, std::int32_t count) {
  // A header has two bytes at least, so that a wrong count does not keep us busy; a negative one
  // becomes a huge one.
  if (static_cast<std::size_t>(count) > encoded.size() / 2) return false;
  Header header;
  for (std::int32_t i = 0; i < count; ++i)
    if (!take_header(encoded, header)) return false;
  return encoded.empty();
}

}  // namespace gregor::record
