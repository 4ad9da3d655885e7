// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/edn.h"

#include "base/parse_number.h"

namespace gregor::jepsen {
namespace {

using nlohmann::json;
constexpr int depth_max = 64;

class EdnReader {
 public:
  explicit EdnReader(std::string_view text) : text_(text) {}

  std::expected<json, std::string> document() {
    auto value = form(0);
    skip_blanks();
    if (value && at_ != text_.size()) return failed("something follows the form");
    return value;
  }

 private:
  using Result = std::expected<json, std::string>;

  [[nodiscard]] std::unexpected<std::string> failed(const char* what) const {
    return std::unexpected("EDN, column " + std::to_string(at_ + 1) + ": " + what);
  }
  static bool is_blank(char c) { return c == ' ' || c == ',' || c == '\t' || c == '\r'; }
  static bool ends_token(char c) {
    return is_blank(c) || std::string_view("()[]{}\";").find(c) != std::string_view::npos;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  std::string_view token() {
    const std::size_t from = at_;
    while (at_ < text_.size() && !ends_token(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }

  Result form(int depth) {
    if (depth > depth_max) return failed("too deeply nested");
    skip_blanks();
    if (at_ == text_.size()) return failed("the line ends too early");
    switch (text_[at_]) {
      case '{':
        ++at_;
        return map(depth);
      case '[':
        ++at_;
        return sequence(']', depth);
      case '(':
        ++at_;
        return sequence(')', depth);
      case '"':
        return string();
      case '#':
        ++at_;
        if (at_ < text_.size() && text_[at_] == '{') {
          ++at_;
          return sequence('}', depth);
        }
        if (token().empty()) return failed("a tag without a name");
        return form(depth + 1);
      default:
        return atom();
    }
  }

  Result sequence(char end, int depth) {
    json items = json::array();
    for (;;) {
      skip_blanks();
      if (at_ < text_.size() && text_[at_] == end) break;
      auto item = form(depth + 1);
      if (!item) return item;
      items.push_back(std::move(*item));
    }
    ++at_;
    return items;
  }

  Result map(int depth) {
    auto items = sequence('}', depth);
    if (!items) return items;
    if (items->size() % 2 != 0) return failed("a map with a key without a value");
    json result = json::object();
    for (std::size_t i = 0; i < items->size(); i += 2) {
      const json& key = (*items)[i];
      if (key.is_structured()) return failed("a key is a word or a number");
      result[key.is_string() ? key.get<std::string>() : key.dump()] = std::move((*items)[i + 1]);
    }
    return result;
  }

  Result string() {
    std::string result;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        result += text_[at_];
        continue;
      }
      if (++at_ == text_.size()) break;
      result += text_[at_] == 'n' ? '\n' : text_[at_] == 't' ? '\t' : text_[at_];
    }
    if (at_ == text_.size()) return failed("a string without an end");
    ++at_;
    return result;
  }

  Result atom() {
    const std::string_view word = token();
    if (word.empty()) return failed("a bracket that was not opened");
    if (word == "nil") return json();
    if (word == "true") return true;
    if (word == "false") return false;
    if (word.front() == ':') return std::string(word.substr(1));
    if (const auto number = base::parse_number<std::int64_t>(word)) return *number;
    return std::string(word);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_word(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

}  // namespace

std::expected<json, std::string> edn_to_json(std::string_view text) {
  return EdnReader(text).document();
}

std::string json_to_edn(const nlohmann::ordered_json& value, bool (*keyword)(std::string_view)) {
  if (value.is_null()) return "nil";
  if (value.is_string() && keyword(value.get<std::string>())) return ":" + value.get<std::string>();
  if (!value.is_structured()) return value.dump();
  std::string result;
  for (const auto& [key, item] : value.items()) {
    if (!result.empty()) result += ", ";
    if (value.is_object())
      result += (is_word(key) && keyword(key) ? ":" + key : nlohmann::json(key).dump()) + " ";
    result += json_to_edn(item, keyword);
  }
  return value.is_object() ? "{" + result + "}" : "[" + result + "]";
}

}  // namespace gregor::jepsen
