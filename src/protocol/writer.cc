// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// encode: walks the field list and puts each field at the end of the bytes.

#include <algorithm>
#include <limits>

#include "base/varint.h"
#include "protocol/codec.h"

namespace gregor::protocol {
namespace {

using model::ErrorCode;

class Writer {
 public:
  Writer(Encoded& to, std::int16_t version, bool flexible)
      : out_(to), used_(to.bytes.size()), version_(version), flexible_(flexible) {}

  void structure(const StructType& type, const std::byte* object);

  // Call once after the walk: gives back what was reserved too much.
  std::optional<model::Error> finish() {
    out_.bytes.resize(used_);
    return std::move(error_);
  }

 private:
  void member(const Field& field, const std::byte* member, bool in_tag);
  void array(const Field& field, const std::byte* member);
  void value(const Field& field, const std::byte* at);
  template <class T>
  void content(const Field& field, const std::byte* at);
  void tag_section(const StructType& type, const std::byte* object);
  void tag(const Field& field, const std::byte* member);
  void unknown_tag(const UnknownTag& tag);

  // A length or count; nullopt: null.
  void length(const Field& field, std::size_t plain_bytes, std::optional<std::size_t> length);
  void varint(std::uint32_t value);
  void raw(base::BytesView bytes);
  template <class T>
  void number(T value) {
    base::store_big_endian(room(sizeof(T)), value);
  }

  // The place of the next `size` bytes. The buffer grows in large steps and is cut by finish.
  std::byte* room(std::size_t size) {
    if (size > out_.bytes.size() - used_)
      out_.bytes.resize(std::max(out_.bytes.size() * 2, used_ + size + 256));
    std::byte* const at = out_.bytes.data() + used_;
    used_ += size;
    return at;
  }

  // Keeps the first error; the walk goes on, for its result is thrown away.
  void refuse(std::string_view name, ErrorCode code, std::string_view why) {
    if (!error_) error_ = model::Error{code, std::string(name) + " " + std::string(why)};
  }

  Encoded& out_;
  std::size_t used_;
  std::int16_t version_;
  bool flexible_;
  std::optional<model::Error> error_;
};

void Writer::structure(const StructType& type, const std::byte* object) {
  for (const Field& field : type.fields) {
    const std::byte* const at = object + field.offset;
    if (field.versions.contains(version_))
      member(field, at, false);
    else if (!field.ignorable && !is_default(field, at))
      refuse(field.name, ErrorCode::unsupported_version, "is set, but this version lacks it");
  }
  tag_section(type, object);
}

void Writer::member(const Field& field, const std::byte* member, bool in_tag) {
  if (field.container == nullptr) return value(field, member);
  if (field.array) return array(field, member);
  const Elements element = field.container->view(member);
  if (field.nullable.contains(version_)) {
    if (in_tag)
      varint(element.null ? 0 : 1);
    else
      number<std::int8_t>(element.null ? -1 : 1);
  } else if (element.null) {
    refuse(field.name, ErrorCode::invalid_request, "is null");
  }
  if (!element.null) structure(*field.structure, element.data);
}

void Writer::array(const Field& field, const std::byte* member) {
  const Elements elements = field.container->view(member);
  if (elements.null) {
    if (!field.nullable.contains(version_))
      return refuse(field.name, ErrorCode::invalid_request, "is null");
    return length(field, sizeof(std::int32_t), std::nullopt);
  }
  length(field, sizeof(std::int32_t), elements.count);
  for (std::size_t i = 0; i < elements.count; ++i)
    value(field, elements.data + i * field.container->stride);
}

void Writer::value(const Field& field, const std::byte* at) {
  switch (field.type) {
    case FieldType::boolean:
      return number<std::int8_t>(load<bool>(at) ? 1 : 0);
    case FieldType::int8:
      return number(load<std::int8_t>(at));
    case FieldType::int16:
    case FieldType::error_code:
      return number(load<std::int16_t>(at));
    case FieldType::uint16:
      return number(load<std::uint16_t>(at));
    case FieldType::int32:
      return number(load<std::int32_t>(at));
    case FieldType::uint32:
      return number(load<std::uint32_t>(at));
    case FieldType::int64:
      return number(load<std::int64_t>(at));
    case FieldType::float64:
      return number(load<std::uint64_t>(at));
    case FieldType::uuid:
      return raw({at, sizeof(model::Uuid)});
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

template <class T>
void Writer::content(const Field& field, const std::byte* at) {
  constexpr bool is_string = std::is_same_v<T, std::string>;
  constexpr std::size_t plain_bytes = is_string ? sizeof(std::int16_t) : sizeof(std::int32_t);
  const T* const value = value_at<T>(field, at);
  if (value == nullptr) {
    if (!field.nullable.contains(version_))
      return refuse(field.name, ErrorCode::invalid_request, "is null");
    return length(field, plain_bytes, std::nullopt);
  }
  if (is_string && value->size() > string_bytes_max)
    return refuse(field.name, ErrorCode::invalid_request, "is too long for a string");
  length(field, plain_bytes, value->size());
  if constexpr (std::is_same_v<T, Records>) {
    if (value->external_id())
      out_.external.push_back({used_, value->size(), *value->external_id()});
    else
      raw(value->bytes());
  } else {
    raw(std::as_bytes(std::span(value->data(), value->size())));
  }
}

// Known and unknown tags go out in the order of their numbers.
void Writer::tag_section(const StructType& type, const std::byte* object) {
  const auto absent = [&](const Field& field) { return !field.versions.contains(version_); };
  for (const Field& field : type.tagged)
    if (absent(field) && !field.ignorable && !is_default(field, object + field.offset))
      refuse(field.name, ErrorCode::unsupported_version, "is set, but this version lacks it");
  if (type.unknown_tags == no_unknown_tags) return;
  const auto& unknown =
      *reinterpret_cast<const std::vector<UnknownTag>*>(object + type.unknown_tags);
  if (!flexible_) {
    if (!unknown.empty())
      refuse("unknown tag", ErrorCode::unsupported_version, "is set, but this version has no tags");
    return;
  }
  for (const UnknownTag& tag : unknown) {
    const auto field = std::ranges::find(type.tagged, tag.number, &Field::tag);
    if (field != type.tagged.end() && !absent(*field))
      refuse(field->name, ErrorCode::invalid_request, "came as an unknown tag of another version");
  }
  const auto left_out = [&](const Field& field) {
    return absent(field) || is_default(field, object + field.offset);
  };
  const auto known =
      type.tagged.size() - static_cast<std::size_t>(std::ranges::count_if(type.tagged, left_out));
  varint(static_cast<std::uint32_t>(known + unknown.size()));
  auto next_unknown = unknown.begin();
  for (const Field& field : type.tagged) {
    if (left_out(field)) continue;
    while (next_unknown != unknown.end() && next_unknown->number < field.tag)
      unknown_tag(*next_unknown++);
    tag(field, object + field.offset);
  }
  while (next_unknown != unknown.end()) unknown_tag(*next_unknown++);
}

// The size goes before the content but is known only after it: the content is written first and
// then moved to make room.
void Writer::tag(const Field& field, const std::byte* at) {
  varint(field.tag);
  const std::size_t begin = used_;
  member(field, at, true);
  const std::size_t size = used_ - begin;
  base::Bytes prefix;
  base::append_unsigned_varint(prefix, static_cast<std::uint32_t>(size));
  room(prefix.size());
  std::byte* const content = out_.bytes.data() + begin;
  std::copy_backward(content, content + size, content + size + prefix.size());
  std::ranges::copy(prefix, content);
}

void Writer::unknown_tag(const UnknownTag& tag) {
  varint(tag.number);
  varint(static_cast<std::uint32_t>(tag.content.size()));
  raw(tag.content);
}

void Writer::length(const Field& field, std::size_t plain_bytes,
                    std::optional<std::size_t> length) {
  if (length && *length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    return refuse(field.name, ErrorCode::invalid_request, "is too long");
  if (flexible_ && !field.never_compact)
    varint(length ? static_cast<std::uint32_t>(*length + 1) : 0);
  else if (plain_bytes == sizeof(std::int16_t))
    number(length ? static_cast<std::int16_t>(*length) : std::int16_t{-1});
  else
    number(length ? static_cast<std::int32_t>(*length) : std::int32_t{-1});
}

void Writer::varint(std::uint32_t value) {
  while (value >= 0x80) {
    *room(1) = static_cast<std::byte>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  *room(1) = static_cast<std::byte>(value);
}

void Writer::raw(base::BytesView bytes) {
  // GCC 12 makes a loop over bytes of std::copy here.
  if (!bytes.empty()) std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
}

}  // namespace

model::Result<> encode_onto(Encoded& to, MessageView message, model::ApiVersion version) {
  const MessageType& type = message.type();
  const auto what = [&] { return std::string(type.name) + " v" + to_string(version); };
  if (!type.versions.contains(version)) return model::fail(ErrorCode::unsupported_version, what());
  Writer writer(to, version.value(), type.flexible.contains(version));
  writer.structure(*type.structure, message.object());
  if (auto error = writer.finish(); error)
    return model::fail(error->code, what() + ": " + error->detail);
  return {};
}

model::Result<Encoded> encode_in_pieces(MessageView message, model::ApiVersion version) {
  Encoded encoded;
  if (auto done = encode_onto(encoded, message, version); !done)
    return model::fail(std::move(done.error()));
  return encoded;
}

model::Result<base::Bytes> encode(MessageView message, model::ApiVersion version) {
  auto encoded = encode_in_pieces(message, version);
  if (!encoded) return model::fail(std::move(encoded.error()));
  if (!encoded->external.empty())
    return model::fail(ErrorCode::invalid_request, "records lie elsewhere");
  return std::move(encoded->bytes);
}

}  // namespace gregor::protocol
