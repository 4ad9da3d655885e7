// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/random_message.h"

#include <array>
#include <limits>

#include "base/ranges.h"

namespace gregor::protocol {
namespace {

// Records are views, so that something must own their bytes: this, for all random messages.
base::BytesView random_records(base::Prng& prng) {
  static const base::Bytes pool = [] {
    base::Prng source(1);
    base::Bytes bytes(512);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(source.below(256));
    return bytes;
  }();
  const std::size_t size = prng.below(pool.size());
  return base::BytesView(pool).subspan(prng.below(pool.size() - size + 1), size);
}

class Generator {
 public:
  Generator(base::Prng& prng, std::int16_t version, bool flexible)
      : prng_(prng), version_(version), flexible_(flexible) {}

  void structure(const StructType& type, std::byte* object) {
    for (const std::span<const Field> fields : {type.fields, type.tagged})
      for (const Field& field : fields)
        if (field.versions.contains(version_)) member(field, object + field.offset);
    if (flexible_ && prng_.chance(1, 8)) unknown_tags(type, object);
  }

  // Goes into one of the structs below more often than it replaces them all.
  void change_one_field(const StructType& type, std::byte* object) {
    std::vector<const Field*> candidates;
    for (const std::span<const Field> fields : {type.fields, type.tagged})
      for (const Field& field : fields)
        if (field.versions.contains(version_)) candidates.push_back(&field);
    if (candidates.empty()) return;
    const Field& field = *candidates[prng_.below(candidates.size())];
    std::byte* const at = object + field.offset;
    if (field.structure == nullptr || prng_.chance(1, 4)) return member(field, at);
    if (field.container == nullptr) return change_one_field(*field.structure, at);
    const Elements elements = field.container->view(at);
    if (elements.count == 0) return member(field, at);
    const std::size_t index = prng_.below(elements.count);
    // The member is not const, and so neither are its elements.
    change_one_field(*field.structure,
                     const_cast<std::byte*>(elements.data) + index * field.container->stride);
  }

 private:
  void member(const Field& field, std::byte* member) {
    if (field.nullable.contains(version_) && prng_.chance(1, 4)) return make_null(field, member);
    if (field.container == nullptr) return value(field, member);
    const std::size_t count = field.array ? element_count(field) : 1;
    std::byte* const elements = field.container->make(member, count);
    for (std::size_t i = 0; i < count; ++i) value(field, elements + i * field.container->stride);
  }

  std::size_t element_count(const Field& field) {
    // 127 is where a compact count grows by a byte.
    if (field.type != FieldType::structure && prng_.chance(1, 16)) return 126 + prng_.below(3);
    return prng_.below(4);
  }

  void value(const Field& field, std::byte* at) {
    switch (field.type) {
      case FieldType::boolean:
        return store(at, prng_.chance(1, 2));
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
        return store(at, floating());
      case FieldType::uuid:
        return store(at, model::random_uuid(prng_));
      case FieldType::string:
        return string(emplace_at<std::string>(field, at));
      case FieldType::bytes:
        return bytes(emplace_at<base::Bytes>(field, at));
      case FieldType::records:
        emplace_at<Records>(field, at) = Records(random_records(prng_));
        return;
      case FieldType::structure:
        return structure(*field.structure, at);
    }
  }

  template <class T>
  void number(std::byte* at) {
    using Limits = std::numeric_limits<T>;
    switch (prng_.below(6)) {
      case 0:
        return store(at, Limits::min());
      case 1:
        return store(at, Limits::max());
      case 2:
        return store(at, static_cast<T>(-1));
      case 3:
        return store(at, static_cast<T>(prng_.below(100)));
      default:
        return store(at, static_cast<T>(prng_.next()));
    }
  }

  // But NaN, which is not equal to itself.
  double floating() {
    using Limits = std::numeric_limits<double>;
    constexpr std::array special{0.0, Limits::infinity(), -Limits::infinity()};
    if (prng_.chance(1, 4)) return special[prng_.below(special.size())];
    return static_cast<double>(prng_.between(-1'000'000, 1'000'000)) / 8;
  }

  std::size_t length() { return prng_.chance(1, 32) ? 126 + prng_.below(3) : prng_.below(12); }

  void string(std::string& text) {
    constexpr std::array<std::string_view, 8> parts{"a", "Z", "0", ".", "-", "\"", "é", "\n"};
    text.clear();
    for (std::size_t left = length(); left > 0; --left) text += parts[prng_.below(parts.size())];
  }

  void bytes(base::Bytes& bytes) {
    bytes.resize(length());
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng_.below(256));
  }

  // Ascending, between and above the numbers that the schema knows.
  void unknown_tags(const StructType& type, std::byte* object) {
    auto& tags = *reinterpret_cast<std::vector<UnknownTag>*>(object + type.unknown_tags);
    std::uint32_t number = 0;
    for (std::uint64_t left = 1 + prng_.below(2); left > 0; --left) {
      number += 1 + static_cast<std::uint32_t>(prng_.below(200));
      if (base::contains(type.tagged, number, &Field::tag)) continue;
      bytes(tags.emplace_back(UnknownTag{.number = number, .content = {}}).content);
    }
  }

  base::Prng& prng_;
  std::int16_t version_;
  bool flexible_;
};

}  // namespace

AnyMessage random_message(const MessageType& type, base::Prng& prng, model::ApiVersion version) {
  ASSERT(type.versions.contains(version), std::string(type.name));
  AnyMessage message(type);
  Generator generator(prng, version.value(), type.flexible.contains(version));
  generator.structure(*type.structure, message.object());
  return message;
}

void change_one_field(AnyMessage& message, base::Prng& prng, model::ApiVersion version) {
  const MessageType& type = message.type();
  ASSERT(type.versions.contains(version), std::string(type.name));
  Generator(prng, version.value(), type.flexible.contains(version))
      .change_one_field(*type.structure, message.object());
}

}  // namespace gregor::protocol
