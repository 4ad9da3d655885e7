// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The types of message fields that C++ and the model do not have: a range of versions, the records
// of a partition, and tagged fields that we do not know.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "model/error_code.h"
#include "model/ids.h"
#include "model/uuid.h"

namespace gregor::protocol {

struct MessageType;  // protocol/schema.h

// Versions from `first` to `last`, both included; empty when last < first.
struct Versions {
  std::int16_t first = 0;
  std::int16_t last = -1;

  [[nodiscard]] constexpr bool contains(std::int16_t version) const {
    return first <= version && version <= last;
  }
  [[nodiscard]] constexpr bool contains(model::ApiVersion version) const {
    return contains(version.value());
  }
  [[nodiscard]] constexpr bool empty() const { return last < first; }
  friend bool operator==(Versions, Versions) = default;
};

inline constexpr std::int16_t any_later_version = std::numeric_limits<std::int16_t>::max();

// Record batches inside a message, never copied when a message is read. Either their bytes in the
// memory of someone who outlives the message (for a decoded one: the frame), or only their size,
// with a number by which the sender finds them when the frame goes out (a slice of a file).
class Records {
 public:
  Records() = default;
  explicit Records(base::BytesView bytes) : bytes_(bytes), size_(bytes.size()) {}
  static Records external(std::uint64_t id, std::size_t size) {
    Records records;
    records.external_id_ = id;
    records.size_ = size;
    return records;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::optional<std::uint64_t> external_id() const { return external_id_; }
  [[nodiscard]] base::BytesView bytes() const {
    ASSERT(!external_id_);
    return bytes_;
  }

  // Equal content, wherever it lies; external records are equal to those of the same id and size.
  friend bool operator==(const Records& a, const Records& b) {
    return a.size_ == b.size_ && a.external_id_ == b.external_id_ &&
           base::as_text(a.bytes_) == base::as_text(b.bytes_);
  }

 private:
  base::BytesView bytes_;
  std::size_t size_ = 0;
  std::optional<std::uint64_t> external_id_;
};

// A tagged field that the schema does not name (its sender is newer): kept, so that a message
// leaves as it came.
struct UnknownTag {
  std::uint32_t number = 0;
  base::Bytes content;
  friend bool operator==(const UnknownTag&, const UnknownTag&) = default;
};

}  // namespace gregor::protocol
