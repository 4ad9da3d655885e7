// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Messages from bytes and to bytes: where to begin reading this folder.
//
//   auto request = decode<ProduceRequest>(frame, ApiVersion{9});   // `frame` is moved past it
//   auto bytes = encode(response, ApiVersion{9});
//
//   schema.txt        every message of Kafka: facts, and the wire format
//   generate.py       makes of it, in the build folder: protocol/messages/<api>.h (the structs),
//                     protocol/api_keys.h, and the field lists
//   schema.h          what a field list is; walked by reader.cc, writer.cc, json.cc,
//                     random_message.cc and message.cc, so that they cannot disagree
//   message.h         messages whose type is known only at run time
//   frame.h           size, header, message: what a connection carries
//   api_table.h       names, keys and versions of the APIs
//
// One struct serves all versions. A field that the version lacks is left at its default by decode;
// encode refuses a message in which such a field is set, unless the field may be lost (as Kafka
// does). What decode accepted, encode turns into the same bytes again, unless the sender used
// longer forms than needed (varints, default values in tags), booleans other than 0 and 1, tags out
// of order or null lengths below -1.
#pragma once

#include "model/result.h"
#include "protocol/message.h"

namespace gregor::protocol {

// One message may declare no more memory than this for the elements of its arrays: a short frame
// cannot demand much, because every element takes at least a byte of it, but a long one could.
inline constexpr std::size_t decoded_elements_bytes_max = std::size_t{64} << 20;
// Strings of any form; more is an error when read and when written.
inline constexpr std::size_t string_bytes_max = 32767;

// Reads a message of this type, freshly made, from the front of `from` and moves `from` past it:
// what is left is the caller's to judge (brokers ignore surplus bytes in requests). Errors are
// invalid_request, with the field and the position, or unsupported_version. Records in the message
// point into `from`.
model::Result<> decode_into(const MessageType& type, std::byte* object, base::BytesView& from,
                            model::ApiVersion version);

template <Message M>
model::Result<M> decode(base::BytesView& from, model::ApiVersion version) {
  model::Result<M> message;
  auto* const object = reinterpret_cast<std::byte*>(&*message);
  if (auto done = decode_into(M::message_type, object, from, version); !done)
    message = model::fail(std::move(done.error()));
  return message;
}

model::Result<AnyMessage> decode(const MessageType& type, base::BytesView& from,
                                 model::ApiVersion version);

// An encoded message whose external records come from elsewhere: they go in before bytes[at].
struct Encoded {
  struct ExternalRecords {
    std::size_t at = 0;
    std::size_t size = 0;
    std::uint64_t id = 0;
  };
  base::Bytes bytes;
  std::vector<ExternalRecords> external;  // ascending by `at`

  [[nodiscard]] std::size_t total_size() const {
    std::size_t total = bytes.size();
    for (const ExternalRecords& records : external) total += records.size;
    return total;
  }
};

// Errors: unsupported_version for a version out of range or a field that it lacks, invalid_request
// for a null or a length that the field cannot have.
model::Result<Encoded> encode_in_pieces(MessageView message, model::ApiVersion version);

// For messages without external records.
model::Result<base::Bytes> encode(MessageView message, model::ApiVersion version);

// Adds the message to the end of `to`, which is of use only if this succeeds.
model::Result<> encode_onto(Encoded& to, MessageView message, model::ApiVersion version);

}  // namespace gregor::protocol
