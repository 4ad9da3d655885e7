// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/plain_line.h"

#include <charconv>

#include "jepsen/checkers/line_names.h"

namespace gregor::jepsen {
namespace {

// Takes what it expects from the beginning of the text; what it does not find ends everything.
class Taker {
 public:
  explicit Taker(std::string_view text) : text_(text) {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

  // Is this next? Then it is taken.
  bool next(std::string_view what) {
    if (!text_.starts_with(what)) return false;
    text_.remove_prefix(what.size());
    return true;
  }
  void expect(std::string_view what) { good_ = next(what) && good_; }

  std::int64_t number() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    const auto length = static_cast<std::size_t>(end - text_.data());
    // JSON has no 007, and what follows must not belong to a number, either.
    const bool is_plain = error == std::errc() && length > 0 &&
                          (length == 1 || !text_.starts_with("0")) && !text_.starts_with("-0");
    text_.remove_prefix(is_plain ? length : 0);
    good_ = good_ && is_plain && (text_.starts_with(',') || text_.starts_with(']'));
    return value;
  }
  std::int64_t number_or_null() { return next("null") ? nothing : number(); }

  // A string whose bytes mean themselves.
  std::string_view string() {
    expect("\"");
    std::size_t length = 0;
    while (length < text_.size() && text_[length] >= ' ' && text_[length] < '\x7f' &&
           text_[length] != '"' && text_[length] != '\\')
      ++length;
    const std::string_view result = text_.substr(0, length);
    text_.remove_prefix(length);
    expect("\"");
    return result;
  }

 private:
  std::string_view text_;
  bool good_ = true;
};

// {"t-0":[[1,2],[2,null]],…}
void take_records(Taker& line, Entry& entry) {
  line.expect("{");
  std::string_view last_key;
  while (line.good() && !line.next("}")) {
    const std::string_view key = line.string();
    // A document has each key once, in their order.
    if (key <= last_key) line.expect("no such key");
    last_key = key;
    line.expect(":[");
    while (line.good() && !line.next("]")) {
      line.expect("[");
      const std::int64_t offset = line.number();
      line.expect(",");
      const std::int64_t value = line.number_or_null();
      line.expect("]");
      entry.micros.push_back({Kind::poll, std::string(key), offset, value});
      if (!line.next(",")) {
        line.expect("]");
        break;
      }
    }
    if (!line.next(",")) {
      line.expect("}");
      return;
    }
  }
}

// "send","t-0",[3,7]] and its like, without the bracket before.
void take_micro(Taker& line, Entry& entry) {
  const std::string_view name = line.string();
  if (name == "poll") {
    line.expect(",");
    take_records(line, entry);
    return line.expect("]");
  }
  line.expect(",");
  EntryMicro micro{.kind = Kind::send, .key = std::string(line.string())};
  line.expect(",");
  const auto* const pair = find_name(pair_kinds, name);
  const Plain* const plain = find_plain(name);
  if (micro.key.empty() || (pair == nullptr && plain == nullptr))
    return line.expect("no such name");
  if (pair != nullptr && line.next("[")) {
    micro.kind = pair->second;
    micro.offset = line.number_or_null();
    line.expect(",");
    micro.value = line.number_or_null();
    line.expect("]");
  } else if (plain != nullptr) {
    micro.kind = plain->kind;
    (plain->is_value ? micro.value : micro.offset) = line.number_or_null();
  } else {
    line.expect("a pair");
  }
  if (micro.kind == Kind::send && micro.value == nothing) line.expect("a value");
  line.expect("]");
  entry.micros.push_back(std::move(micro));
}

void take_value(Taker& line, Entry& entry) {
  if (line.next("null")) {
    entry.has_value = false;
    return;
  }
  line.expect("[");
  if (line.next("]")) return;
  do {
    line.expect("[");
    take_micro(line, entry);
  } while (line.good() && line.next(","));
  line.expect("]");
}

}  // namespace

std::optional<Entry> read_plain_line(std::string_view text) {
  Taker line(text);
  Entry entry;
  line.expect("{\"time\":");
  entry.time = line.number();
  line.expect(",\"process\":");
  const std::int64_t process = line.number();
  line.expect(",\"type\":");
  const auto* const type = find_name(types, line.string());
  line.expect(",\"f\":");
  const auto* const function = find_name(functions, line.string());
  line.expect(",\"value\":");
  if (!line.good() || type == nullptr || function == nullptr || process < INT32_MIN ||
      process > INT32_MAX)
    return std::nullopt;
  entry.process = static_cast<std::int32_t>(process);
  entry.type = type->second;
  entry.function = function->second;
  // Those whose value is for people.
  if (entry.function == Function::fault || entry.function == Function::heal ||
      entry.function == Function::assign || entry.function == Function::subscribe)
    return std::nullopt;
  take_value(line, entry);
  if (line.next(",\"error\":")) entry.text = line.string();
  line.expect("}");
  if (!line.good() || !line.at_end()) return std::nullopt;
  return entry;
}

}  // namespace gregor::jepsen
