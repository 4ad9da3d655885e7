// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the handlers of the elected controller's requests have in common: the member hears what was
// read, and the answer leaves when every shard acts on it; what no controller would send is refused
// at once.
#pragma once

#include <utility>

#include "broker/control_wire.h"
#include "broker/handlers.h"
#include "broker/member.h"

namespace gregor::broker {

// `response_to` makes the response from the member's answer.
template <class ResponseTo>
void hear_controller(ShardState& shard, const Request& request,
                     const model::Result<controller::BrokerRequest>& news, ResponseTo response_to) {
  const auto answer = [head = request.head, response_to = std::move(response_to)](
                          ShardState& later, const controller::BrokerAnswered& answered) {
    later.reply(head, response_to(answered));
  };
  if (!news)
    return answer(shard, {.request = {}, .from = {}, .error = news.error().code, .partitions = {}});
  shard.member->hear(shard, *news, answer);
  shard.member->publish(shard);
}

}  // namespace gregor::broker
