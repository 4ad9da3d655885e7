// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/message.h"

#include <algorithm>

namespace gregor::protocol {
namespace {

const std::vector<UnknownTag>& unknown_tags(const StructType& type, const std::byte* object) {
  static const std::vector<UnknownTag> none;
  if (type.unknown_tags == no_unknown_tags) return none;
  return *reinterpret_cast<const std::vector<UnknownTag>*>(object + type.unknown_tags);
}

bool all_fields(const StructType& type, auto&& holds) {
  return std::ranges::all_of(type.fields, holds) && std::ranges::all_of(type.tagged, holds);
}

// The value of a number or boolean, for comparing it with a default.
std::int64_t number_at(FieldType type, const std::byte* at) {
  switch (type) {
    case FieldType::boolean:
      return load<bool>(at) ? 1 : 0;
    case FieldType::int8:
      return load<std::int8_t>(at);
    case FieldType::int16:
    case FieldType::error_code:
      return load<std::int16_t>(at);
    case FieldType::uint16:
      return load<std::uint16_t>(at);
    case FieldType::int32:
      return load<std::int32_t>(at);
    case FieldType::uint32:
      return load<std::uint32_t>(at);
    case FieldType::int64:
      return load<std::int64_t>(at);
    default:
      ASSERT(false, "not an integer");
      return 0;
  }
}

bool struct_is_default(const StructType& type, const std::byte* object) {
  return unknown_tags(type, object).empty() &&
         all_fields(type, [&](const Field& f) { return is_default(f, object + f.offset); });
}

template <class T>
bool text_is_default(const Field& field, const std::byte* member) {
  const T* value = value_at<T>(field, member);
  return value == nullptr ? field.default_null : !field.default_null && value->size() == 0;
}

template <class T>
bool text_equal(const Field& field, const std::byte* a, const std::byte* b) {
  const T* x = value_at<T>(field, a);
  const T* y = value_at<T>(field, b);
  return x == nullptr || y == nullptr ? x == y : *x == *y;
}

bool struct_equal(const StructType& type, const std::byte* a, const std::byte* b);

// One value: a member that is neither array nor optional struct, or an element of one.
bool value_equal(const Field& field, const std::byte* a, const std::byte* b) {
  switch (field.type) {
    case FieldType::float64:
      return load<double>(a) == load<double>(b);
    case FieldType::uuid:
      return load<model::Uuid>(a) == load<model::Uuid>(b);
    case FieldType::string:
      return text_equal<std::string>(field, a, b);
    case FieldType::bytes:
      return text_equal<base::Bytes>(field, a, b);
    case FieldType::records:
      return text_equal<Records>(field, a, b);
    case FieldType::structure:
      return struct_equal(*field.structure, a, b);
    default:
      return number_at(field.type, a) == number_at(field.type, b);
  }
}

bool member_equal(const Field& field, const std::byte* a, const std::byte* b) {
  if (field.container == nullptr) return value_equal(field, a, b);
  const Elements x = field.container->view(a);
  const Elements y = field.container->view(b);
  if (x.null != y.null || x.count != y.count) return false;
  for (std::size_t i = 0; i < x.count; ++i) {
    const std::size_t at = i * field.container->stride;
    if (!value_equal(field, x.data + at, y.data + at)) return false;
  }
  return true;
}

bool struct_equal(const StructType& type, const std::byte* a, const std::byte* b) {
  return unknown_tags(type, a) == unknown_tags(type, b) && all_fields(type, [&](const Field& f) {
           return member_equal(f, a + f.offset, b + f.offset);
         });
}

}  // namespace

bool is_default(const Field& field, const std::byte* member) {
  if (field.container != nullptr) {
    const Elements elements = field.container->view(member);
    if (elements.null || field.default_null) return elements.null && field.default_null;
    if (field.array) return elements.count == 0;
    return struct_is_default(*field.structure, elements.data);
  }
  switch (field.type) {
    case FieldType::float64:
      return load<double>(member) == 0;
    case FieldType::uuid:
      return load<model::Uuid>(member).is_zero();
    case FieldType::string:
      return text_is_default<std::string>(field, member);
    case FieldType::bytes:
      return text_is_default<base::Bytes>(field, member);
    case FieldType::records:
      return text_is_default<Records>(field, member);
    case FieldType::structure:
      return struct_is_default(*field.structure, member);
    default:
      return number_at(field.type, member) == field.default_number;
  }
}

void make_null(const Field& field, std::byte* member) {
  if (field.container != nullptr) return field.container->make_null(member);
  switch (field.type) {
    case FieldType::string:
      return make_null_at<std::string>(field, member);
    case FieldType::bytes:
      return make_null_at<base::Bytes>(field, member);
    case FieldType::records:
      return make_null_at<Records>(field, member);
    default:
      ASSERT(false, "this type is never null");
  }
}

bool equal(MessageView a, MessageView b) {
  return &a.type() == &b.type() && struct_equal(*a.type().structure, a.object(), b.object());
}

const MessageType* find_message(std::string_view name) {
  const auto found = std::ranges::find(all_messages(), name, &MessageType::name);
  return found == all_messages().end() ? nullptr : *found;
}

}  // namespace gregor::protocol
