// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The schema table as data: each generated struct has one list of its fields, and everything that
// is done with messages (reader.cc, writer.cc, json.cc, random_message.cc, message.cc) is a walk
// over that list. Users of messages need protocol/codec.h instead.
//
//   MessageType ── StructType ── Field* ── StructType (of a nested struct or of array elements)
//
// How a field's C++ member looks:           in a field that is never null    that can be null
//   number, bool, error code, uuid           the value                        –
//   string, bytes                            std::string, base::Bytes         std::optional<…>
//   records                                  std::optional<Records>, always
//   struct S                                 S                                std::optional<S>
//   array of T                               std::vector<T>                   std::optional<…>
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "protocol/values.h"

namespace gregor::protocol {

enum class FieldType : std::uint8_t {
  boolean,
  int8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  float64,
  error_code,
  uuid,
  string,
  bytes,
  records,
  structure,
};

// The elements of an array, or the one element of an optional struct.
struct Elements {
  const std::byte* data = nullptr;
  std::size_t count = 0;
  bool null = false;
};

// What the walks do with a member that is a std::vector<T>, std::optional<std::vector<T>> or
// std::optional<T> without knowing T. Elements lie `stride` bytes apart.
struct Container {
  std::size_t stride;
  Elements (*view)(const std::byte* member);
  std::byte* (*make)(std::byte* member, std::size_t count);  // `count` elements, all defaults
  void (*make_null)(std::byte* member);
};

struct StructType;

struct Field {
  std::string_view name;  // as Kafka spells it
  std::uint32_t offset;   // of the member in its struct
  FieldType type;         // of an element if it is an array
  bool array = false;
  bool optional = false;       // the member is a std::optional (of the array, if it is one)
  bool never_compact = false;  // keeps its plain length in flexible versions
  bool ignorable = false;      // may be lost in versions without it
  bool default_null = false;
  Versions versions;                      // on the wire
  Versions nullable{};                    // may be null
  std::int64_t default_number = 0;        // of numbers and booleans
  std::uint32_t tag = 0;                  // of tagged fields
  const StructType* structure = nullptr;  // where type is structure
  const Container* container = nullptr;   // of arrays and optional structs
};

struct StructType {
  std::string_view name;
  std::span<const Field> fields;  // in wire order
  std::span<const Field> tagged;  // in the order of their tags; after the fields on the wire
  std::size_t unknown_tags;       // offset of std::vector<UnknownTag>, or no_unknown_tags
  std::size_t bytes_min;          // on the wire, in any version that has fields of it; at least 1
};
inline constexpr std::size_t no_unknown_tags = ~std::size_t{0};

enum class MessageKind : std::uint8_t {
  header,
  request,
  response,
  data,
  record,
  record_key,
  record_value
};

struct MessageType {
  std::string_view name;
  MessageKind kind;
  std::int16_t id;  // API key, or type of a record; -1 if it has none
  Versions versions;
  Versions flexible;
  const StructType* structure;
  void* (*create)();
  void (*destroy)(void* message);
};

// A generated message names itself: ProduceRequest::message_type.
template <class M>
concept Message = requires {
  { M::message_type } -> std::convertible_to<const MessageType&>;
};

template <class M>
constexpr MessageType message_type_of(std::string_view name, MessageKind kind, std::int16_t id,
                                      Versions flexible, const StructType& structure) {
  return {name,
          kind,
          id,
          M::versions,
          flexible,
          &structure,
          []() -> void* { return new M; },
          [](void* message) { delete static_cast<M*>(message); }};
}

// Every message of the table, in its order.
std::span<const MessageType* const> all_messages();

// The rest of this file reaches the members of a struct.

template <class T>
struct ContainerOf;

template <class T>
struct ContainerOf<std::vector<T>> {
  using Member = std::vector<T>;
  static Elements view(const std::byte* member) {
    const auto& elements = *reinterpret_cast<const Member*>(member);
    return {reinterpret_cast<const std::byte*>(elements.data()), elements.size()};
  }
  static std::byte* make(std::byte* member, std::size_t count) {
    auto& elements = *reinterpret_cast<Member*>(member);
    elements = Member(count);
    return reinterpret_cast<std::byte*>(elements.data());
  }
  static void make_null(std::byte*) { ASSERT(false, "a plain array is never null"); }
  static constexpr Container value{sizeof(T), view, make, make_null};
};

template <class T>
struct ContainerOf<std::optional<std::vector<T>>> {
  using Member = std::optional<std::vector<T>>;
  static Elements view(const std::byte* member) {
    const auto& elements = *reinterpret_cast<const Member*>(member);
    if (!elements) return {.null = true};
    return {reinterpret_cast<const std::byte*>(elements->data()), elements->size()};
  }
  static std::byte* make(std::byte* member, std::size_t count) {
    auto& elements = reinterpret_cast<Member*>(member)->emplace(count);
    return reinterpret_cast<std::byte*>(elements.data());
  }
  static void make_null(std::byte* member) { reinterpret_cast<Member*>(member)->reset(); }
  static constexpr Container value{sizeof(T), view, make, make_null};
};

template <class T>
struct ContainerOf<std::optional<T>> {
  using Member = std::optional<T>;
  static Elements view(const std::byte* member) {
    const auto& element = *reinterpret_cast<const Member*>(member);
    if (!element) return {.null = true};
    return {reinterpret_cast<const std::byte*>(&*element), 1};
  }
  static std::byte* make(std::byte* member, std::size_t) {
    return reinterpret_cast<std::byte*>(&reinterpret_cast<Member*>(member)->emplace());
  }
  static void make_null(std::byte* member) { reinterpret_cast<Member*>(member)->reset(); }
  static constexpr Container value{sizeof(T), view, make, make_null};
};

// Numbers, booleans, error codes and uuids.
template <class T>
T load(const std::byte* member) {
  T value;
  std::memcpy(&value, member, sizeof(T));
  return value;
}

template <class T>
void store(std::byte* member, const T& value) {
  std::memcpy(member, &value, sizeof(T));
}

// T is std::string, base::Bytes or Records; `at` is the member, or an element of it if it is an
// array. nullptr: null.
template <class T>
const T* value_at(const Field& field, const std::byte* at) {
  if (!field.optional || field.array) return reinterpret_cast<const T*>(at);
  const auto& value = *reinterpret_cast<const std::optional<T>*>(at);
  return value ? &*value : nullptr;
}

// The place of a fresh value, for writing.
template <class T>
T& emplace_at(const Field& field, std::byte* at) {
  if (!field.optional || field.array) return *reinterpret_cast<T*>(at);
  return reinterpret_cast<std::optional<T>*>(at)->emplace();
}

// For members that are a std::optional<T>.
template <class T>
void make_null_at(const Field& field, std::byte* at) {
  ASSERT(field.optional && !field.array);
  reinterpret_cast<std::optional<T>*>(at)->reset();
}

}  // namespace gregor::protocol
