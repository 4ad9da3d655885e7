// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/frame.h"

#include <limits>

namespace gregor::protocol {
namespace {

using model::ErrorCode;

const Api& api_of(const MessageType& type) {
  const Api* api = find_api(model::ApiKey{type.id});
  ASSERT(api != nullptr && (api->request == &type || api->response == &type),
         std::string(type.name));
  return *api;
}

// Size, header, message.
model::Result<Encoded> encode_frame(MessageView header, model::ApiVersion header_version,
                                    MessageView message, model::ApiVersion version) {
  Encoded frame;
  frame.bytes.resize(frame_size_bytes);
  if (auto done = encode_onto(frame, header, header_version); !done)
    return model::fail(std::move(done.error()));
  if (auto done = encode_onto(frame, message, version); !done)
    return model::fail(std::move(done.error()));
  const std::size_t size = frame.total_size() - frame_size_bytes;
  if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    return model::fail(ErrorCode::invalid_request, std::string(message.type().name) +
                                                       ": a frame of " + std::to_string(size) +
                                                       " bytes is too long");
  base::store_big_endian(frame.bytes.data(), static_cast<std::int32_t>(size));
  return frame;
}

// Size, header, a body that is written already.
model::Result<base::Bytes> encode_frame(MessageView header, model::ApiVersion header_version,
                                        base::BytesView body) {
  Encoded frame;
  frame.bytes.resize(frame_size_bytes);
  if (auto done = encode_onto(frame, header, header_version); !done)
    return model::fail(std::move(done.error()));
  base::append(frame.bytes, body);
  base::store_big_endian(frame.bytes.data(),
                         static_cast<std::int32_t>(frame.bytes.size() - frame_size_bytes));
  return std::move(frame.bytes);
}

}  // namespace

model::Result<RequestHeader> decode_request_header(base::BytesView& frame) {
  constexpr std::size_t key_and_version_bytes = 4;
  if (frame.size() < key_and_version_bytes)
    return model::fail(ErrorCode::invalid_request,
                       "a frame of " + std::to_string(frame.size()) + " bytes has no header");
  const model::ApiKey key{base::load_big_endian<std::int16_t>(frame.data())};
  const model::ApiVersion version{base::load_big_endian<std::int16_t>(frame.data() + 2)};
  const Api* const api = find_api(key);
  if (api == nullptr)
    return model::fail(ErrorCode::unsupported_version, "no API has key " + to_string(key));
  return decode<RequestHeader>(frame, request_header_version(*api, version));
}

model::Result<ResponseHeader> decode_response_header(const Api& api, model::ApiVersion version,
                                                     base::BytesView& frame) {
  return decode<ResponseHeader>(frame, response_header_version(api, version));
}

model::Result<base::Bytes> encode_request_frame(RequestHeader header, MessageView request,
                                                model::ApiVersion version) {
  const Api& api = api_of(request.type());
  header.request_api_key = api.key.value();
  header.request_api_version = version.value();
  auto frame = encode_frame(header, request_header_version(api, version), request, version);
  if (!frame) return model::fail(std::move(frame.error()));
  if (!frame->external.empty())
    return model::fail(ErrorCode::invalid_request, "a request's records must be at hand");
  return std::move(frame->bytes);
}

model::Result<base::Bytes> encode_request_frame(const RequestHeader& header, base::BytesView body) {
  const Api* const api = find_api(model::ApiKey{header.request_api_key});
  ASSERT(api != nullptr);
  return encode_frame(
      header, request_header_version(*api, model::ApiVersion{header.request_api_version}), body);
}

model::Result<base::Bytes> encode_response_frame(model::CorrelationId correlation_id,
                                                 const Api& api, model::ApiVersion version,
                                                 base::BytesView body) {
  const ResponseHeader header{.correlation_id = correlation_id.value()};
  return encode_frame(header, response_header_version(api, version), body);
}

model::Result<Encoded> encode_response_frame(model::CorrelationId correlation_id,
                                             MessageView response, model::ApiVersion version) {
  const ResponseHeader header{.correlation_id = correlation_id.value()};
  const Api& api = api_of(response.type());
  return encode_frame(header, response_header_version(api, version), response, version);
}

}  // namespace gregor::protocol
