// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_resource.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gregor::model {
namespace {

TEST(ResourceSettings, RowsAreSortedAndHaveDefaultsThatAreAllowed) {
  for (const auto table : {group_settings(), client_metrics_settings()}) {
    EXPECT_TRUE(std::ranges::is_sorted(table, {}, &SettingDefinition::name));
    for (const SettingDefinition& row : table) {
      ASSERT_TRUE(row.default_text) << row.name;
      EXPECT_TRUE(parse_value(row, *row.default_text)) << row.name;
      EXPECT_TRUE(row.broker_key.empty() || find_broker_setting(row.broker_key)) << row.name;
    }
  }
}

TEST(ResourceSettings, GroupsHaveWhatTheBrokerSays) {
  const auto described =
      describe_group({.static_broker = {{"group.consumer.session.timeout.ms", "50000"}},
                      .dynamic_default = {},
                      .dynamic_broker = {}});
  const auto session =
      std::ranges::find(described, "consumer.session.timeout.ms", &DescribedSetting::name);
  EXPECT_EQ(session->value, "50000");
  EXPECT_EQ(session->source, SettingSource::built_in) << "not set for this group";
  EXPECT_EQ(session->synonyms, (std::vector<DescribedSynonym>{{"consumer.session.timeout.ms",
                                                               "50000", SettingSource::built_in}}));
  const auto reset =
      std::ranges::find(described, "share.auto.offset.reset", &DescribedSetting::name);
  EXPECT_EQ(reset->value, "latest");
}

}  // namespace
}  // namespace gregor::model
