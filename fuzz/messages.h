// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What targets that speak the protocol share: frames captured from real clients and brokers, and
// messages from chance that mean something to a broker.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"
#include "protocol/api_table.h"
#include "protocol/message.h"

namespace gregor::fuzz {

struct GoldenFrame {
  bool is_request = false;
  const protocol::Api* api = nullptr;
  model::ApiVersion version;
  base::Bytes bytes;  // without the size
};

// Those of versions that this library has; src/protocol/testdata says how they are kept.
std::vector<GoldenFrame> read_golden_frames(const std::string& checkout);

// A batch of record format v2 with a few records.
base::Bytes random_batch(base::Prng& prng);

// A random message whose names, indexes, offsets and times are often ones that exist, whose counts
// are seldom absurd, and whose records are batches. `topic_ids` is what uuids are drawn from.
protocol::AnyMessage plausible_message(const protocol::MessageType& type, base::Prng& prng,
                                       model::ApiVersion version,
                                       const std::vector<model::Uuid>& topic_ids);

}  // namespace gregor::fuzz
