// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Eligible leader replicas (KIP-966) between brokers: Kafka's requests of ZooKeeper mode have no
// field for them. Ours carry them in a tagged field, which Kafka skips:
//
//   tag 10001  int32*   on a partition of LeaderAndIsr, UpdateMetadata and of AlterPartition's
//                       response: the eligible replicas; left out when there are none
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "model/ids.h"
#include "protocol/values.h"

namespace gregor::broker {

inline constexpr std::uint32_t eligible_tag = 10001;

inline void put_eligible(std::vector<protocol::UnknownTag>& tags,
                         const std::vector<model::BrokerId>& eligible) {
  if (eligible.empty()) return;
  base::Bytes content;
  for (const model::BrokerId id : eligible) base::append_big_endian(content, id.value());
  tags.push_back({eligible_tag, std::move(content)});
}

inline std::vector<model::BrokerId> eligible_in(const std::vector<protocol::UnknownTag>& tags) {
  std::vector<model::BrokerId> out;
  for (const auto& tag : tags) {
    if (tag.number != eligible_tag) continue;
    const base::BytesView content(tag.content);
    for (std::size_t at = 0; at + sizeof(std::int32_t) <= content.size();
         at += sizeof(std::int32_t))
      out.emplace_back(base::load_big_endian<std::int32_t>(content.data() + at));
  }
  return out;
}

}  // namespace gregor::broker
