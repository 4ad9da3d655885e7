// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Messages as JSON text, for people and for tools that compare or write conversations.
//
//   {"TransactionalId":null,"Acks":-1,"TopicData":[{"Name":"t","PartitionData":[…]}]}
//
// Fields have Kafka's names and order. Error codes are their names ("NOT_LEADER_OR_FOLLOWER"),
// uuids Kafka's 22 characters, bytes and records hexadecimal digits, doubles that JSON lacks
// strings. Tagged fields that the schema lacks are listed in "_unknown_tags". Text that is not
// UTF-8 is the one thing that does not survive the way there and back: U+FFFD takes the place of
// bad bytes.
#pragma once

#include "model/result.h"
#include "protocol/message.h"

namespace gregor::protocol {

// One line, with the fields that this version has.
std::string to_json(MessageView message, model::ApiVersion version);

// Fields may be missing (they get their defaults) and in any order; a name that the message lacks
// is an error, and so is an error code given by an unknown name (a number is always accepted).
model::Result<AnyMessage> from_json(const MessageType& type, std::string_view text);

}  // namespace gregor::protocol
