// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The end of each handler that alters configs, quotas or credentials: the controller is given what
// was found good, and the response leaves when it has judged that, too.
#pragma once

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "broker/controller_host.h"
#include "broker/shard_state.h"

namespace gregor::broker {

// `refuse(response, at, error)` puts into the response what kept resource `at` of the command from
// being altered.
template <class Response, class Refuse>
void alter_and_reply(ShardState& shard, const RequestHead& head, controller::AlterConfigs command,
                     Response response, Refuse refuse) {
  const std::size_t asked = command.resources.size();
  shard.controller->submit(
      shard, std::move(command),
      [head, asked, response = std::move(response), refuse = std::move(refuse)](
          ShardState& later, const ControllerHost::Results& results) mutable {
        const auto& altered = std::get<std::vector<model::Result<>>>(results);
        for (std::size_t at = 0; at < asked; ++at)
          if (!altered.at(at)) refuse(response, at, altered.at(at).error());
        later.reply(head, response);
      });
}

}  // namespace gregor::broker
