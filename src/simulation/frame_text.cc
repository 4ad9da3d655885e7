// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/frame_text.h"

#include <fmt/format.h>

#include "protocol/frame.h"
#include "protocol/json.h"

namespace gregor::simulation {
namespace {

constexpr std::size_t string_max = 40;
constexpr std::size_t text_max = 700;

std::string body_of(const protocol::MessageType& type, base::BytesView body,
                    model::ApiVersion version) {
  const auto message = protocol::decode(type, body, version);
  if (!message) return "cannot be read: " + message.error().detail;
  return abridged(protocol::to_json(*message, version));
}

}  // namespace

std::string abridged(const std::string& json) {
  std::string out;
  for (std::size_t at = 0; at < json.size() && out.size() < text_max;) {
    if (json[at] != '"') {
      out += json[at++];
      continue;
    }
    std::size_t end = at + 1;
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2U : 1U;
    end = std::min(end + 1, json.size());
    if (end - at <= string_max + 2)
      out.append(json, at, end - at);
    else
      out += fmt::format("{}… ({} characters)\"", json.substr(at, string_max / 2), end - at - 2);
    at = end;
  }
  return out.size() < text_max ? out : out.substr(0, text_max) + "…";
}

std::optional<RequestText> describe_request(base::BytesView frame) {
  const auto header = protocol::decode_request_header(frame);
  if (!header) return std::nullopt;
  const protocol::Api* const api = protocol::find_api(model::ApiKey(header->request_api_key));
  if (api == nullptr) return std::nullopt;
  const model::ApiVersion version(header->request_api_version);
  return RequestText{.name = fmt::format("{} v{}", api->name, version.value()),
                     .api = header->request_api_key,
                     .version = version.value(),
                     .correlation = header->correlation_id,
                     .body = body_of(*api->request, frame, version)};
}

std::string describe_response(std::int16_t api, std::int16_t version, base::BytesView frame) {
  const protocol::Api* const of = protocol::find_api(model::ApiKey(api));
  const model::ApiVersion as(version);
  if (of == nullptr || !protocol::decode_response_header(*of, as, frame)) return "cannot be read";
  return body_of(*of->response, frame, as);
}

}  // namespace gregor::simulation
