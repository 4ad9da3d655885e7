// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// DescribeUserScramCredentials (KIP-554): with which mechanisms, and how many iterations, users may
// show who they are. The credentials themselves never leave the broker.

#include <map>
#include <string>
#include <utility>

#include "broker/handlers.h"
#include "controller/znode_paths.h"
#include "protocol/messages/describe_user_scram_credentials.h"
#include "security/scram_credential.h"

namespace gregor::broker {

namespace {

using controller::QuotaEntity;
using model::ErrorCode;
using protocol::DescribeUserScramCredentialsRequest;
using protocol::DescribeUserScramCredentialsResponse;
using DescribedUser = DescribeUserScramCredentialsResponse::DescribeUserScramCredentialsResult;

DescribedUser nothing_about(const std::string& user, ErrorCode code, std::string why) {
  DescribedUser out;
  out.user = user;
  out.error_code = code;
  out.error_message = std::move(why);
  return out;
}

// Without credentials: no infos.
DescribedUser describe(const std::string& user, const controller::Configs& configs) {
  DescribedUser out;
  out.user = user;
  for (const security::ScramMechanism mechanism : security::scram_mechanisms) {
    const auto kept = configs.find(std::string(name_of(mechanism)));
    if (kept == configs.end()) continue;
    const auto credential = security::scram_credential_of(kept->second);
    if (!credential)
      return nothing_about(user, ErrorCode::unknown_server_error,
                           "The user's " + std::string(name_of(mechanism)) + " is damaged");
    auto& info = out.credential_infos.emplace_back();
    info.mechanism = static_cast<std::int8_t>(mechanism);
    info.iterations = credential->iterations;
  }
  return out;
}

DescribedUser describe_named(const controller::Image& image, const std::string& user, int times) {
  if (user.empty())
    return nothing_about(user, ErrorCode::resource_not_found, "Username must not be empty");
  if (times > 1)
    return nothing_about(
        user, ErrorCode::duplicate_resource,
        "Cannot describe SCRAM credentials for the same user twice in a single request: " + user);
  const QuotaEntity entity{.user = controller::znode::sanitized(user)};
  DescribedUser out = describe(user, image.configs_of(entity));
  if (out.credential_infos.empty() && out.error_code == ErrorCode::none)
    return nothing_about(user, ErrorCode::resource_not_found,
                         "Attempt to describe a user credential that does not exist: " + user);
  return out;
}

bool is_user(const QuotaEntity& entity) {
  return !entity.user.empty() && entity.client_id.empty() &&
         entity.user != controller::znode::default_entity;
}

std::map<std::string, DescribedUser> describe_all(const controller::Image& image) {
  std::map<std::string, DescribedUser> out;
  for (const auto& [resource, configs] : image.configs) {
    const auto* entity = std::get_if<QuotaEntity>(&resource);
    if (entity == nullptr || !is_user(*entity)) continue;
    const std::string user = controller::znode::desanitized(entity->user).value_or(entity->user);
    DescribedUser one = describe(user, *configs);
    if (!one.credential_infos.empty() || one.error_code != ErrorCode::none)
      out.emplace(user, std::move(one));
  }
  return out;
}

}  // namespace

void on_describe_user_scram_credentials(ShardState& shard, const Request& request) {
  const auto body = take_body<DescribeUserScramCredentialsRequest>(shard, request);
  if (!body) return;
  DescribeUserScramCredentialsResponse response;
  const controller::Image& image = shard.image->metadata;
  if (!body->users || body->users->empty()) {
    for (auto& [user, described] : describe_all(image))
      response.results.push_back(std::move(described));
    return shard.reply(request.head, response);
  }
  std::map<std::string, int> times;
  for (const auto& user : *body->users) ++times[user.name];
  for (const auto& user : *body->users)
    if (const int asked = std::exchange(times[user.name], 0); asked > 0)
      response.results.push_back(describe_named(image, user.name, asked));
  shard.reply(request.head, response);
}

}  // namespace gregor::broker
