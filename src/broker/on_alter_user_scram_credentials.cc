// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// AlterUserScramCredentials (KIP-554), on shard 0: what is kept of users' passwords is set and
// removed, beside their quotas. All that is asked for one user is done, or nothing of it.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ranges.h"
#include "broker/alter_and_reply.h"
#include "broker/handlers.h"
#include "controller/znode_paths.h"
#include "protocol/messages/alter_user_scram_credentials.h"
#include "security/scram_credential.h"

namespace gregor::broker {

namespace {

using controller::ConfigEdit;
using controller::ConfigOperation;
using model::ErrorCode;
using model::fail;
using protocol::AlterUserScramCredentialsRequest;
using protocol::AlterUserScramCredentialsResponse;
using Edits = std::vector<ConfigEdit>;

model::Result<security::ScramMechanism> mechanism_of(const std::string& user, std::int8_t number) {
  if (user.empty()) return fail(ErrorCode::unacceptable_credential, "Username must not be empty");
  if (const auto mechanism = security::scram_mechanism_of(number)) return *mechanism;
  return fail(ErrorCode::unsupported_sasl_mechanism, "Unknown SCRAM mechanism");
}

model::Result<ConfigEdit> edit_for(
    const AlterUserScramCredentialsRequest::ScramCredentialDeletion& deletion) {
  const auto mechanism = mechanism_of(deletion.name, deletion.mechanism);
  if (!mechanism) return fail(mechanism.error());
  return ConfigEdit{std::string(name_of(*mechanism)), ConfigOperation::remove_existing, {}, {}};
}

model::Result<ConfigEdit> edit_for(
    const AlterUserScramCredentialsRequest::ScramCredentialUpsertion& wanted) {
  const auto mechanism = mechanism_of(wanted.name, wanted.mechanism);
  if (!mechanism) return fail(mechanism.error());
  const auto refused = [](std::string why) {
    return fail(ErrorCode::unacceptable_credential, std::move(why));
  };
  if (wanted.iterations < security::scram_iterations_min) return refused("Too few iterations");
  if (wanted.iterations > security::scram_iterations_max) return refused("Too many iterations");
  if (wanted.salted_password.empty()) return refused("The salted password must not be empty");
  if (wanted.salt.size() > security::scram_salt_bytes_max)
    return refused("The salt must not be longer than " +
                   std::to_string(security::scram_salt_bytes_max) + " bytes");
  const auto credential = security::scram_credential(*mechanism, wanted.salt,
                                                     wanted.salted_password, wanted.iterations);
  return ConfigEdit{
      std::string(name_of(*mechanism)), ConfigOperation::set, to_text(credential), {}};
}

// What is to be done for each user, by name. The first thing that is wrong is what the user hears.
std::map<std::string, model::Result<Edits>> judge(const AlterUserScramCredentialsRequest& request) {
  std::map<std::string, model::Result<Edits>> out;
  const auto add = [&](const auto& wanted) {
    model::Result<Edits>& edits = out.try_emplace(wanted.name).first->second;
    if (!edits) return;
    auto edit = edit_for(wanted);
    if (!edit)
      edits = fail(edit.error());
    else if (base::contains(*edits, edit->key, &ConfigEdit::key))
      edits = fail(ErrorCode::duplicate_resource,
                   "A user credential cannot be altered twice in the same request");
    else
      edits->push_back(std::move(*edit));
  };
  for (const auto& deletion : request.deletions) add(deletion);
  for (const auto& upsertion : request.upsertions) add(upsertion);
  return out;
}

void put(const model::Error& error,
         AlterUserScramCredentialsResponse::AlterUserScramCredentialsResult& to) {
  to.error_code = error.code;
  to.error_message = error.code == ErrorCode::resource_not_found
                         ? "Attempt to delete a user credential that does not exist"
                         : error.detail;
}

}  // namespace

void on_alter_user_scram_credentials(ShardState& shard, const Request& request) {
  const auto body = take_body<AlterUserScramCredentialsRequest>(shard, request);
  if (!body) return;
  controller::AlterConfigs command;
  AlterUserScramCredentialsResponse response;
  std::vector<std::size_t> asked;  // the result of each resource of the command
  for (auto& [user, edits] : judge(*body)) {
    auto& result = response.results.emplace_back();
    result.user = user;
    result.error_message.reset();
    if (!edits) {
      put(edits.error(), result);
      continue;
    }
    asked.push_back(response.results.size() - 1);
    command.resources.push_back(
        {.resource = controller::QuotaEntity{.user = controller::znode::sanitized(user)},
         .whole = false,
         .edits = std::move(*edits)});
  }
  alter_and_reply(shard, request.head, std::move(command), std::move(response),
                  [asked = std::move(asked)](AlterUserScramCredentialsResponse& late,
                                             std::size_t at, const model::Error& error) {
                    put(error, late.results.at(asked.at(at)));
                  });
}

}  // namespace gregor::broker
