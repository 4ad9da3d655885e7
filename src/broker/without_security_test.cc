// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What needs an authorizer, SASL or feature levels is answered as by a broker that has none of
// them.

#include <gtest/gtest.h>

#include "broker/testing/requests.h"
#include "protocol/messages/create_acls.h"
#include "protocol/messages/create_delegation_token.h"
#include "protocol/messages/delete_acls.h"
#include "protocol/messages/describe_acls.h"
#include "protocol/messages/describe_delegation_token.h"
#include "protocol/messages/expire_delegation_token.h"
#include "protocol/messages/renew_delegation_token.h"
#include "protocol/messages/sasl_authenticate.h"
#include "protocol/messages/sasl_handshake.h"
#include "protocol/messages/update_features.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;

TEST(WithoutSecurity, NobodyLogsIn) {
  TestNode node;
  EXPECT_EQ(node.call<SaslHandshakeResponse>(SaslHandshakeRequest{}, 1).error_code,
            ErrorCode::illegal_sasl_state);
  EXPECT_EQ(node.call<SaslAuthenticateResponse>(SaslAuthenticateRequest{}, 2).error_code,
            ErrorCode::illegal_sasl_state);
}

TEST(WithoutSecurity, ThereAreNoAclsAndEachPartHearsSo) {
  TestNode node;
  EXPECT_EQ(node.call<DescribeAclsResponse>(DescribeAclsRequest{}, 3).error_code,
            ErrorCode::security_disabled);
  CreateAclsRequest create;
  create.creations.resize(2);
  const auto created = node.call<CreateAclsResponse>(create, 3).results;
  ASSERT_EQ(created.size(), 2U);
  EXPECT_EQ(created[1].error_code, ErrorCode::security_disabled);
  DeleteAclsRequest remove;
  remove.filters.resize(3);
  const auto removed = node.call<DeleteAclsResponse>(remove, 3).filter_results;
  ASSERT_EQ(removed.size(), 3U);
  EXPECT_EQ(removed[2].error_code, ErrorCode::security_disabled);
}

TEST(WithoutSecurity, ThereAreNoTokens) {
  TestNode node;
  constexpr auto refused = ErrorCode::delegation_token_request_not_allowed;
  CreateDelegationTokenRequest create;
  for (const int version : {1, 2})
    EXPECT_EQ(node.call<CreateDelegationTokenResponse>(create, version).error_code, refused);
  create.owner_principal_type.reset();
  create.owner_principal_name.reset();
  const auto created = node.call<CreateDelegationTokenResponse>(create, 3);
  EXPECT_EQ(created.error_code, refused);
  EXPECT_EQ(created.principal_name, "ANONYMOUS");
  EXPECT_EQ(node.call<RenewDelegationTokenResponse>(RenewDelegationTokenRequest{}, 2).error_code,
            refused);
  EXPECT_EQ(node.call<ExpireDelegationTokenResponse>(ExpireDelegationTokenRequest{}, 2).error_code,
            refused);
  EXPECT_EQ(
      node.call<DescribeDelegationTokenResponse>(DescribeDelegationTokenRequest{}, 3).error_code,
      refused);
}

TEST(WithoutFeatures, NoneCanBeChanged) {
  TestNode node;
  UpdateFeaturesRequest request;
  EXPECT_EQ(node.call<UpdateFeaturesResponse>(request, 2).error_code, ErrorCode::none);
  request.feature_updates.emplace_back().feature = "metadata.version";
  const auto refused = node.call<UpdateFeaturesResponse>(request, 2);
  EXPECT_EQ(refused.error_code, ErrorCode::invalid_update_version);
  EXPECT_TRUE(refused.error_message);
}

}  // namespace
}  // namespace gregor::broker
