// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/offset_map.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace gregor::log {

namespace {
constexpr std::size_t parts_of_large_map = 256;
constexpr std::size_t large_map_bytes = std::size_t{1} << 20;
constexpr std::size_t first_slots = 16;
}  // namespace

OffsetMap::OffsetMap(std::size_t bytes_max, double load_max, const base::SipKey& key)
    : key_(key),
      load_max_(std::clamp(load_max, 0.1, 0.95)),
      parts_(bytes_max >= large_map_bytes ? parts_of_large_map : 1) {
  // Two slots at least: one stays free, where every search ends.
  part_slots_max_ =
      std::bit_floor(std::max<std::size_t>(bytes_max / parts_.size() / sizeof(Slot), 2));
}

// The slot of the key, or the free one where it belongs.
OffsetMap::Slot& OffsetMap::slot_for(std::vector<Slot>& slots, const base::Hash128& hash) {
  const std::size_t mask = slots.size() - 1;
  std::size_t at = hash.low & mask;
  while (slots[at].offset != model::no_offset && slots[at].hash != hash) at = (at + 1) & mask;
  return slots[at];
}

bool OffsetMap::grow(Part& part) {
  if (part.slots.size() >= part_slots_max_) return false;
  const std::size_t size =
      std::min(part.slots.empty() ? first_slots : part.slots.size() * 2, part_slots_max_);
  std::vector<Slot> larger(size);
  for (const Slot& slot : part.slots)
    if (slot.offset != model::no_offset) slot_for(larger, slot.hash) = slot;
  slots_ += larger.size() - part.slots.size();
  part.slots = std::move(larger);
  return true;
}

bool OffsetMap::put(base::BytesView key, model::Offset offset) {
  ASSERT(offset >= model::Offset{0});
  const base::Hash128 hash = base::siphash128(key, key_);
  Part& part = parts_[hash.high % parts_.size()];
  if (part.slots.empty()) (void)grow(part);
  Slot* slot = &slot_for(part.slots, hash);
  if (slot->offset == model::no_offset) {
    const auto room = [&] {
      const auto allowed =
          static_cast<std::size_t>(load_max_ * static_cast<double>(part.slots.size()));
      return part.used < std::max<std::size_t>(allowed, 1);
    };
    if (!room()) {
      if (!grow(part)) return false;
      slot = &slot_for(part.slots, hash);
    }
    ++part.used;
    ++keys_;
  }
  ASSERT(slot->offset <= offset, "offsets of a log grow");
  *slot = {hash, offset};
  return true;
}

std::optional<model::Offset> OffsetMap::find(base::BytesView key) const {
  const base::Hash128 hash = base::siphash128(key, key_);
  const Part& part = parts_[hash.high % parts_.size()];
  if (part.slots.empty()) return std::nullopt;
  const std::size_t mask = part.slots.size() - 1;
  std::size_t at = hash.low & mask;
  while (part.slots[at].offset != model::no_offset) {
    if (part.slots[at].hash == hash) return part.slots[at].offset;
    at = (at + 1) & mask;
  }
  return std::nullopt;
}

}  // namespace gregor::log
