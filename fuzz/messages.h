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

// What plausible messages name. `names` is for every field without a list of its own, and must not
// be empty; an empty list of topics or groups means that their fields take from `names`, too.
struct Vocabulary {
  std::vector<std::string> names;
  std::vector<std::string> topics{};
  std::vector<std::string> groups{};  // of groups and of transactions
  std::vector<model::Uuid> topic_ids{};
};

// Of brokers, groups, settings and the like; no topic but t, u and those that a broker makes.
std::vector<std::string> common_names();

// Whether a text in this field of this struct is the name of a topic.
bool names_topic(const protocol::StructType& type, const protocol::Field& field);

// A random message whose names, indexes, offsets and times are often ones that exist, whose counts
// are seldom absurd, and whose records are batches.
protocol::AnyMessage plausible_message(const protocol::MessageType& type, base::Prng& prng,
                                       model::ApiVersion version, const Vocabulary& vocabulary);

}  // namespace gregor::fuzz
