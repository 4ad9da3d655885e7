// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How the records of a batch are compressed, and who set their timestamps: the enumerations behind
// the attributes of a batch, with the names that Kafka's settings use.
#pragma once

#include <cstdint>
#include <string_view>

namespace gregor::record {

// Numbered as in the lowest three bits of a batch's attributes.
enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };
inline constexpr std::uint8_t codecs = 5;

// "none", "gzip", … as compression.type spells them for producers.
std::string_view name_of(Codec codec);

enum class TimestampType : std::uint8_t { create_time = 0, log_append_time = 1 };

// "CreateTime", "LogAppendTime", as message.timestamp.type spells them.
std::string_view name_of(TimestampType type);

}  // namespace gregor::record
