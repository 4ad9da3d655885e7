// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Random messages for property tests, simulated clients and seeds of fuzzers: every field that the
// version has gets a value, often an extreme one; nulls, empty arrays, lengths at which the
// encoding changes and unknown tags all occur. What encode accepts, and nothing that it refuses.
#pragma once

#include "base/prng.h"
#include "protocol/message.h"

namespace gregor::protocol {

AnyMessage random_message(const MessageType& type, base::Prng& prng, model::ApiVersion version);

template <Message M>
M random_message(base::Prng& prng, model::ApiVersion version) {
  return random_message(M::message_type, prng, version).template as<M>();
}

// Gives one field another value, at any depth: what a message of this version becomes is one that
// encode accepts, if it was.
void change_one_field(AnyMessage& message, base::Prng& prng, model::ApiVersion version);

}  // namespace gregor::protocol
