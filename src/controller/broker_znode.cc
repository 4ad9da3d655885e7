// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A broker's registration: the payload with the longest past.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/parse_number.h"
#include "controller/payload.h"
#include "controller/znodes.h"

namespace gregor::controller::znode {

namespace {

constexpr std::string_view plaintext = "PLAINTEXT";

// "h:9092"; an IPv6 address is bracketed: "[::1]:9092".
std::string host_and_port(const Endpoint& endpoint) {
  return endpoint.host.find(':') == std::string::npos
             ? fmt::format("{}:{}", endpoint.host, endpoint.port)
             : fmt::format("[{}]:{}", endpoint.host, endpoint.port);
}

// "INTERNAL://h:9092"; the protocol is known to the map of listeners only.
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  constexpr std::string_view separator = "://";
  const std::size_t scheme = text.find(separator);
  const std::size_t colon = text.rfind(':');
  if (scheme == std::string_view::npos || scheme == 0 || colon < scheme + separator.size())
    return std::nullopt;
  Endpoint out;
  out.listener = text.substr(0, scheme);
  out.security_protocol = out.listener;
  std::string_view host = text.substr(scheme + separator.size());
  host = host.substr(0, colon - scheme - separator.size());
  if (host.size() >= 2 && host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  out.host = host;
  out.port = base::parse_number<std::int32_t>(text.substr(colon + 1)).value_or(-2);
  if (out.port < -1 || out.port > 65535) return std::nullopt;
  return out;
}

std::string features_text(const std::map<std::string, VersionRange>& features) {
  std::string out;
  for (const auto& [name, range] : features)
    out += fmt::format(R"({}{}:{{"min_version":{},"max_version":{}}})", out.empty() ? "" : ",",
                       json_text(name), range.min, range.max);
  return "{" + out + "}";
}

void read_endpoints(PayloadReader& reader, BrokerRegistration& out) {
  if (out.version < 2) {
    out.endpoints = {{.listener = std::string(plaintext),
                      .security_protocol = std::string(plaintext),
                      .host = reader.text("host"),
                      .port = reader.int32("port")}};
    return;
  }
  const auto protocols = reader.members("listener_security_protocol_map");
  for (const PayloadReader::Json* value : reader.elements("endpoints")) {
    const std::string text = reader.text(*value);
    auto endpoint = parse_endpoint(text);
    if (!endpoint) {
      reader.fault(fmt::format("'{}' is no endpoint", text));
      return;
    }
    for (const auto& [listener, protocol] : protocols)
      if (listener == endpoint->listener) endpoint->security_protocol = reader.text(*protocol);
    out.endpoints.push_back(std::move(*endpoint));
  }
}

}  // namespace

std::string encode(const BrokerRegistration& registration) {
  std::string protocols, endpoints;
  for (const Endpoint& endpoint : registration.endpoints) {
    const char* comma = protocols.empty() ? "" : ",";
    protocols += fmt::format("{}{}:{}", comma, json_text(endpoint.listener),
                             json_text(endpoint.security_protocol));
    endpoints +=
        fmt::format("{}{}", comma, json_text(endpoint.listener + "://" + host_and_port(endpoint)));
  }
  const auto old =
      std::ranges::find(registration.endpoints, plaintext, &Endpoint::security_protocol);
  const bool has_old = old != registration.endpoints.end();
  return fmt::format(
      R"({{{}"listener_security_protocol_map":{{{}}},"endpoints":[{}],{}"jmx_port":{},"port":{},)"
      R"("host":{},"version":{},"timestamp":"{}"{}}})",
      registration.version >= 5
          ? fmt::format(R"("features":{},)", features_text(registration.features))
          : "",
      protocols, endpoints,
      registration.rack ? fmt::format(R"("rack":{},)", json_text(*registration.rack)) : "",
      registration.jmx_port, has_old ? old->port : -1, has_old ? json_text(old->host) : "null",
      registration.version, registration.timestamp.value(),
      registration.unclean_shutdown ? R"(,"unclean_shutdown":true)" : "");
}

model::Result<BrokerRegistration> decode_broker(std::string_view payload) {
  PayloadReader reader("broker registration", payload);
  BrokerRegistration out;
  out.version = reader.int32("version");
  if (out.version < 1) reader.fault("version below 1");
  if (reader.has("jmx_port")) out.jmx_port = reader.int32("jmx_port");
  out.timestamp = model::Timestamp(reader.has("timestamp") ? reader.quoted_number("timestamp")
                                                           : model::no_timestamp.value());
  if (reader.has("rack")) out.rack = reader.text("rack");
  read_endpoints(reader, out);
  if (reader.has("unclean_shutdown")) out.unclean_shutdown = reader.boolean("unclean_shutdown");
  for (const auto& [name, range] : reader.members("features"))
    out.features.emplace(name, VersionRange{reader.int32(*range, "min_version"),
                                            reader.int32(*range, "max_version")});
  return reader.result(std::move(out));
}

}  // namespace gregor::controller::znode
