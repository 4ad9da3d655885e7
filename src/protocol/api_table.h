// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Kafka's APIs: keys, names and versions. The keys as constants are in protocol/api_keys.h.
#pragma once

#include <span>
#include <string_view>

#include "protocol/values.h"

namespace gregor::protocol {

struct Api {
  model::ApiKey key;
  std::string_view name;  // as Kafka spells it: "ListOffsets"
  Versions versions;      // that this library reads and writes, of the request and of the response
  Versions flexible;      // of these, the ones in the compact form
  Versions kafka41;       // what Kafka 4.1 serves; empty: the API is gone
  Versions kafka39;       // what Kafka 3.9 serves; empty: the API is newer
  bool newest_unstable;   // Kafka 4.1 hides its newest version unless told otherwise
  bool on_broker;         // served on a broker's listeners (else only on controllers')
  const MessageType* request;
  const MessageType* response;
};

// In the order of their keys, which have gaps.
std::span<const Api> all_apis();

// nullptr if there is none.
const Api* find_api(model::ApiKey key);
const Api* find_api(std::string_view name);

// The versions that a Kafka 4.1 broker lists in ApiVersions; empty if it does not list the API.
Versions kafka41_advertised(const Api& api);

// Of the header before a request or response of this version.
model::ApiVersion request_header_version(const Api& api, model::ApiVersion version);
model::ApiVersion response_header_version(const Api& api, model::ApiVersion version);

}  // namespace gregor::protocol
