// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Frames: what a connection carries.
//
//   frame := size : int32 (of what follows), header, message
//
// A request's header names the API and the version, and with them the version of its own form; a
// response's header only repeats the correlation id, so that its reader must remember what was
// asked. Functions here read what comes after the size and write the size too.
#pragma once

#include "protocol/api_table.h"
#include "protocol/codec.h"
#include "protocol/messages/header.h"

namespace gregor::protocol {

inline constexpr std::size_t frame_size_bytes = 4;

// Moves `frame` past the header. An API that the table lacks is unsupported_version; a version that
// it lacks is not an error yet, so that ApiVersions can be answered.
model::Result<RequestHeader> decode_request_header(base::BytesView& frame);

model::Result<ResponseHeader> decode_response_header(const Api& api, model::ApiVersion version,
                                                     base::BytesView& frame);

// The request's key and version are those of the message; those in the header are not looked at.
model::Result<base::Bytes> encode_request_frame(RequestHeader header, MessageView request,
                                                model::ApiVersion version);

// The body of someone else's request, or of a response to it, as it came: under a header of ours.
model::Result<base::Bytes> encode_request_frame(const RequestHeader& header, base::BytesView body);
model::Result<base::Bytes> encode_response_frame(model::CorrelationId correlation_id,
                                                 const Api& api, model::ApiVersion version,
                                                 base::BytesView body);

// May have external records: then size counts them, and the sender puts them in.
model::Result<Encoded> encode_response_frame(model::CorrelationId correlation_id,
                                             MessageView response, model::ApiVersion version);

}  // namespace gregor::protocol
