// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeCluster: who is in the cluster, for tools that need no topics.

#include <fmt/format.h>

#include "broker/handlers.h"
#include "broker/metadata_answer.h"
#include "protocol/messages/describe_cluster.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;
using protocol::DescribeClusterRequest;
using protocol::DescribeClusterResponse;

constexpr std::int8_t brokers_endpoint = 1;
constexpr std::int8_t controllers_endpoint = 2;

DescribeClusterResponse refuse(std::int8_t endpoint) {
  DescribeClusterResponse response;
  const bool known = endpoint == controllers_endpoint;
  response.error_code =
      known ? ErrorCode::mismatched_endpoint_type : ErrorCode::unsupported_endpoint_type;
  response.error_message =
      known ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of "
              "type CONTROLLER"
            : fmt::format("Unsupported endpoint type {}", endpoint);
  return response;
}

}  // namespace

void on_describe_cluster(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeClusterRequest>(shard, request);
  if (!body) return;
  if (body->endpoint_type != brokers_endpoint) {
    shard.reply(request.head, refuse(body->endpoint_type));
    return;
  }
  const controller::Image& image = shard.image->metadata;
  DescribeClusterResponse response;
  response.cluster_id = image.cluster_id;
  response.controller_id = image.controller.value();
  for (const auto& broker : describe_brokers(shard, request.client))
    response.brokers.push_back({.broker_id = broker.node_id,
                                .host = broker.host,
                                .port = broker.port,
                                .rack = broker.rack,
                                .is_fenced = false,
                                .unknown_tags = {}});
  if (body->include_cluster_authorized_operations)
    response.cluster_authorized_operations = cluster_operations;
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
