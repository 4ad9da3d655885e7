// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The envelope that keys and values of the offsets topic share: a type or version, then a message.
#pragma once

#include <utility>

#include "base/assert.h"
#include "base/bytes.h"
#include "model/result.h"
#include "protocol/codec.h"

namespace gregor::group {

// All strings in our records came in requests or were cut to fit, so that encoding cannot fail.
inline base::Bytes bytes_of(std::int16_t prefix, protocol::MessageView message,
                            std::int16_t version) {
  base::Bytes out;
  base::append_big_endian(out, prefix);
  const auto encoded = protocol::encode(message, model::ApiVersion(version));
  ASSERT(encoded.has_value(), encoded.error().detail);
  base::append(out, *encoded);
  return out;
}

inline model::Result<std::int16_t> take_prefix(base::BytesView& bytes) {
  if (bytes.size() < sizeof(std::int16_t))
    return model::fail(model::ErrorCode::corrupt_message,
                       "a record of the offsets topic is cut short");
  const auto prefix = base::load_big_endian<std::int16_t>(bytes.data());
  bytes = bytes.subspan(sizeof(std::int16_t));
  return prefix;
}

template <protocol::Message M>
model::Result<M> take(base::BytesView& bytes, std::int16_t version) {
  auto message = protocol::decode<M>(bytes, model::ApiVersion(version));
  if (!message) return model::fail(model::ErrorCode::corrupt_message, message.error().detail);
  return message;
}

template <protocol::Message M>
model::Result<M> take_value(base::BytesView bytes) {
  const auto version = take_prefix(bytes);
  if (!version) return model::fail(version.error());
  return take<M>(bytes, *version);
}

}  // namespace gregor::group
