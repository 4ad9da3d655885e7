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

std::string_view name_of(TimestampType type) {
  return timestamp_type_names.at(static_cast<std::size_t>(type));
}

}  // namespace gregor::record
