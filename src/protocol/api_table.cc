// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "protocol/api_table.h"

#include <algorithm>

#include "protocol/api_keys.h"

namespace gregor::protocol {

const Api* find_api(model::ApiKey key) {
  const auto found = std::ranges::lower_bound(all_apis(), key, {}, &Api::key);
  return found == all_apis().end() || found->key != key ? nullptr : &*found;
}

const Api* find_api(std::string_view name) {
  const auto found = std::ranges::find(all_apis(), name, &Api::name);
  return found == all_apis().end() ? nullptr : &*found;
}

Versions kafka41_advertised(const Api& api) {
  if (!api.on_broker) return {};
  Versions versions = api.kafka41;
  if (api.newest_unstable) --versions.last;
  // Kafka refuses Produce 0-2 and yet lists them: librdkafka before 2.8 takes a higher minimum as a
  // broker without compression.
  if (api.key == api_key::produce) versions.first = 0;
  return versions;
}

model::ApiVersion request_header_version(const Api& api, model::ApiVersion version) {
  if (api.key == api_key::controlled_shutdown && version == model::ApiVersion{0})
    return model::ApiVersion{0};
  return api.flexible.contains(version) ? model::ApiVersion{2} : model::ApiVersion{1};
}

model::ApiVersion response_header_version(const Api& api, model::ApiVersion version) {
  // A client that asked for an unknown version must be able to read the answer.
  if (api.key == api_key::api_versions) return model::ApiVersion{0};
  return api.flexible.contains(version) ? model::ApiVersion{1} : model::ApiVersion{0};
}

}  // namespace gregor::protocol
