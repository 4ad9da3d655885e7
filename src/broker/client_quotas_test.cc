// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Quotas of clients at a whole node: set, told by filters, removed, and there again after a
// restart.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "broker/testing/requests.h"
#include "broker/testing/test_cluster.h"
#include "protocol/messages/alter_client_quotas.h"
#include "protocol/messages/describe_client_quotas.h"

namespace gregor::broker {
namespace {

using model::ErrorCode;
using namespace protocol;
using Alter = AlterClientQuotasRequest;
using Describe = DescribeClientQuotasRequest;

constexpr std::int8_t exact = 0;
constexpr std::int8_t of_default = 1;
constexpr std::int8_t specified = 2;

Alter::EntryData entry(std::vector<Alter::EntityData> entity, std::vector<Alter::OpData> ops) {
  return {std::move(entity), std::move(ops), {}};
}
Alter::EntityData part(const std::string& type, std::optional<std::string> name) {
  return {type, std::move(name), {}};
}
Alter::OpData put(const std::string& key, double value) { return {key, value, false, {}}; }
Alter::OpData drop(const std::string& key) { return {key, 0, true, {}}; }

ErrorCode alter(TestNode& node, Alter::EntryData one) {
  Alter request;
  request.entries.push_back(std::move(one));
  return node.call<AlterClientQuotasResponse>(request, 1).entries.at(0).error_code;
}
// "client-id=<default> user=u key=1"
std::vector<std::string> told(TestNode& node, std::vector<Describe::ComponentData> filter,
                              bool strict = false) {
  Describe request;
  request.components = std::move(filter);
  request.strict = strict;
  const auto answer = node.call<DescribeClientQuotasResponse>(request, 1);
  EXPECT_EQ(answer.error_code, ErrorCode::none) << answer.error_message.value_or("");
  std::vector<std::string> out;
  for (const auto& one : answer.entries.value()) {
    std::string text;
    for (const auto& each : one.entity)
      text += each.entity_type + "=" + each.entity_name.value_or("<default>") + " ";
    for (const auto& value : one.values) text += fmt::format("{}={} ", value.key, value.value);
    text.pop_back();
    out.push_back(std::move(text));
  }
  return out;
}
ErrorCode refusal(TestNode& node, std::vector<Describe::ComponentData> filter) {
  Describe request;
  request.components = std::move(filter);
  const auto answer = node.call<DescribeClientQuotasResponse>(request, 0);
  EXPECT_FALSE(answer.entries);
  return answer.error_code;
}

class ClientQuotas : public testing::TestWithParam<std::uint32_t> {
 protected:
  TestNode node_{{.shards = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Shards, ClientQuotas, testing::Values(1U, 3U));

using Texts = std::vector<std::string>;

TEST_P(ClientQuotas, AreToldByFiltersAndOutliveARestart) {
  const auto set = [&](std::vector<Alter::EntityData> entity, std::vector<Alter::OpData> ops) {
    return alter(node_, entry(std::move(entity), std::move(ops)));
  };
  EXPECT_EQ(set({part("user", "a b/c")}, {put("producer_byte_rate", 1024)}), ErrorCode::none);
  EXPECT_EQ(set({part("user", std::nullopt)}, {put("request_percentage", 12.5)}), ErrorCode::none);
  EXPECT_EQ(set({part("client-id", "c"), part("user", "a b/c")},
                {put("consumer_byte_rate", 1e7), put("producer_byte_rate", 7)}),
            ErrorCode::none);
  EXPECT_EQ(set({part("ip", "10.0.0.1")}, {put("connection_creation_rate", 3)}), ErrorCode::none);
  const Texts users{"user=<default> request_percentage=12.5", "user=a b/c producer_byte_rate=1024"};
  const std::string both =
      "client-id=c user=a b/c consumer_byte_rate=10000000 producer_byte_rate=7";
  EXPECT_EQ(told(node_, {{"user", specified, std::nullopt, {}}}, true), users);
  EXPECT_EQ(told(node_, {{"user", exact, "a b/c", {}}}), (Texts{users[1], both}));
  EXPECT_EQ(told(node_, {{"user", of_default, std::nullopt, {}}}), Texts{users[0]});
  EXPECT_EQ(told(node_, {{"client-id", exact, "c", {}}}), Texts{both});
  EXPECT_EQ(told(node_, {{"client-id", exact, "c", {}}}, true), Texts{});
  EXPECT_EQ(told(node_, {}).size(), 4U);

  EXPECT_EQ(set({part("user", "a b/c")}, {drop("producer_byte_rate")}), ErrorCode::none);
  ASSERT_TRUE(node_.stop());
  TestNode again({.shards = GetParam()}, std::move(node_).take_world());
  EXPECT_EQ(told(again, {{"user", exact, "a b/c", {}}}), Texts{both});
  EXPECT_EQ(told(again, {{"ip", exact, "10.0.0.1", {}}}),
            Texts{"ip=10.0.0.1 connection_creation_rate=3"});
}

TEST_P(ClientQuotas, WhatMakesNoSenseIsRefused) {
  const auto refused = [&](std::vector<Alter::EntityData> entity, std::vector<Alter::OpData> ops) {
    return alter(node_, entry(std::move(entity), std::move(ops))) == ErrorCode::invalid_request;
  };
  const auto user = part("user", "u");
  EXPECT_TRUE(refused({}, {put("producer_byte_rate", 1)}));
  EXPECT_TRUE(refused({part("group", "g")}, {put("producer_byte_rate", 1)}));
  EXPECT_TRUE(refused({part("user", "")}, {put("producer_byte_rate", 1)}));
  EXPECT_TRUE(refused({user, user}, {put("producer_byte_rate", 1)}));
  EXPECT_TRUE(refused({user, part("ip", "1.2.3.4")}, {put("producer_byte_rate", 1)}));
  EXPECT_TRUE(refused({user}, {put("connection_creation_rate", 1)}));
  EXPECT_TRUE(refused({part("ip", "1.2.3.4")}, {put("producer_byte_rate", 1)}));
  EXPECT_TRUE(refused({user}, {put("bytes", 1)}));
  EXPECT_TRUE(refused({user}, {put("producer_byte_rate", 0)}));
  EXPECT_TRUE(refused({user}, {put("producer_byte_rate", -1)}));
  EXPECT_TRUE(refused({user}, {put("producer_byte_rate", 1.5)}));
  EXPECT_TRUE(refused({user}, {put("producer_byte_rate", 1e30)}));
  EXPECT_TRUE(refused({user}, {put("request_percentage", std::nan(""))}));
  EXPECT_TRUE(refused({user}, {put("request_percentage", 1), drop("request_percentage")}));
  EXPECT_EQ(told(node_, {}), Texts{});
  EXPECT_EQ(refusal(node_, {{"", exact, "u", {}}}), ErrorCode::invalid_request);
  EXPECT_EQ(refusal(node_, {{"group", exact, "u", {}}}), ErrorCode::unsupported_version);
  EXPECT_EQ(refusal(node_, {{"user", exact, std::nullopt, {}}}), ErrorCode::invalid_request);
  EXPECT_EQ(refusal(node_, {{"user", specified, "u", {}}}), ErrorCode::invalid_request);
  EXPECT_EQ(refusal(node_, {{"user", 3, std::nullopt, {}}}), ErrorCode::invalid_request);
  EXPECT_EQ(refusal(node_, {{"user", exact, "u", {}}, {"user", exact, "v", {}}}),
            ErrorCode::invalid_request);
  EXPECT_EQ(refusal(node_, {{"user", exact, "u", {}}, {"ip", exact, "v", {}}}),
            ErrorCode::invalid_request);
}

// Whoever is asked, the elected controller keeps them, and all brokers hear of it.
TEST(ClientQuotasOfACluster, AreToldByAllBrokers) {
  TestCluster cluster({});
  for (int asked = 1; asked <= 3; ++asked) {
    Alter request;
    request.entries.push_back(entry({part("user", "u"), part("client-id", std::to_string(asked))},
                                    {put("producer_byte_rate", asked)}));
    const ConnectionId connection = cluster.node(asked).connect();
    cluster.node(asked).send(connection, request, 1);
    cluster.settle();
    const auto answer = cluster.node(asked).receive<AlterClientQuotasResponse>(connection, 1);
    EXPECT_EQ(answer.entries.at(0).error_code, ErrorCode::none);
    for (int id = 1; id <= 3; ++id)
      EXPECT_EQ(told(cluster.node(id), {{"user", exact, "u", {}}}).size(),
                static_cast<std::size_t>(asked))
          << "broker " << id;
  }
}

TEST_P(ClientQuotas, ATrialChangesNothing) {
  Alter request;
  request.entries.push_back(entry({part("user", "u")}, {put("producer_byte_rate", 1)}));
  request.validate_only = true;
  EXPECT_EQ(node_.call<AlterClientQuotasResponse>(request, 0).entries.at(0).error_code,
            ErrorCode::none);
  EXPECT_EQ(told(node_, {}), Texts{});
}

}  // namespace
}  // namespace gregor::broker
