// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/record_output.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "cli/answer.h"
#include "cli/escapes.h"

namespace gregor::cli {

using model::ErrorCode;
using model::Result;

namespace {

using Piece = std::function<void(const ReadRecord&, std::string&)>;

std::int64_t length_of(const std::optional<std::string_view>& part) {
  return part ? static_cast<std::int64_t>(part->size()) : -1;
}

void append_headers(const ReadRecord& record, std::string_view between, std::string_view separator,
                    std::string_view null, std::string& to) {
  bool first = true;
  for (const auto& [name, value] : record.headers) {
    if (!std::exchange(first, false)) to += separator;
    to.append(name).append(between).append(value.value_or(null));
  }
}

void append_length_in_binary(const ReadRecord& record, std::string& to) {
  base::Bytes bytes;
  base::append_big_endian(bytes, static_cast<std::int32_t>(length_of(record.value)));
  to += base::as_text(bytes);
}

// What a letter after a percent sign stands for; nullptr if nothing.
Piece piece_for(char letter) {
  using Record = const ReadRecord&;
  switch (letter) {
    case 't':
      return [](Record r, std::string& to) { to += r.topic; };
    case 'p':
      return [](Record r, std::string& to) { to += std::to_string(r.partition); };
    case 'o':
      return [](Record r, std::string& to) { to += std::to_string(r.offset); };
    case 'k':
      return [](Record r, std::string& to) { to += r.key.value_or(""); };
    case 's':
      return [](Record r, std::string& to) { to += r.value.value_or(""); };
    case 'K':
      return [](Record r, std::string& to) { to += std::to_string(length_of(r.key)); };
    case 'S':
      return [](Record r, std::string& to) { to += std::to_string(length_of(r.value)); };
    case 'R':
      return append_length_in_binary;
    case 'T':
      return [](Record r, std::string& to) { to += std::to_string(r.timestamp); };
    case 'h':
      return [](Record r, std::string& to) { append_headers(r, "=", ",", "NULL", to); };
    case '%':
      return [](Record, std::string& to) { to += '%'; };
    default:
      return nullptr;
  }
}

struct PrintProperties {
  std::map<std::string, bool> print = {{"timestamp", false}, {"partition", false},
                                       {"offset", false},    {"headers", false},
                                       {"key", false},       {"value", true}};
  std::map<std::string, std::string> texts = {{"key.separator", "\t"},
                                              {"line.separator", "\n"},
                                              {"headers.separator", ","},
                                              {"null.literal", "null"}};
};

std::string timestamp_text(const ReadRecord& record) {
  if (record.timestamp < 0) return "NO_TIMESTAMP";
  return fmt::format("{}:{}", record.timestamp_of_broker ? "LogAppendTime" : "CreateTime",
                     record.timestamp);
}

// In the order of Kafka's formatter.
void write_with(const PrintProperties& properties, const ReadRecord& record, std::string& to) {
  const std::string& null = properties.texts.at("null.literal");
  bool first = true;
  const auto field = [&](const char* name, const auto& write) {
    if (!properties.print.at(name)) return;
    if (!std::exchange(first, false)) to += properties.texts.at("key.separator");
    write();
  };
  field("timestamp", [&] { to += timestamp_text(record); });
  field("partition", [&] { to += fmt::format("Partition:{}", record.partition); });
  field("offset", [&] { to += fmt::format("Offset:{}", record.offset); });
  field("headers", [&] {
    if (record.headers.empty()) to += "NO_HEADERS";
    append_headers(record, ":", properties.texts.at("headers.separator"), null, to);
  });
  field("key", [&] { to += record.key.value_or(null); });
  field("value", [&] { to += record.value.value_or(null); });
  to += properties.texts.at("line.separator");
}

Json json_of(const std::optional<std::string_view>& part) {
  if (!part) return nullptr;
  Json text(*part);
  try {
    static_cast<void>(text.dump());
  } catch (const Json::exception&) {  // not UTF-8
    std::string digits;
    for (const char c : *part)
      fmt::format_to(std::back_inserter(digits), "{:02x}", static_cast<unsigned char>(c));
    return {{"hex", digits}};
  }
  return text;
}

}  // namespace

Result<RecordWriter> format_writer(std::string_view format) {
  std::vector<Piece> pieces;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty())
      pieces.emplace_back(
          [text = std::exchange(literal, {})](const ReadRecord&, std::string& to) { to += text; });
  };
  for (std::size_t at = 0; at < format.size();) {
    if (format[at] == '\\') {
      const auto escaped = unescape_one(format, at);
      if (!escaped) return model::fail(escaped.error());
      literal += *escaped;
      continue;
    }
    if (format[at] != '%') {
      literal += format[at++];
      continue;
    }
    const Piece piece = at + 1 < format.size() ? piece_for(format[at + 1]) : nullptr;
    if (!piece)
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("--format: '{}' is not known; %t %p %o %k %s %K %S %R %T %h "
                                     "and %% are",
                                     format.substr(at, 2)));
    end_literal();
    pieces.push_back(piece);
    at += 2;
  }
  end_literal();
  return [pieces](const ReadRecord& record, std::string& to) {
    for (const Piece& piece : pieces) piece(record, to);
  };
}

Result<RecordWriter> property_writer(
    const std::vector<std::pair<std::string, std::string>>& properties) {
  PrintProperties chosen;
  for (const auto& [key, value] : properties) {
    constexpr std::string_view prefix = "print.";
    const auto print =
        key.starts_with(prefix) ? chosen.print.find(key.substr(prefix.size())) : chosen.print.end();
    const auto text = chosen.texts.find(key);
    if (print != chosen.print.end() && (value == "true" || value == "false"))
      print->second = value == "true";
    else if (text != chosen.texts.end())
      text->second = unescape(value);
    else
      return model::fail(ErrorCode::invalid_request,
                         fmt::format("--property {}={} is not known", key, value));
  }
  return [chosen](const ReadRecord& record, std::string& to) { write_with(chosen, record, to); };
}

RecordWriter json_writer() {
  return [](const ReadRecord& record, std::string& to) {
    Json headers = Json::array();
    for (const auto& [name, value] : record.headers) {
      headers.push_back(json_of(name));
      headers.push_back(json_of(value));
    }
    Json line = {{"topic", record.topic},
                 {"partition", record.partition},
                 {"offset", record.offset},
                 {"tstype", record.timestamp < 0         ? "unknown"
                            : record.timestamp_of_broker ? "logappend"
                                                         : "create"},
                 {"ts", record.timestamp}};
    if (!headers.empty()) line["headers"] = std::move(headers);
    line["key"] = json_of(record.key);
    line["payload"] = json_of(record.value);
    to += line.dump() + "\n";
  };
}

}  // namespace gregor::cli
