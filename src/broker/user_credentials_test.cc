// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// SCRAM credentials of users at a whole node: kept beside quotas in the coordination tree, told
// without their secrets, removed; all of a user's changes or none.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/testing/requests.h"
#include "broker/testing/test_cluster.h"
#include "protocol/messages/alter_client_quotas.h"
#include "protocol/messages/alter_user_scram_credentials.h"
#include "protocol/messages/describe_client_quotas.h"
#include "protocol/messages/describe_user_scram_credentials.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;
using Alter = AlterUserScramCredentialsRequest;
using Upsertion = Alter::ScramCredentialUpsertion;
using Deletion = Alter::ScramCredentialDeletion;
using Texts = std::vector<std::string>;

constexpr std::int8_t sha_256 = 1;
constexpr std::int8_t sha_512 = 2;

Upsertion put(const std::string& user, std::int8_t mechanism = sha_256,
              std::int32_t iterations = 4096, std::string_view salt = "salt") {
  return {user,
          mechanism,
          iterations,
          base::to_bytes(base::as_bytes(salt)),
          base::to_bytes(base::as_bytes("salted password")),
          {}};
}
Deletion drop(const std::string& user, std::int8_t mechanism = sha_256) {
  return {user, mechanism, {}};
}

// "user 93": what each user hears.
Texts alter(TestNode& node, std::vector<Deletion> deletions, std::vector<Upsertion> upsertions) {
  const Alter request{std::move(deletions), std::move(upsertions), {}};
  Texts out;
  for (const auto& result : node.call<AlterUserScramCredentialsResponse>(request, 0).results) {
    EXPECT_EQ(result.error_message.has_value(), result.error_code != ErrorCode::none);
    out.push_back(fmt::format("{} {}", result.user, static_cast<int>(result.error_code)));
  }
  return out;
}

// "user 1:4096 2:8192" or "user error 91"; without names: all users.
Texts told(TestNode& node, std::optional<Texts> users = std::nullopt) {
  DescribeUserScramCredentialsRequest request;
  request.users.reset();
  if (users) {
    request.users.emplace();
    for (const auto& user : *users) request.users->push_back({user, {}});
  }
  const auto answer = node.call<DescribeUserScramCredentialsResponse>(request, 0);
  EXPECT_EQ(answer.error_code, ErrorCode::none);
  Texts out;
  for (const auto& result : answer.results) {
    out.push_back(result.user);
    if (result.error_code != ErrorCode::none)
      out.back() += fmt::format(" error {}", static_cast<int>(result.error_code));
    for (const auto& info : result.credential_infos)
      out.back() += fmt::format(" {}:{}", info.mechanism, info.iterations);
  }
  return out;
}

std::string data_at(TestNode& node, const std::string& path) {
  const auto found = node.tree().znodes().find(path);
  return found == node.tree().znodes().end() ? "nothing" : found->second.data;
}

class UserCredentials : public testing::TestWithParam<std::uint32_t> {
 protected:
  TestNode node_{{.shards = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Shards, UserCredentials, testing::Values(1U, 3U));

TEST_P(UserCredentials, AreKeptAsKafkaKeepsThemAndOutliveARestart) {
  EXPECT_EQ(alter(node_, {}, {put("b"), put("a b/c"), put("a b/c", sha_512, 16384)}),
            (Texts{"a b/c 0", "b 0"}));
  const Texts all{"a b/c 1:4096 2:16384", "b 1:4096"};
  EXPECT_EQ(told(node_), all);
  EXPECT_EQ(told(node_, Texts{}), all);
  EXPECT_EQ(told(node_, Texts{"b"}), Texts{all[1]});
  EXPECT_TRUE(
      data_at(node_, "/config/users/b")
          .starts_with(R"({"version":1,"config":{"SCRAM-SHA-256":"salt=c2FsdA==,stored_key=)"))
      << data_at(node_, "/config/users/b");

  ASSERT_TRUE(node_.stop());
  TestNode again({.shards = GetParam()}, std::move(node_).take_world());
  EXPECT_EQ(told(again), all);
  EXPECT_EQ(alter(again, {drop("a b/c", sha_512)}, {put("b", sha_256, 5000)}),
            (Texts{"a b/c 0", "b 0"}));
  EXPECT_EQ(told(again), (Texts{"a b/c 1:4096", "b 1:5000"}));
  EXPECT_EQ(alter(again, {drop("b")}, {}), Texts{"b 0"});
  EXPECT_EQ(data_at(again, "/config/users/b"), "nothing");
}

// One znode for both: whoever changes one keeps the other.
TEST_P(UserCredentials, LieBesideTheUsersQuotas) {
  const auto quota = [&](bool remove) {
    AlterClientQuotasRequest request;
    request.entries.push_back(
        {{{"user", "u", {}}}, {{"producer_byte_rate", 1024, remove, {}}}, {}});
    EXPECT_EQ(node_.call<AlterClientQuotasResponse>(request, 1).entries.at(0).error_code,
              ErrorCode::none);
  };
  const auto values = [&] {
    const auto answer = node_.call<DescribeClientQuotasResponse>(DescribeClientQuotasRequest{}, 1);
    return answer.entries->empty() ? 0 : answer.entries->at(0).values.size();
  };
  EXPECT_EQ(alter(node_, {}, {put("u")}), Texts{"u 0"});
  EXPECT_EQ(values(), 0U);
  quota(false);
  EXPECT_EQ(values(), 1U);
  EXPECT_EQ(told(node_), Texts{"u 1:4096"});
  EXPECT_EQ(alter(node_, {drop("u")}, {}), Texts{"u 0"});
  EXPECT_EQ(told(node_), Texts{});
  EXPECT_EQ(values(), 1U);
  EXPECT_EQ(alter(node_, {}, {put("u")}), Texts{"u 0"});
  quota(true);
  EXPECT_EQ(told(node_), Texts{"u 1:4096"});
  EXPECT_EQ(alter(node_, {drop("u")}, {}), Texts{"u 0"});
  EXPECT_EQ(data_at(node_, "/config/users/u"), "nothing");
}

TEST_P(UserCredentials, WhatIsWrongForAUserKeepsNothingFromOthers) {
  EXPECT_EQ(alter(node_, {}, {put("there")}), Texts{"there 0"});
  const std::string long_salt(1025, 's');
  const std::string long_name(5000, 'n');
  EXPECT_EQ(
      alter(node_,
            {drop("absent"), drop("unknown", 3), drop("twice_dropped", sha_512),
             drop("twice_dropped", sha_512), drop("there"), drop("none", 0)},
            {put("", sha_256), put("few", sha_256, 4095), put("many", sha_512, 16385), put("twice"),
             put("twice", sha_256, 5000), put("good"), put("there", sha_512), put("good_first"),
             put("good_first", 9), put("salty", sha_256, 4096, long_salt)}),
      (Texts{" 93", "absent 91", "few 93", "good 0", "good_first 33", "many 93", "none 33",
             "salty 93", "there 0", "twice 92", "twice_dropped 92", "unknown 33"}));
  EXPECT_EQ(told(node_), (Texts{"good 1:4096", "there 2:4096"}));
  EXPECT_EQ(alter(node_, {}, {put(long_name)}), Texts{long_name + " 44"});
  EXPECT_EQ(told(node_, Texts{"absent", "good", "", "there", "there", "good_first"}),
            (Texts{"absent error 91", "good 1:4096", " error 91", "there error 92",
                   "good_first error 91"}));
  // All or nothing of what is asked for one user.
  EXPECT_EQ(alter(node_, {drop("good", sha_512)}, {put("good", sha_256, 9999)}), Texts{"good 91"});
  EXPECT_EQ(told(node_, Texts{"good"}), Texts{"good 1:4096"});
}

TEST_P(UserCredentials, ADamagedOneIsSaidToBe) {
  EXPECT_EQ(alter(node_, {}, {put("u"), put("v")}).size(), 2U);
  ASSERT_TRUE(node_.stop());
  TestWorld world = std::move(node_).take_world();
  const auto session = world.tree->open_session(world.now.wall).transaction->session;
  const coordination::Multi damage{{coordination::SetData{
      "/config/users/u", R"({"version":1,"config":{"SCRAM-SHA-256":"salt=c2FsdA=="}})"}}};
  ASSERT_EQ(world.tree->handle(session, {coordination::RequestId{1}, damage}, world.now.wall)
                .reply->status,
            coordination::Status::ok);
  TestNode again({.shards = GetParam()}, std::move(world));
  EXPECT_EQ(told(again), (Texts{"u error -1", "v 1:4096"}));
  EXPECT_EQ(alter(again, {}, {put("u")}), Texts{"u 0"});
  EXPECT_EQ(told(again), (Texts{"u 1:4096", "v 1:4096"}));
}

// Whoever is asked, the elected controller keeps them, and all brokers hear of it.
TEST(UserCredentialsOfACluster, AreToldByAllBrokers) {
  TestCluster cluster({});
  Texts all;
  for (int asked = 1; asked <= 3; ++asked) {
    const std::string user = "user" + std::to_string(asked);
    const ConnectionId connection = cluster.node(asked).connect();
    cluster.node(asked).send(connection, Alter{{}, {put(user)}, {}}, 0);
    cluster.settle();
    const auto answer =
        cluster.node(asked).receive<AlterUserScramCredentialsResponse>(connection, 0);
    EXPECT_EQ(answer.results.at(0).error_code, ErrorCode::none);
    all.push_back(user + " 1:4096");
    for (int id = 1; id <= 3; ++id) EXPECT_EQ(told(cluster.node(id)), all) << "broker " << id;
  }
}

}  // namespace
}  // namespace gregor::broker
