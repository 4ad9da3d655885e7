// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Frames as a server and a client take them: header, then the message that the header names.
//
//   input := 0, request frame without its size
//          | 1, API key u16, version u8, response frame without its size
//
// A frame that is accepted is written again and read as the same frame; bytes after the message are
// the caller's to judge, and are left.

#include "bytes.h"
#include "messages.h"
#include "protocol/frame.h"
#include "protocol/json.h"
#include "protocol/messages/api_versions.h"
#include "protocol/random_message.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

using protocol::Api;

// Texts settle it where a NaN is not equal to itself.
bool same(const protocol::AnyMessage& one, const protocol::AnyMessage& other,
          model::ApiVersion version) {
  return protocol::equal(one, other) ||
         protocol::to_json(one, version) == protocol::to_json(other, version);
}

base::BytesView without_size(base::BytesView frame) {
  ASSERT(frame.size() >= protocol::frame_size_bytes);
  ASSERT(base::load_big_endian<std::int32_t>(frame.data()) ==
         static_cast<std::int32_t>(frame.size() - protocol::frame_size_bytes));
  return frame.subspan(protocol::frame_size_bytes);
}

struct Request {
  protocol::RequestHeader header;
  const Api* api;
  model::ApiVersion version;
  protocol::AnyMessage message;
};

std::optional<Request> read_request(base::BytesView& frame) {
  auto header = protocol::decode_request_header(frame);
  if (!header) return std::nullopt;
  const Api* const api = protocol::find_api(model::ApiKey(header->request_api_key));
  ASSERT(api != nullptr, "a header was accepted for an API that is not there");
  ASSERT(protocol::find_api(api->name) == api, "found as another one by name");
  const model::ApiVersion version(header->request_api_version);
  if (!api->versions.contains(version)) return std::nullopt;
  auto message = protocol::decode(*api->request, frame, version);
  if (!message) return std::nullopt;
  return Request{std::move(*header), api, version, std::move(*message)};
}

void check_request(base::BytesView frame) {
  base::BytesView rest = frame;
  const auto request = read_request(rest);
  if (!request) return;
  const auto written =
      protocol::encode_request_frame(request->header, request->message, request->version);
  ASSERT(written, written ? "" : written.error().detail);
  base::BytesView body = without_size(*written);
  ASSERT(protocol::decode_request_header(body));
  ASSERT(protocol::encode_request_frame(request->header, body) == *written,
         "a body that is written already makes another frame");
  base::BytesView again_rest = without_size(*written);
  ASSERT(again_rest.size() <= frame.size() - rest.size(), "longer than it came");
  const auto again = read_request(again_rest);
  ASSERT(again && again_rest.empty(), "what was written cannot be read");
  if (&again->message.type() == &protocol::ApiVersionsRequest::message_type)
    ASSERT(protocol::equal(again->message.as<protocol::ApiVersionsRequest>(), request->message));
  ASSERT(protocol::equal(again->header, request->header), "another header");
  ASSERT(again->version == request->version &&
             same(again->message, request->message, request->version),
         "another message");
}

void check_response(const Api& api, model::ApiVersion version, base::BytesView frame) {
  const auto header = protocol::decode_response_header(api, version, frame);
  if (!header) return;
  const auto message = protocol::decode(*api.response, frame, version);
  if (!message) return;
  const auto written = protocol::encode_response_frame(model::CorrelationId(header->correlation_id),
                                                       *message, version);
  ASSERT(written, written ? "" : written.error().detail);
  base::BytesView rest = without_size(written->bytes);
  const auto again_header = protocol::decode_response_header(api, version, rest);
  ASSERT(again_header && again_header->correlation_id == header->correlation_id);
  const model::CorrelationId correlation(header->correlation_id);
  ASSERT(protocol::encode_response_frame(correlation, api, version, rest) == written->bytes,
         "a body that is written already makes another frame");
  const auto again = protocol::decode(*api.response, rest, version);
  ASSERT(again && rest.empty(), "what was written cannot be read");
  ASSERT(same(*again, *message, version), "another message");
}

base::Bytes response_input(const Api& api, model::ApiVersion version, base::BytesView frame) {
  base::Bytes input;
  append_u8(input, 1);
  append_u16(input, static_cast<std::uint16_t>(api.key.value()));
  append_u8(input, static_cast<std::uint64_t>(version.value()));
  base::append(input, frame);
  return input;
}

base::Bytes request_input(base::BytesView frame) {
  base::Bytes input(1, std::byte{0});
  base::append(input, frame);
  return input;
}

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  const auto apis = protocol::all_apis();
  const Api& api = apis[prng.below(apis.size())];
  const model::ApiVersion version(
      static_cast<std::int16_t>(prng.between(api.versions.first, api.versions.last)));
  if (prng.chance(1, 4)) {
    const auto message = protocol::random_message(*api.response, prng, version);
    const auto frame = protocol::encode_response_frame(
        model::CorrelationId(static_cast<std::int32_t>(prng.below(100))), message, version);
    ASSERT(frame);
    return response_input(api, version, without_size(frame->bytes));
  }
  const auto message = protocol::random_message(*api.request, prng, version);
  const auto header = protocol::random_message<protocol::RequestHeader>(
      prng, protocol::request_header_version(api, version));
  const auto frame = protocol::encode_request_frame(header, message, version);
  ASSERT(frame);
  return request_input(without_size(*frame));
}

void change_input(base::Bytes& input, base::Prng& prng) {
  base::BytesView rest = input;
  if (input.empty() || input[0] != std::byte{0}) return disturb(input, prng);
  rest = rest.subspan(1);
  auto request = read_request(rest);
  if (!request) return disturb(input, prng);
  protocol::change_one_field(request->message, prng, request->version);
  if (const auto frame =
          protocol::encode_request_frame(request->header, request->message, request->version))
    input = request_input(without_size(*frame));
}

std::vector<base::Bytes> golden_inputs(const std::string& checkout) {
  std::vector<base::Bytes> inputs;
  for (const GoldenFrame& frame : read_golden_frames(checkout))
    inputs.push_back(frame.is_request ? request_input(frame.bytes)
                                      : response_input(*frame.api, frame.version, frame.bytes));
  return inputs;
}

// As of message_fuzz.
std::size_t allocation_bytes_max(std::size_t input_bytes) { return 65'536 + input_bytes * 512; }

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  fuzz::Input input(data, size);
  if (input.u8() == 0) {
    fuzz::check_request(input.rest());
    return 0;
  }
  const protocol::Api* const api =
      protocol::find_api(model::ApiKey(static_cast<std::int16_t>(input.u16())));
  const model::ApiVersion version(input.u8());
  if (api != nullptr && api->versions.contains(version))
    fuzz::check_response(*api, version, input.rest());
  return 0;
}
