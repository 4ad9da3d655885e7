// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where a request enters: reads its header, refuses what we do not serve, and hands the rest to its
// handler or, whole, to the controller's shard.
#pragma once

#include "base/bytes.h"
#include "broker/request.h"

namespace gregor::broker {

struct ShardState;

void admit(ShardState& shard, const ReplyTarget& from, const Client& client, base::BytesView frame);

}  // namespace gregor::broker
