// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/parse_number.h"

namespace gregor::protocol {
namespace {

using Json = nlohmann::ordered_json;
using model::ErrorCode;

constexpr std::string_view unknown_tags_name = "_unknown_tags";
// What model::name_of puts before the number of an error code that has no name.
constexpr std::string_view nameless_error_prefix = "ERROR_";

std::string to_hex(base::BytesView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

std::optional<base::Bytes> parse_hex(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  base::Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int value = digit(text[i]) * 16 + digit(text[i + 1]);
    if (digit(text[i]) < 0 || digit(text[i + 1]) < 0) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

Json float_to_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

class Printer {
 public:
  explicit Printer(std::int16_t version) : version_(version) {}

  Json structure(const StructType& type, const std::byte* object) const {
    Json json = Json::object();
    for (const std::span<const Field> fields : {type.fields, type.tagged})
      for (const Field& field : fields)
        if (field.versions.contains(version_))
          json[std::string(field.name)] = member(field, object + field.offset);
    if (type.unknown_tags == no_unknown_tags) return json;
    for (const UnknownTag& tag :
         *reinterpret_cast<const std::vector<UnknownTag>*>(object + type.unknown_tags))
      json[std::string(unknown_tags_name)].push_back(
          {{"Tag", tag.number}, {"Content", to_hex(tag.content)}});
    return json;
  }

 private:
  Json member(const Field& field, const std::byte* member) const {
    if (field.container == nullptr) return value(field, member);
    const Elements elements = field.container->view(member);
    if (elements.null) return nullptr;
    if (!field.array) return value(field, elements.data);
    Json json = Json::array();
    for (std::size_t i = 0; i < elements.count; ++i)
      json.push_back(value(field, elements.data + i * field.container->stride));
    return json;
  }

  Json value(const Field& field, const std::byte* at) const {
    switch (field.type) {
      case FieldType::boolean:
        return load<bool>(at);
      case FieldType::int8:
        return load<std::int8_t>(at);
      case FieldType::int16:
        return load<std::int16_t>(at);
      case FieldType::uint16:
        return load<std::uint16_t>(at);
      case FieldType::int32:
        return load<std::int32_t>(at);
      case FieldType::uint32:
        return load<std::uint32_t>(at);
      case FieldType::int64:
        return load<std::int64_t>(at);
      case FieldType::float64:
        return float_to_json(load<double>(at));
      case FieldType::error_code:
        return model::name_of(load<ErrorCode>(at));
      case FieldType::uuid:
        return model::to_string(load<model::Uuid>(at));
      case FieldType::string: {
        const auto* text = value_at<std::string>(field, at);
        return text == nullptr ? Json(nullptr) : Json(*text);
      }
      case FieldType::bytes: {
        const auto* bytes = value_at<base::Bytes>(field, at);
        return bytes == nullptr ? Json(nullptr) : Json(to_hex(*bytes));
      }
      case FieldType::records:
        return records(value_at<Records>(field, at));
      case FieldType::structure:
        return structure(*field.structure, at);
    }
    ASSERT(false, "no such field type");
  }

  static Json records(const Records* records) {
    if (records == nullptr) return nullptr;
    if (!records->external_id()) return to_hex(records->bytes());
    return {{"External", *records->external_id()}, {"Size", records->size()}};
  }

  std::int16_t version_;
};

// Every function is false when the text was refused; error() then says why.
class Parser {
 public:
  explicit Parser(AnyMessage& message) : message_(message) {}

  [[nodiscard]] const std::string& error() const { return error_; }

  bool structure(const StructType& type, const Json& json, std::byte* object) {
    if (!json.is_object()) return refuse(type.name, "must be an object");
    for (const auto& [name, value] : json.items()) {
      if (name == unknown_tags_name) {
        if (!unknown_tags(type, value, object)) return refuse(name, "has the wrong form");
        continue;
      }
      const Field* const field = find(type, name);
      if (field == nullptr) return refuse(name, "is not a field of " + std::string(type.name));
      if (!member(*field, value, object + field->offset)) return false;
    }
    return true;
  }

 private:
  static const Field* find(const StructType& type, std::string_view name) {
    for (const std::span<const Field> fields : {type.fields, type.tagged})
      if (const auto found = std::ranges::find(fields, name, &Field::name); found != fields.end())
        return &*found;
    return nullptr;
  }

  bool member(const Field& field, const Json& json, std::byte* member) {
    if (json.is_null() && field.optional) {
      make_null(field, member);
      return true;
    }
    if (field.container == nullptr) return value(field, json, member);
    if (!field.array) return value(field, json, field.container->make(member, 1));
    if (!json.is_array()) return refuse(field.name, "must be an array");
    std::byte* at = field.container->make(member, json.size());
    for (const Json& element : json) {
      if (!value(field, element, at)) return false;
      at += field.container->stride;
    }
    return true;
  }

  bool value(const Field& field, const Json& json, std::byte* at) {
    switch (field.type) {
      case FieldType::boolean:
        if (!json.is_boolean()) return refuse(field.name, "must be true or false");
        store(at, json.get<bool>());
        return true;
      case FieldType::int8:
        return number<std::int8_t>(field, json, at);
      case FieldType::int16:
        return number<std::int16_t>(field, json, at);
      case FieldType::uint16:
        return number<std::uint16_t>(field, json, at);
      case FieldType::int32:
        return number<std::int32_t>(field, json, at);
      case FieldType::uint32:
        return number<std::uint32_t>(field, json, at);
      case FieldType::int64:
        return number<std::int64_t>(field, json, at);
      case FieldType::float64:
        return float64(field, json, at);
      case FieldType::error_code:
        return error_code(field, json, at);
      case FieldType::uuid:
        return uuid(field, json, at);
      case FieldType::string:
        return string(field, json, at);
      case FieldType::bytes:
        return bytes(field, json, at);
      case FieldType::records:
        return records(field, json, at);
      case FieldType::structure:
        return structure(*field.structure, json, at);
    }
    ASSERT(false, "no such field type");
  }

  template <class T>
  bool number(const Field& field, const Json& json, std::byte* at) {
    const bool fits = json.is_number_unsigned()
                          ? std::in_range<T>(json.get<std::uint64_t>())
                          : json.is_number_integer() && std::in_range<T>(json.get<std::int64_t>());
    if (!fits) return refuse(field.name, "must be an integer of its size");
    store(at, json.get<T>());
    return true;
  }

  bool float64(const Field& field, const Json& json, std::byte* at) {
    if (json.is_number()) {
      store(at, json.get<double>());
      return true;
    }
    using Limits = std::numeric_limits<double>;
    for (const double special : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
      if (json != float_to_json(special)) continue;
      store(at, special);
      return true;
    }
    return refuse(field.name, "must be a number");
  }

  bool error_code(const Field& field, const Json& json, std::byte* at) {
    if (!json.is_string()) return number<std::int16_t>(field, json, at);
    const auto name = json.get<std::string>();
    if (name.starts_with(nameless_error_prefix)) {
      const std::string_view digits = std::string_view(name).substr(nameless_error_prefix.size());
      if (const auto given = base::parse_number<std::int16_t>(digits)) {
        store(at, *given);
        return true;
      }
    }
    for (std::int16_t number = -1; number < 1000; ++number) {
      if (model::name_of(static_cast<ErrorCode>(number)) != name) continue;
      store(at, number);
      return true;
    }
    return refuse(field.name, "is no error code: " + name);
  }

  bool uuid(const Field& field, const Json& json, std::byte* at) {
    const auto id = json.is_string() ? model::parse_uuid(json.get<std::string>()) : std::nullopt;
    if (!id) return refuse(field.name, "must be a uuid of 22 characters");
    store(at, *id);
    return true;
  }

  bool string(const Field& field, const Json& json, std::byte* at) {
    if (!json.is_string()) return refuse(field.name, "must be a string");
    emplace_at<std::string>(field, at) = json.get<std::string>();
    return true;
  }

  bool bytes(const Field& field, const Json& json, std::byte* at) {
    auto content = json.is_string() ? parse_hex(json.get<std::string>()) : std::nullopt;
    if (!content) return refuse(field.name, "must be hexadecimal digits");
    emplace_at<base::Bytes>(field, at) = std::move(*content);
    return true;
  }

  bool records(const Field& field, const Json& json, std::byte* at) {
    auto content = json.is_string() ? parse_hex(json.get<std::string>()) : std::nullopt;
    if (!content) return refuse(field.name, "must be hexadecimal digits");
    emplace_at<Records>(field, at) = Records(message_.keep(std::move(*content)));
    return true;
  }

  static bool unknown_tags(const StructType& type, const Json& json, std::byte* object) {
    if (type.unknown_tags == no_unknown_tags || !json.is_array()) return false;
    auto& tags = *reinterpret_cast<std::vector<UnknownTag>*>(object + type.unknown_tags);
    for (const Json& tag : json) {
      if (!tag.is_object() || !tag.contains("Tag") || !tag.contains("Content")) return false;
      const Json& number = tag["Tag"];
      const Json& content = tag["Content"];
      if (!number.is_number_unsigned() ||
          !std::in_range<std::uint32_t>(number.get<std::uint64_t>()))
        return false;
      auto bytes = content.is_string() ? parse_hex(content.get<std::string>()) : std::nullopt;
      if (!bytes) return false;
      tags.push_back({number.get<std::uint32_t>(), std::move(*bytes)});
    }
    return true;
  }

  bool refuse(std::string_view name, const std::string& why) {
    error_ = std::string(name) + " " + why;
    return false;
  }

  AnyMessage& message_;
  std::string error_;
};

}  // namespace

std::string to_json(MessageView message, model::ApiVersion version) {
  const Printer printer(version.value());
  return printer.structure(*message.type().structure, message.object())
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

model::Result<AnyMessage> from_json(const MessageType& type, std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return model::fail(ErrorCode::invalid_request, "not valid JSON");
  AnyMessage message(type);
  Parser parser(message);
  if (!parser.structure(*type.structure, json, message.object()))
    return model::fail(ErrorCode::invalid_request, std::string(type.name) + ": " + parser.error());
  return message;
}

}  // namespace gregor::protocol
