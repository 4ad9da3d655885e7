// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/offset_reader.h"

#include <fmt/format.h>

#include "simulation/list_offsets.h"

namespace gregor::simulation {

using jepsen::Function;
using jepsen::Kind;
using jepsen::Type;
using protocol::ListOffsetsRequest;
using protocol::ListOffsetsResponse;

void OffsetReader::operate() {
  const model::TopicPartition partition = dice_.pick(partitions_);
  client_.with_leader(partition, [this, partition](std::optional<ClusterClient::Leader> leader) {
    if (!leader) return operation_done(false);
    ask(partition, *leader);
  });
}

void OffsetReader::ask(const model::TopicPartition& partition,
                       const ClusterClient::Leader& leader) {
  // Who answers it all the same is of that epoch.
  const bool tells_epoch = dice_.chance(3, 4);
  const bool is_judged =
      !ledger_.topic(partition.topic).has_followers() || (tells_epoch && leads_(partition, leader));
  ledger_.invoke(process_, Function::list_offsets);
  client_.call<ListOffsetsResponse>(
      leader.address, list_offsets(partition, LogEnd::latest, tells_epoch ? leader.epoch : -1),
      client_.some_version(ListOffsetsRequest::api_key, 4),
      [this, partition, is_judged](ClusterClient::Answer<ListOffsetsResponse> answer) {
        const bool told =
            answer && (*answer)->topics.at(0).partitions.at(0).error_code == model::ErrorCode::none;
        if (!told) {
          if (answer)
            env_.mark(
                fmt::format("ListOffsets answered {}",
                            model::name_of((*answer)->topics.at(0).partitions.at(0).error_code)));
          client_.forget_leader(partition);
          ledger_.complete(process_, Type::fail, Function::list_offsets);
          return operation_done(false);
        }
        if (!is_judged) {
          env_.mark("an end that a deposed leader may have told");
          ledger_.complete(process_, Type::fail, Function::list_offsets);
          return operation_done(true);
        }
        const std::int64_t end = (*answer)->topics.at(0).partitions.at(0).offset;
        ledger_.complete(process_, Type::ok, Function::list_offsets,
                         {{{Kind::end, to_string(partition), end, jepsen::nothing}}});
        operation_done(true);
      });
}

}  // namespace gregor::simulation
