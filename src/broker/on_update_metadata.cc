// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// UpdateMetadata: the elected controller tells what clients are to be told. The answer leaves when
// every shard acts on it.

#include "broker/control_wire.h"
#include "broker/handlers.h"
#include "broker/member.h"
#include "protocol/messages/update_metadata.h"

namespace gregor::broker {

void on_update_metadata(ShardState& shard, const Request& request) {
  const auto body = take_body<protocol::UpdateMetadataRequest>(shard, request);
  if (!body) return;
  const auto answer = [head = request.head](ShardState& later, model::ErrorCode error) {
    protocol::UpdateMetadataResponse response;
    response.error_code = error;
    later.reply(head, response);
  };
  const auto news = from_wire(*body);
  if (!news) return answer(shard, news.error().code);
  shard.member->hear(shard, *news, [answer](ShardState& later, const auto& answered) {
    answer(later, answered.error);
  });
  shard.member->publish(shard);
}

}  // namespace gregor::broker
