// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How many users, client ids and addresses the tree keeps, and with what names. (Where their quotas
// lie is in testdata/scenarios.)

#include "controller/quota_tree.h"

#include <gtest/gtest.h>

#include <memory>

#include "controller/plan.h"

namespace gregor::controller {
namespace {

using model::ErrorCode;

class Room : public testing::Test {
 protected:
  ErrorCode set(const QuotaEntity& entity) {
    const Situation now{.image = image_,
                        .settings = settings_,
                        .epoch = {},
                        .producer_ids = {},
                        .leaving = leaving_,
                        .births = births_};
    const Plan plan = plan_alter_configs(
        now, Token(1),
        {.resources = {{.resource = entity,
                        .whole = false,
                        .edits = {{"producer_byte_rate", ConfigOperation::set, "1", ""}}}}});
    const auto& result = std::get<std::vector<model::Result<>>>(plan.answer.results).at(0);
    EXPECT_EQ(plan.tasks.size(), result ? 1U : 0U);
    return result ? ErrorCode::none : result.error().code;
  }

  Image image_;
  Settings settings_;
  std::map<model::BrokerId, model::BrokerEpoch> leaving_;
  Births births_;
};

TEST_F(Room, ThereIsForSoMany) {
  const auto quotas = std::make_shared<const Configs>(Configs{{"producer_byte_rate", "2"}});
  for (std::size_t i = 1; i < client_entities_max; ++i)
    image_.configs.emplace(QuotaEntity{.client_id = std::to_string(i)}, quotas);
  EXPECT_EQ(set({.user = "last"}), ErrorCode::none);
  image_.configs.emplace(QuotaEntity{.user = "last"}, quotas);
  EXPECT_EQ(set({.user = "one more"}), ErrorCode::policy_violation);
  EXPECT_EQ(set({.user = "last"}), ErrorCode::none);
  EXPECT_EQ(set({.client_id = "1"}), ErrorCode::none);
}

TEST_F(Room, ThereIsForNamesOfSomeLength) {
  const std::size_t rest = client_entity_bytes_max - std::string("users/").size();
  EXPECT_EQ(set({.user = std::string(rest, 'u')}), ErrorCode::none);
  EXPECT_EQ(set({.user = std::string(rest + 1, 'u')}), ErrorCode::policy_violation);
  EXPECT_EQ(set({.user = "u", .client_id = std::string(rest, 'c')}), ErrorCode::policy_violation);
}

}  // namespace
}  // namespace gregor::controller
