// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/desk.h"

#include <optional>

#include "base/assert.h"
#include "record/builder.h"

namespace gregor::group {

void Desk::answer(Token token, Response response, Effects& out) {
  Answer answer{token, std::move(response)};
  if (confirmed_ < last_append_)
    deferred_.push_back({last_append_, std::move(answer)});
  else
    out.answers.push_back(std::move(answer));
}

bool Desk::append(const std::vector<StoredRecord>& records, Effects& out) {
  ASSERT(!records.empty());
  record::BatchBuilder builder({.codec = settings_.codec});
  for (const StoredRecord& one : records) {
    std::optional<base::BytesView> value;
    if (one.value) value = *one.value;
    builder.add({.timestamp = now_.wall, .key = base::BytesView(one.key), .value = value});
  }
  base::Bytes batch = builder.finish();
  if (batch.size() > settings_.batch_bytes_max) return false;
  out.appends.push_back({AppendId(++last_append_), std::move(batch)});
  return true;
}

void Desk::append_in_parts(const std::vector<StoredRecord>& records, Effects& out) {
  constexpr std::size_t record_overhead_bytes = 32;
  const std::size_t part_bytes_max = settings_.batch_bytes_max / 2;
  std::vector<StoredRecord> part;
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (!part.empty() && !append(part, out))
      out.notes.push_back("Groups have names too long to be deleted for good.");
    part.clear();
    bytes = 0;
  };
  for (const StoredRecord& one : records) {
    const std::size_t size = one.key.size() + record_overhead_bytes;
    if (bytes + size > part_bytes_max) flush();
    bytes += size;
    part.push_back(one);
  }
  flush();
}

}  // namespace gregor::group
