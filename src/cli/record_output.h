// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How `gregor consume` writes a record: in a format of kcat's -f, with the properties of Kafka's
// console consumer, or as a line of JSON with the keys of kcat's -J.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::cli {

// A record as it was read; refers to memory of others.
struct ReadRecord {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp = -1;  // -1: none
  bool timestamp_of_broker = false;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};

using RecordWriter = std::function<void(const ReadRecord&, std::string& to)>;

// %t topic, %p partition, %o offset, %k key, %s value, %K and %S their lengths (-1: null), %R the
// value's length as 4 bytes (big endian), %T timestamp, %h headers (n=v,…), %% a percent sign;
// \n \r \t \\ \xHH. Anything else is invalid_request.
model::Result<RecordWriter> format_writer(std::string_view format);

// print.timestamp, print.partition, print.offset, print.headers, print.key, print.value
// (true/false), key.separator, line.separator, headers.separator, null.literal; invalid_request
// for others.
model::Result<RecordWriter> property_writer(
    const std::vector<std::pair<std::string, std::string>>& properties);

// Bytes that are no text become {"hex": "…"}.
RecordWriter json_writer();

}  // namespace gregor::cli
