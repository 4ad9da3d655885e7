// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Messages whose type is known only at run time: what tools, fuzzers and property tests handle, and
// how a function takes any message without being a template.
#pragma once

#include <memory>

#include "protocol/schema.h"

namespace gregor::protocol {

class AnyMessage;

// Refers to a message of any type, which must outlive it. Every generated message converts to it.
class MessageView {
 public:
  template <Message M>
  MessageView(const M& message)  // NOLINT(google-explicit-constructor): a message is its own view
      : type_(&M::message_type), object_(reinterpret_cast<const std::byte*>(&message)) {}
  MessageView(const AnyMessage& message);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const MessageType& type() const { return *type_; }
  [[nodiscard]] const std::byte* object() const { return object_; }

 private:
  const MessageType* type_;
  const std::byte* object_;
};

// Owns a message of any type; a new one has all defaults. Records in it point to memory of others,
// or to what it was given to keep.
class AnyMessage {
 public:
  explicit AnyMessage(const MessageType& type)
      : type_(&type), object_(type.create(), type.destroy) {}

  [[nodiscard]] const MessageType& type() const { return *type_; }
  [[nodiscard]] std::byte* object() { return static_cast<std::byte*>(object_.get()); }
  [[nodiscard]] const std::byte* object() const {
    return static_cast<const std::byte*>(object_.get());
  }

  // Bytes for its records to point to; they live as long as it does.
  base::BytesView keep(base::Bytes bytes) { return kept_.emplace_back(std::move(bytes)); }

  // The message as what it is; M must be its type.
  template <Message M>
  [[nodiscard]] const M& as() const {
    ASSERT(type_ == &M::message_type, std::string(type_->name));
    return *static_cast<const M*>(object_.get());
  }

 private:
  const MessageType* type_;
  std::unique_ptr<void, void (*)(void*)> object_;
  std::vector<base::Bytes> kept_;  // moving it moves no content
};

inline MessageView::MessageView(const AnyMessage& message)
    : type_(&message.type()), object_(message.object()) {}

// Same type and same fields, unknown tags included.
bool equal(MessageView a, MessageView b);

// The message of that name ("ProduceRequest"); nullptr if there is none.
const MessageType* find_message(std::string_view name);

// Makes a member null whose C++ type has room for null.
void make_null(const Field& field, std::byte* member);

// Whether a member has the default of its field; such a member need not be on the wire.
bool is_default(const Field& field, const std::byte* member);

}  // namespace gregor::protocol
