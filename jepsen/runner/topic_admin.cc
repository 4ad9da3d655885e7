// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/topic_admin.h"

#include <fmt/format.h>

#include "base/parse_number.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/describe_configs.h"
#include "protocol/messages/incremental_alter_configs.h"

namespace gregor::jepsen {

using model::ErrorCode;

namespace {

// A setting that any number from 0 on fits, and that changes nothing for topics that are not
// compacted.
constexpr const char* register_config = "delete.retention.ms";
constexpr std::int8_t topic_resource = 2;
constexpr std::int8_t set_operation = 0;

// The request was looked at and refused, before anything was done.
bool is_refusal(ErrorCode code) {
  switch (code) {
    case ErrorCode::topic_already_exists:
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::not_controller:
    case ErrorCode::invalid_replication_factor:
    case ErrorCode::invalid_config:
    case ErrorCode::invalid_request:
    case ErrorCode::policy_violation:
    case ErrorCode::throttling_quota_exceeded:
      return true;
    default:
      return false;
  }
}

std::unexpected<Failure> admin_refused(ErrorCode code) {
  return std::unexpected(Failure{is_refusal(code), code, model::name_of(code)});
}

}  // namespace

Attempt<protocol::AnyMessage> TopicAdmin::ask_controller(protocol::MessageView request,
                                                         protocol::Versions usable) {
  const auto metadata = client_.metadata({});
  if (!metadata) return std::unexpected(metadata.error());
  if (metadata->controller_id < 0)
    return std::unexpected(Failure{true, ErrorCode::not_controller, "the controller is not known"});
  return client_.ask(metadata->controller_id, request, usable);
}

Attempt<model::Uuid> TopicAdmin::create(const std::string& topic, std::int64_t value) {
  protocol::CreateTopicsRequest request;
  request.timeout_ms = static_cast<std::int32_t>(settings_.timeout.count() * 3 / 4);
  auto& wanted = request.topics.emplace_back();
  wanted.name = topic;
  wanted.num_partitions = 1;
  wanted.replication_factor = replicas_;
  wanted.configs.push_back({.name = register_config, .value = std::to_string(value)});
  const auto answer = ask_controller(request, {7, 7});
  if (!answer) return std::unexpected(answer.error());
  const auto& result = answer->as<protocol::CreateTopicsResponse>().topics.at(0);
  if (result.error_code != ErrorCode::none) return admin_refused(result.error_code);
  return result.topic_id;
}

Attempt<> TopicAdmin::remove(const std::string& topic) {
  protocol::DeleteTopicsRequest request;
  request.topic_names = {topic};
  request.timeout_ms = static_cast<std::int32_t>(settings_.timeout.count() * 3 / 4);
  const auto answer = ask_controller(request, {1, 5});
  if (!answer) return std::unexpected(answer.error());
  const auto& result = answer->as<protocol::DeleteTopicsResponse>().responses.at(0);
  if (result.error_code != ErrorCode::none) return admin_refused(result.error_code);
  return {};
}

Attempt<> TopicAdmin::set_value(const std::string& topic, std::int64_t value) {
  protocol::IncrementalAlterConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = topic_resource;
  resource.resource_name = topic;
  resource.configs.push_back(
      {.name = register_config, .config_operation = set_operation, .value = std::to_string(value)});
  const auto answer = ask_controller(request, {0, 1});
  if (!answer) return std::unexpected(answer.error());
  const auto& result = answer->as<protocol::IncrementalAlterConfigsResponse>().responses.at(0);
  if (result.error_code != ErrorCode::none) return admin_refused(result.error_code);
  return {};
}

Attempt<std::optional<std::int64_t>> TopicAdmin::value(const std::string& topic) {
  const auto failed = [](Failure why) {
    why.certain = true;  // nothing was to be changed
    return std::unexpected(std::move(why));
  };
  protocol::DescribeConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = topic_resource;
  resource.resource_name = topic;
  resource.configuration_keys = {register_config};
  const auto answer = ask_controller(request, {1, 4});
  if (!answer) return failed(answer.error());
  const auto& result = answer->as<protocol::DescribeConfigsResponse>().results.at(0);
  if (result.error_code == ErrorCode::unknown_topic_or_partition) return std::nullopt;
  if (result.error_code != ErrorCode::none) return failed(admin_refused(result.error_code).error());
  const auto number = base::parse_number<std::int64_t>(result.configs.at(0).value.value_or(""));
  if (!number) return failed({true, ErrorCode::invalid_config, "its value is no number"});
  return *number;
}

}  // namespace gregor::jepsen
