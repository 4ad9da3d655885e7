// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// decode: walks the field list and takes each field off the front of the bytes. Everything that the
// bytes declare is checked against what is left of them before it is believed.

#include <algorithm>
#include <bit>
#include <type_traits>

#include "base/varint.h"
#include "protocol/codec.h"

namespace gregor::protocol {
namespace {

using model::ErrorCode;

class Reader {
 public:
  Reader(base::BytesView from, std::int16_t version, bool flexible)
      : rest_(from), begin_(from.data()), version_(version), flexible_(flexible) {}

  bool structure(const StructType& type, std::byte* object);

  [[nodiscard]] base::BytesView rest() const { return rest_; }
  [[nodiscard]] std::string error() const { return path_.empty() ? why_ : path_ + ": " + why_; }

 private:
  // Every function is false when the bytes were refused; why_ and path_ then say what and where.
  bool member(const Field& field, std::byte* member, bool in_tag);
  bool array(const Field& field, std::byte* member);
  bool optional_struct(const Field& field, std::byte* member, bool in_tag);
  bool value(const Field& field, std::byte* at);
  template <class T>
  bool content(const Field& field, std::byte* at);
  bool tag_section(const StructType& type, std::byte* object);
  // One tag, with `left` to come, itself included; `seen` has a bit for each known one before.
  bool tag(const StructType& type, std::byte* object, std::uint32_t left, std::uint64_t& seen);

  template <class T>
  bool number(std::byte* at) {
    if (rest_.size() < sizeof(T)) return ends_early(sizeof(T));
    store(at, base::load_big_endian<T>(rest_.data()));
    rest_ = rest_.subspan(sizeof(T));
    return true;
  }
  bool boolean(std::byte* at);
  bool float64(std::byte* at);
  bool varint(std::uint32_t& value);

  // A length or count; nullopt in `length` is null. Plain lengths have `plain_bytes` bytes.
  bool length(const Field& field, std::size_t plain_bytes, std::optional<std::size_t>& length);
  bool reserve(std::size_t count, std::size_t element_bytes);

  bool refuse(std::string why);
  bool ends_early(std::size_t needed);
  bool in(std::string_view part);  // prepends to the path of an error; always false

  base::BytesView rest_;
  const std::byte* begin_;
  std::int16_t version_;
  bool flexible_;
  std::size_t memory_left_ = decoded_elements_bytes_max;
  std::string why_;
  std::string path_;
};

bool Reader::structure(const StructType& type, std::byte* object) {
  for (const Field& field : type.fields) {
    if (!field.versions.contains(version_)) continue;
    if (!member(field, object + field.offset, false)) return in(field.name);
  }
  return !flexible_ || tag_section(type, object);
}

bool Reader::member(const Field& field, std::byte* member, bool in_tag) {
  if (field.container == nullptr) return value(field, member);
  return field.array ? array(field, member) : optional_struct(field, member, in_tag);
}

bool Reader::array(const Field& field, std::byte* member) {
  std::optional<std::size_t> count;
  if (!length(field, sizeof(std::int32_t), count)) return false;
  if (!count) {
    if (!field.nullable.contains(version_)) return refuse("null is not allowed");
    field.container->make_null(member);
    return true;
  }
  const std::size_t element_bytes_min = field.structure != nullptr ? field.structure->bytes_min : 1;
  if (*count > rest_.size() / element_bytes_min)
    return refuse("count " + std::to_string(*count) + " is more than the remaining bytes can hold");
  const std::size_t stride = field.container->stride;
  if (!reserve(*count, stride)) return false;
  std::byte* const elements = field.container->make(member, *count);
  for (std::size_t i = 0; i < *count; ++i)
    if (!value(field, elements + i * stride)) return in("[" + std::to_string(i) + "]");
  return true;
}

bool Reader::optional_struct(const Field& field, std::byte* member, bool in_tag) {
  bool present = true;
  if (field.nullable.contains(version_)) {
    std::uint32_t mark = 0;
    std::int8_t sign = 0;
    if (in_tag ? !varint(mark) : !number<std::int8_t>(reinterpret_cast<std::byte*>(&sign)))
      return false;
    present = in_tag ? mark != 0 : sign >= 0;
  }
  if (!present) {
    field.container->make_null(member);
    return true;
  }
  return structure(*field.structure, field.container->make(member, 1));
}

bool Reader::value(const Field& field, std::byte* at) {
  switch (field.type) {
    case FieldType::boolean:
      return boolean(at);
    case FieldType::int8:
      return number<std::int8_t>(at);
    case FieldType::int16:
    case FieldType::error_code:
      return number<std::int16_t>(at);
    case FieldType::uint16:
      return number<std::uint16_t>(at);
    case FieldType::int32:
      return number<std::int32_t>(at);
    case FieldType::uint32:
      return number<std::uint32_t>(at);
    case FieldType::int64:
      return number<std::int64_t>(at);
    case FieldType::float64:
      return float64(at);
    case FieldType::uuid: {
      if (rest_.size() < sizeof(model::Uuid)) return ends_early(sizeof(model::Uuid));
      std::memcpy(at, rest_.data(), sizeof(model::Uuid));
      rest_ = rest_.subspan(sizeof(model::Uuid));
      return true;
    }
    case FieldType::string:
      return content<std::string>(field, at);
    case FieldType::bytes:
      return content<base::Bytes>(field, at);
    case FieldType::records:
      return content<Records>(field, at);
    case FieldType::structure:
      return structure(*field.structure, at);
  }
  ASSERT(false, "no such field type");
}

void assign(std::string& to, base::BytesView bytes) { to.assign(base::as_text(bytes)); }
void assign(base::Bytes& to, base::BytesView bytes) { to.assign(bytes.begin(), bytes.end()); }
void assign(Records& to, base::BytesView bytes) { to = Records(bytes); }

template <class T>
bool Reader::content(const Field& field, std::byte* at) {
  constexpr bool is_string = std::is_same_v<T, std::string>;
  std::optional<std::size_t> size;
  if (!length(field, is_string ? sizeof(std::int16_t) : sizeof(std::int32_t), size)) return false;
  if (!size) {
    if (field.array || !field.nullable.contains(version_)) return refuse("null is not allowed");
    make_null_at<T>(field, at);
    return true;
  }
  if (*size > rest_.size()) return ends_early(*size);
  if (is_string && *size > string_bytes_max)
    return refuse("string of " + std::to_string(*size) + " bytes is too long");
  assign(emplace_at<T>(field, at), rest_.first(*size));
  rest_ = rest_.subspan(*size);
  return true;
}

bool Reader::tag_section(const StructType& type, std::byte* object) {
  std::uint32_t count = 0;
  if (!varint(count)) return in("tags");
  if (count == 0) return true;
  if (count > rest_.size() / 2)
    return refuse("tag count " + std::to_string(count) +
                  " is more than the remaining bytes can hold");
  if (!reserve(count, sizeof(UnknownTag))) return in("tags");
  std::uint64_t seen = 0;
  for (std::uint32_t left = count; left > 0; --left)
    if (!tag(type, object, left, seen)) return false;
  return true;
}

bool Reader::tag(const StructType& type, std::byte* object, std::uint32_t left,
                 std::uint64_t& seen) {
  std::uint32_t number = 0;
  std::uint32_t size = 0;
  if (!varint(number) || !varint(size)) return in("tags");
  if (size > rest_.size()) return ends_early(size) || in("tags");
  const auto field = std::ranges::find(type.tagged, number, &Field::tag);
  if (field == type.tagged.end() || !field->versions.contains(version_)) {
    auto& unknown = *reinterpret_cast<std::vector<UnknownTag>*>(object + type.unknown_tags);
    if (unknown.empty()) unknown.reserve(left);
    unknown.push_back({number, base::to_bytes(rest_.first(size))});
    rest_ = rest_.subspan(size);
    return true;
  }
  const std::uint64_t bit = std::uint64_t{1} << number;
  if ((seen & bit) != 0) return refuse("tag " + std::to_string(number) + " occurs twice");
  seen |= bit;

  const base::BytesView after = rest_.subspan(size);
  rest_ = rest_.first(size);
  if (!member(*field, object + field->offset, true)) return in(field->name);
  if (!rest_.empty()) {
    refuse(std::to_string(rest_.size()) + " bytes of the tag are left over");
    return in(field->name);
  }
  rest_ = after;
  return true;
}

bool Reader::boolean(std::byte* at) {
  if (rest_.empty()) return ends_early(1);
  store(at, rest_.front() != std::byte{0});
  rest_ = rest_.subspan(1);
  return true;
}

bool Reader::float64(std::byte* at) {
  std::uint64_t bits = 0;
  if (!number<std::uint64_t>(reinterpret_cast<std::byte*>(&bits))) return false;
  store(at, std::bit_cast<double>(bits));
  return true;
}

bool Reader::varint(std::uint32_t& value) {
  if (!rest_.empty() && rest_.front() < std::byte{0x80}) {
    value = std::to_integer<std::uint32_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return true;
  }
  const auto read = base::read_unsigned_varint(rest_);
  if (!read) return refuse("no valid varint");
  value = *read;
  return true;
}

bool Reader::length(const Field& field, std::size_t plain_bytes,
                    std::optional<std::size_t>& length) {
  std::int64_t size = 0;
  if (flexible_ && !field.never_compact) {
    std::uint32_t size_plus_one = 0;
    if (!varint(size_plus_one)) return false;
    size = std::int64_t{size_plus_one} - 1;
  } else if (plain_bytes == sizeof(std::int16_t)) {
    if (rest_.size() < plain_bytes) return ends_early(plain_bytes);
    size = base::load_big_endian<std::int16_t>(rest_.data());
    rest_ = rest_.subspan(plain_bytes);
  } else {
    if (rest_.size() < plain_bytes) return ends_early(plain_bytes);
    size = base::load_big_endian<std::int32_t>(rest_.data());
    rest_ = rest_.subspan(plain_bytes);
  }
  if (size >= 0) length = static_cast<std::size_t>(size);
  return true;
}

bool Reader::reserve(std::size_t count, std::size_t element_bytes) {
  if (count > memory_left_ / element_bytes)
    return refuse("the elements would take more than " +
                  std::to_string(decoded_elements_bytes_max) + " bytes of memory");
  memory_left_ -= count * element_bytes;
  return true;
}

bool Reader::refuse(std::string why) {
  why_ = std::move(why) + " at byte " + std::to_string(rest_.data() - begin_);
  return false;
}

bool Reader::ends_early(std::size_t needed) {
  return refuse("needs " + std::to_string(needed) + " bytes, " + std::to_string(rest_.size()) +
                " are left,");
}

bool Reader::in(std::string_view part) {
  const bool dot = !path_.empty() && path_.front() != '[';
  path_.insert(0, std::string(part) + (dot ? "." : ""));
  return false;
}

}  // namespace

model::Result<> decode_into(const MessageType& type, std::byte* object, base::BytesView& from,
                            model::ApiVersion version) {
  const auto what = [&] { return std::string(type.name) + " v" + to_string(version); };
  if (!type.versions.contains(version)) return model::fail(ErrorCode::unsupported_version, what());
  Reader reader(from, version.value(), type.flexible.contains(version));
  if (!reader.structure(*type.structure, object))
    return model::fail(ErrorCode::invalid_request, what() + ": " + reader.error());
  from = reader.rest();
  return {};
}

model::Result<AnyMessage> decode(const MessageType& type, base::BytesView& from,
                                 model::ApiVersion version) {
  AnyMessage message(type);
  if (auto done = decode_into(type, message.object(), from, version); !done)
    return model::fail(std::move(done.error()));
  return message;
}

}  // namespace gregor::protocol
