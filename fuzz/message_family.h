// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Which messages a binary of message_fuzz is about: all, or with GREGOR_FUZZ_FAMILY those of one
// family of APIs, so that the fuzzer's time and corpus go there alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ranges.h"
#include "protocol/message.h"

namespace gregor::fuzz {

enum class Family {
  data_path,     // records, offsets and epochs of partitions
  groups,        // and what their members and coordinators write
  transactions,  // and idempotent producers
  admin,         // topics, settings, quotas, credentials, access, folders
  cluster,       // from broker to broker, and with KRaft's controllers
  session,       // who is who, and what the others are not
  stored,        // headers, blobs of clients, records of internal topics
};

struct FamilyKeys {
  Family family;
  std::vector<std::int16_t> keys;  // of APIs
};

inline Family family_of(const protocol::MessageType& type) {
  using enum Family;
  using protocol::MessageKind;
  static const std::array families{
      FamilyKeys{data_path, {0, 1, 2, 21, 23, 61, 78, 79}},
      FamilyKeys{groups,
                 {8, 9, 11, 12, 13, 14, 15, 16, 42, 47, 68, 69, 76, 77, 88, 89, 90, 91, 92}},
      FamilyKeys{transactions, {22, 24, 25, 26, 27, 28, 65, 66}},
      FamilyKeys{admin,
                 {19, 20, 29, 30, 31, 32, 33, 34, 35, 37, 43, 44, 45, 46, 48, 49, 50, 51, 57, 74}},
      FamilyKeys{cluster, {4,  5,  6,  7,  52, 53, 54, 55, 56, 58, 59, 62, 63,
                           64, 67, 70, 73, 80, 81, 82, 83, 84, 85, 86, 87}}};
  if (type.kind != MessageKind::request && type.kind != MessageKind::response) return stored;
  const auto found = std::ranges::find_if(
      families, [&](const FamilyKeys& one) { return base::contains(one.keys, type.id); });
  return found == families.end() ? session : found->family;
}

// The table's, in its order.
inline std::vector<const protocol::MessageType*> messages_of(Family family) {
  std::vector<const protocol::MessageType*> out;
  for (const protocol::MessageType* const type : protocol::all_messages())
    if (family_of(*type) == family) out.push_back(type);
  return out;
}

inline std::span<const protocol::MessageType* const> fuzzed_messages() {
#ifdef GREGOR_FUZZ_FAMILY
  static const auto chosen = messages_of(Family::GREGOR_FUZZ_FAMILY);
  return chosen;
#else
  return protocol::all_messages();
#endif
}

}  // namespace gregor::fuzz
