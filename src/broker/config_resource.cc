// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/config_resource.h"

#include <fmt/format.h>

#include "base/parse_number.h"
#include "model/topic_name.h"

namespace gregor::broker {

using model::ErrorCode;
using model::fail;
using Found = model::Result<controller::ConfigResource>;

namespace {

Found find_topic(const controller::Image& image, const std::string& name) {
  if (const auto checked = model::check_topic_name(name); !checked) return fail(checked.error());
  if (image.topic(name) == nullptr)
    return fail(ErrorCode::unknown_topic_or_partition,
                fmt::format("The topic '{}' does not exist.", name));
  return controller::TopicName{name};
}

Found find_broker(model::BrokerId asked, const std::string& name) {
  if (name.empty()) return controller::DefaultBroker{};
  if (const auto checked = check_names_broker(asked, name); !checked) return fail(checked.error());
  return asked;
}

}  // namespace

model::Result<> check_names_broker(model::BrokerId asked, const std::string& name) {
  const auto id = base::parse_number<std::int32_t>(name);
  if (!id)
    return fail(ErrorCode::invalid_request,
                fmt::format("Broker id must be an integer, but it is: {}", name));
  if (model::BrokerId(*id) != asked)
    return fail(
        ErrorCode::invalid_request,
        fmt::format("Unexpected broker id, expected {}, but received {}", asked.value(), name));
  return {};
}

Found find_resource(model::BrokerId asked, const controller::Image& image, std::int8_t type,
                    const std::string& name) {
  if (type == topic_resource) return find_topic(image, name);
  if (type == broker_resource) return find_broker(asked, name);
  if (type == client_metrics_resource || type == group_resource)
    return fail(ErrorCode::invalid_request,
                "Settings of single groups and of client metrics cannot be stored: the "
                "coordination tree of ZooKeeper mode has no place for them.");
  return fail(ErrorCode::invalid_request, fmt::format("Unsupported resource type: {}", type));
}

}  // namespace gregor::broker
