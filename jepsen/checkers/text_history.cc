// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/text_history.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/ranges.h"
#include "jepsen/checkers/edn.h"
#include "jepsen/checkers/line_names.h"
#include "jepsen/checkers/plain_line.h"

namespace gregor::jepsen {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

template <class Table, class Value>
std::string_view name_of(const Table& table, Value value) {
  for (const auto& [name, known] : table)
    if (known == value) return name;
  return "other";
}

const json null;

// A member of a map, or null.
const json& member(const json& map, const char* name) {
  const auto at = map.find(name);
  return at == map.end() ? null : *at;
}

// The text of a member that is one.
std::string_view text_of(const json& map, const char* name) {
  const json& text = member(map, name);
  return text.is_string() ? std::string_view(text.get_ref<const std::string&>())
                          : std::string_view();
}

// Reads the value of one line; the first thing that is wrong with it stays.
class MicroReader {
 public:
  explicit MicroReader(std::vector<EntryMicro>& out) : out_(out) {}
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  void read(const json& item) {
    if (!item.is_array() || item.empty() || !item[0].is_string())
      return fail("a micro-operation is a list that begins with its name");
    const std::string& name = item[0].get_ref<const std::string&>();
    if (name == "poll") return poll(item);
    if (item.size() < 2) return fail("a micro-operation without a key");
    EntryMicro micro{.kind = Kind::send, .key = key_of(item[1])};
    if (micro.key.empty()) return fail("a key is a string or a number");
    const json& number = item.size() > 2 ? item[2] : null;
    const auto known = std::ranges::find(plain, name, &Plain::name);
    if (number.is_array() && (name == "send" || name == "cas" || name == "source")) {
      if (number.size() != 2) return fail("a pair has two numbers");
      micro.kind = name == "send" ? Kind::send : name == "cas" ? Kind::cas : Kind::source;
      micro.offset = number_of(number[0]);
      micro.value = number_of(number[1]);
    } else if (known != plain.end()) {
      micro.kind = known->kind;
      (known->is_value ? micro.value : micro.offset) = number_of(number);
    } else {
      return fail("there is no micro-operation " + name);
    }
    if (micro.kind == Kind::send && micro.value == nothing)
      fail("a value that is sent is a number");
    out_.push_back(std::move(micro));
  }

 private:
  void fail(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }
  static std::string key_of(const json& key) {
    return key.is_string() ? key.get<std::string>() : key.is_number() ? key.dump() : "";
  }
  std::int64_t number_of(const json& number) {
    if (number.is_null()) return nothing;
    if (number.is_number_unsigned() && number.get<std::uint64_t>() > INT64_MAX) {
      fail("a number beyond 64 bits");
      return nothing;
    }
    if (!number.is_number_integer()) fail("an offset or a value that is no integer");
    return number.is_number_integer() ? number.get<std::int64_t>() : nothing;
  }

  // ["poll"], or ["poll", {key: [[offset, value], …]}]
  void poll(const json& item) {
    if (item.size() < 2 || item[1].is_null()) return;
    if (!item[1].is_object()) return fail("a poll holds a map from keys to pairs");
    for (const auto& [key, pairs] : item[1].items()) {
      if (!pairs.is_array()) return fail("a poll holds lists of pairs");
      for (const json& pair : pairs) {
        if (!pair.is_array() || pair.size() != 2) return fail("a record is a pair");
        if (pair[0].is_null()) return fail("a record that was read has an offset");
        out_.push_back({Kind::poll, key, number_of(pair[0]), number_of(pair[1])});
      }
    }
  }

  std::vector<EntryMicro>& out_;
  std::string wrong_;
};

std::expected<std::optional<Entry>, std::string> read_document(const json& line) {
  if (!line.is_object()) return std::unexpected("a line is one map");
  const std::string_view type_name = text_of(line, "type"), function_name = text_of(line, "f");
  const auto type = std::ranges::find(types, type_name, &decltype(types)::value_type::first);
  if (type == types.end()) return std::unexpected("type is invoke, ok, fail or info");
  if (function_name.empty()) return std::unexpected("f is missing");
  const auto function =
      std::ranges::find(functions, function_name, &decltype(functions)::value_type::first);
  Entry entry;
  entry.type = type->second;
  if (function != functions.end()) entry.function = function->second;
  const bool event = entry.function == Function::fault || entry.function == Function::heal;
  const json& process = member(line, "process");
  if (process.is_string() && !event) return std::optional<Entry>();  // the nemesis' notes
  if (!process.is_string()) {
    if (!process.is_number_integer() || process.get<std::int64_t>() < INT32_MIN ||
        process.get<std::int64_t>() > INT32_MAX)
      return std::unexpected("process is an integer of 32 bits, or a name");
    entry.process = process.get<std::int32_t>();
  }
  const json& time = member(line, "time");
  if (!time.is_null() && !time.is_number_integer())
    return std::unexpected("time is a number of nanoseconds");
  if (!time.is_null()) entry.time = time.get<std::int64_t>();
  const json& value = member(line, "value");
  entry.has_value = !value.is_null();
  if (event && value.is_string()) entry.text = value;
  if (!event) entry.text = text_of(line, "error");
  // What else an operation may hold (the topics of a subscription) is for people.
  if (!value.is_array() || entry.function == Function::other || event ||
      entry.function == Function::assign || entry.function == Function::subscribe)
    return entry;
  MicroReader reader(entry.micros);
  for (const json& item : value) reader.read(item);
  if (!reader.wrong().empty()) return std::unexpected(reader.wrong());
  return entry;
}

ordered_json number(std::int64_t value) {
  return value == nothing ? ordered_json() : ordered_json(value);
}

// Records of consecutive polls that are of one partition stay together, in their order.
ordered_json value_of(const Entry& entry) {
  ordered_json result = ordered_json::array();
  for (const EntryMicro& micro : entry.micros) {
    const ordered_json pair = {number(micro.offset), number(micro.value)};
    if (micro.kind == Kind::poll) {
      if (result.empty() || result.back()[0] != "poll" || !result.back()[1].contains(micro.key))
        result.push_back({"poll", {{micro.key, ordered_json::array()}}});
      result.back()[1][micro.key].push_back(pair);
    } else if (micro.kind == Kind::send || micro.kind == Kind::cas || micro.kind == Kind::source) {
      const char* name = micro.kind == Kind::send  ? "send"
                         : micro.kind == Kind::cas ? "cas"
                                                   : "source";
      result.push_back({name, micro.key, pair});
    } else {
      const auto known = std::ranges::find(plain, micro.kind, &Plain::kind);
      result.push_back(
          {known->name, micro.key, number(known->is_value ? micro.value : micro.offset)});
    }
  }
  return result;
}

ordered_json document_of(const Entry& entry) {
  ordered_json line;
  if (entry.time != nothing) line["time"] = entry.time;
  const bool event = entry.function == Function::fault || entry.function == Function::heal;
  line["process"] = event ? ordered_json("nemesis") : ordered_json(entry.process);
  line["type"] = name_of(types, entry.type);
  line["f"] = name_of(functions, entry.function);
  if (event)
    line["value"] = entry.text;
  else
    line["value"] = entry.has_value ? value_of(entry) : ordered_json();
  if (!event && !entry.text.empty()) line["error"] = entry.text;
  return line;
}

bool is_keyword(std::string_view word) {
  constexpr std::array more = {"time",  "process", "type",    "f",
                               "value", "source",  "nemesis", "other"};
  const auto is = [&](const auto& known) { return known.first == word; };
  return std::ranges::any_of(types, is) || std::ranges::any_of(functions, is) ||
         base::contains(plain, word, &Plain::name) || base::contains(more, word);
}

// A document that is nested deeper than any history would exhaust the stack later.
bool is_too_deep(std::string_view line) {
  constexpr int depth_max = 64;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++i;
    if (in_string) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > depth_max) return true;
  }
  return false;
}

}  // namespace

std::expected<std::optional<Entry>, std::string> read_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.empty()) return std::optional<Entry>();
  if (auto entry = read_plain_line(line)) return entry;
  if (line.starts_with("{:") || line.starts_with("#")) {
    const auto document = edn_to_json(line);
    if (!document) return std::unexpected(document.error());
    return read_document(*document);
  }
  if (is_too_deep(line)) return std::unexpected("too deeply nested");
  const json document = json::parse(line, nullptr, false);
  if (document.is_discarded()) return std::unexpected("this is no JSON");
  return read_document(document);
}

namespace {

// Cuts what arrives into lines. One that is too long is given as far as it was read.
class LineReader {
 public:
  explicit LineReader(std::istream& in) : in_(in), chunk_(std::size_t{64} << 10U) {}

  // False at the end.
  bool next(std::string& line) {
    line.clear();
    while (line.size() <= line_bytes_max) {
      if (rest_.empty() && !read_more()) return !line.empty();
      const std::size_t end = rest_.find('\n');
      line += rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      if (end != std::string_view::npos) return true;
    }
    return true;
  }

 private:
  bool read_more() {
    const auto got = in_.rdbuf()->sgetn(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
    rest_ = std::string_view(chunk_.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  std::istream& in_;
  std::vector<char> chunk_;
  std::string_view rest_;  // of the chunk
};

}  // namespace

std::expected<History, Malformed> read_history(std::istream& in) {
  HistoryBuilder builder;
  const auto wrong = [&](std::string what, Position more) {
    return std::unexpected(Malformed{builder.line() + more, std::move(what)});
  };
  LineReader lines(in);
  for (std::string line; lines.next(line);) {
    if (line.size() > line_bytes_max) return wrong("a line has at most 16 MiB", 1);
    const auto entry = read_line(line);
    if (!entry) return wrong(entry.error(), 1);
    if (!*entry) {
      builder.skip_line();
    } else if (auto what = builder.add(**entry)) {
      return wrong(std::move(*what), 0);
    }
  }
  return std::move(builder).finish();
}

std::string_view name_of(Function function) { return name_of(functions, function); }

std::string to_json_line(const Entry& entry) { return document_of(entry).dump(); }
std::string to_edn_line(const Entry& entry) { return json_to_edn(document_of(entry), is_keyword); }

}  // namespace gregor::jepsen
