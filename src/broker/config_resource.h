// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The things that have settings, as requests name them: a type and a text.
#pragma once

#include <cstdint>
#include <string>

#include "broker/shard_state.h"
#include "controller/image.h"
#include "model/result.h"

namespace gregor::broker {

// With the numbers of the protocol.
inline constexpr std::int8_t topic_resource = 2;
inline constexpr std::int8_t broker_resource = 4;
inline constexpr std::int8_t logger_resource = 8;
inline constexpr std::int8_t client_metrics_resource = 16;
inline constexpr std::int8_t group_resource = 32;

// The topic, which must exist, the broker that was asked, or (a broker resource without a name) all
// brokers. Errors are Kafka's: unknown_topic_or_partition, invalid_topic_exception,
// invalid_request.
model::Result<controller::ConfigResource> find_resource(model::BrokerId asked,
                                                        const controller::Image& image,
                                                        std::int8_t type, const std::string& name);

// Whether `name` is the id of the broker that was asked; invalid_request if not.
model::Result<> check_names_broker(model::BrokerId asked, const std::string& name);

}  // namespace gregor::broker
