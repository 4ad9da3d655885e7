// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "record/codec.h"

#include <array>
#include <cstddef>

namespace gregor::record {
namespace {

constexpr std::array<std::string_view, codecs> codec_names{"none", "gzip", "snappy", "lz4", "zstd"};
constexpr std::array<std::string_view, 2> timestamp_type_names{"CreateTime", "LogAppendTime"};

}  // namespace

std::string_view name_of(Codec codec) { return codec_names.at(static_cast<std::size_t>(codec)); }

std::optional<Codec> parse_codec(std::string_view name) {
  if (name == "uncompressed") return Codec::none;
  for (std::size_t i = 0; i < codec_names.size(); ++i)
    if (codec_names[i] == name) return static_cast<Codec>(i);
  return std::nullopt;
}

std::string_view name_of(TimestampType type) {
  return timestamp_type_names.at(static_cast<std::size_t>(type));
}

std::optional<TimestampType> parse_timestamp_type(std::string_view name) {
  for (std::size_t i = 0; i < timestamp_type_names.size(); ++i)
    if (timestamp_type_names[i] == name) return static_cast<TimestampType>(i);
  return std::nullopt;
}

}  // namespace gregor::record
