// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The last offset of each key, in bounded memory: what compaction knows of the part of a log that
// it cleans. Keys are remembered by a keyed hash of 128 bits (base/siphash.h), so that a key costs
// 24 bytes however long it is. The table grows with the keys, in many small parts: no single put()
// takes long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/siphash.h"
#include "model/ids.h"

namespace gregor::log {

class OffsetMap {
 public:
  // At most `bytes_max` of memory, of which at most the share `load_max` (0 to 1) is filled; there
  // is room for one key at least.
  OffsetMap(std::size_t bytes_max, double load_max, const base::SipKey& key);

  // Offsets only grow. False if there is no room for another key: then nothing has changed.
  [[nodiscard]] bool put(base::BytesView key, model::Offset offset);
  [[nodiscard]] std::optional<model::Offset> find(base::BytesView key) const;

  [[nodiscard]] std::size_t keys() const { return keys_; }
  [[nodiscard]] std::size_t bytes() const { return slots_ * sizeof(Slot); }

 private:
  struct Slot {
    base::Hash128 hash;
    model::Offset offset = model::no_offset;  // no_offset: free
  };
  struct Part {
    std::vector<Slot> slots;  // a power of two of them; linear probing
    std::size_t used = 0;
  };

  static Slot& slot_for(std::vector<Slot>& slots, const base::Hash128& hash);
  [[nodiscard]] bool grow(Part& part);

  base::SipKey key_;
  std::size_t part_slots_max_;
  double load_max_;
  std::vector<Part> parts_;
  std::size_t keys_ = 0;
  std::size_t slots_ = 0;
};

}  // namespace gregor::log
