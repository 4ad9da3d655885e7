// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// UpdateFeatures: no feature of a cluster in ZooKeeper mode has levels to choose from, so that any
// change is one that is not supported.

#include <fmt/format.h>

#include "broker/handlers.h"
#include "protocol/messages/update_features.h"

namespace gregor::broker {

using protocol::UpdateFeaturesRequest;
using protocol::UpdateFeaturesResponse;

void on_update_features(ShardState& shard, const Request& request) {
  const auto body = take_body<UpdateFeaturesRequest>(shard, request);
  if (!body) return;
  UpdateFeaturesResponse response;
  response.error_message.reset();
  if (!body->feature_updates.empty()) {
    const auto& first = body->feature_updates.front();
    response.error_code = model::ErrorCode::invalid_update_version;
    response.error_message = fmt::format(
        "The update failed for all features since the following feature had an error: Invalid "
        "update version {} for feature {}. This cluster does not support this feature.",
        first.max_version_level, first.feature);
  }
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
