// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Each file testdata/describe_*.txt states what is set where, and, below a line of dashes, what
// Apache Kafka answered:
//   name type value source [read-only] [sensitive] [: synonym=value@source …]

#include "model/settings_describe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "model/settings_properties.h"

namespace gregor::model {
namespace {

std::string_view name_of(SettingType type) {
  constexpr std::string_view names[] = {"unknown", "boolean", "string", "int",   "short",
                                        "long",    "double",  "list",   "class", "password"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view name_of(SettingSource source) {
  switch (source) {
    case SettingSource::topic:
      return "topic";
    case SettingSource::dynamic_broker:
      return "dynamic_broker";
    case SettingSource::dynamic_default:
      return "dynamic_default";
    case SettingSource::static_broker:
      return "static_broker";
    case SettingSource::built_in:
      return "built_in";
    case SettingSource::logger:
      return "logger";
  }
  return "?";
}

std::string quoted(const std::optional<std::string>& text) {
  return text ? "\"" + *text + "\"" : "null";
}

std::string line_of(const DescribedSetting& setting) {
  std::ostringstream out;
  out << setting.name << ' ' << name_of(setting.type) << ' ' << quoted(setting.value) << ' '
      << name_of(setting.source) << (setting.is_read_only ? " read-only" : "")
      << (setting.is_sensitive ? " sensitive" : "");
  if (!setting.synonyms.empty()) out << " :";
  for (const DescribedSynonym& synonym : setting.synonyms)
    out << ' ' << synonym.name << '=' << quoted(synonym.value) << '@' << name_of(synonym.source);
  return out.str();
}

std::vector<std::string> lines_of(const std::vector<DescribedSetting>& settings) {
  std::vector<std::string> lines;
  for (const DescribedSetting& setting : settings) lines.push_back(line_of(setting));
  return lines;
}

struct Scenario {
  BrokerLevels levels;
  SettingMap topic;
  std::vector<std::string> answer;
};

Scenario read_scenario(const std::string& file) {
  Scenario scenario;
  std::ifstream in("testdata/" + file);
  EXPECT_TRUE(in.is_open()) << file;
  std::string line;
  while (std::getline(in, line) && line != "----") {
    if (line.starts_with("#")) continue;
    const std::size_t space = line.find(' ');
    const std::string where = line.substr(0, space);
    SettingMap& map = where == "broker"        ? scenario.levels.static_broker
                      : where == "all_brokers" ? scenario.levels.dynamic_default
                      : where == "one_broker"  ? scenario.levels.dynamic_broker
                                               : scenario.topic;
    map.insert(parse_assignment(std::string_view(line).substr(space + 1)).value());
  }
  while (std::getline(in, line)) scenario.answer.push_back(line);
  EXPECT_FALSE(scenario.answer.empty()) << file;
  return scenario;
}

class DescribeTopic : public testing::TestWithParam<const char*> {};

TEST_P(DescribeTopic, AnswersAsKafkaDoes) {
  const Scenario scenario = read_scenario(GetParam());
  EXPECT_EQ(lines_of(describe_topic(scenario.topic, scenario.levels)), scenario.answer);
}

INSTANTIATE_TEST_SUITE_P(Recorded, DescribeTopic,
                         testing::Values("describe_topic_plain.txt", "describe_topic_overrides.txt",
                                         "describe_topic_dynamic.txt",
                                         "describe_topic_all_levels.txt",
                                         "describe_topic_small_segments.txt"));

TEST(DescribeBroker, AnswersAsKafkaDoesForWhatIsSet) {
  const Scenario scenario = read_scenario("describe_broker.txt");
  std::vector<std::string> set;
  for (const DescribedSetting& setting : describe_broker(scenario.levels))
    if (setting.source != SettingSource::built_in) set.push_back(line_of(setting));
  EXPECT_EQ(set, scenario.answer);
}

TEST(DescribeBroker, AnswersAsKafkaDoesForAllBrokers) {
  const Scenario scenario = read_scenario("describe_all_brokers.txt");
  EXPECT_EQ(lines_of(describe_all_brokers(scenario.levels)), scenario.answer);
}

TEST(DescribeBroker, ListsEverySettingWithItsDefault) {
  const std::vector<DescribedSetting> described = describe_broker({});
  EXPECT_TRUE(std::ranges::is_sorted(described, {}, &DescribedSetting::name));
  std::size_t visible = 0;
  for (const SettingDefinition& row : broker_settings()) {
    if (row.standing == Standing::hidden) continue;
    ++visible;
    const auto setting = std::ranges::find(described, row.name, &DescribedSetting::name);
    ASSERT_NE(setting, described.end()) << row.name;
    EXPECT_EQ(setting->value, row.default_text) << row.name;
    EXPECT_EQ(setting->source, SettingSource::built_in) << row.name;
    EXPECT_EQ(setting->documentation, row.documentation) << row.name;
  }
  EXPECT_EQ(described.size(), visible);
}

TEST(DescribeBroker, NeverTellsASecret) {
  BrokerLevels levels;
  for (const SettingDefinition& row : broker_settings())
    if (row.type == SettingType::password) {
      levels.static_broker.emplace(row.name, "s3cret");
      levels.dynamic_default.emplace("listener.name.a." + std::string(row.name), "s3cret");
      levels.dynamic_broker.emplace(row.name, "s3cret");
    }
  levels.dynamic_default.emplace("some.unknown.password", "s3cret");
  for (const auto& lines :
       {lines_of(describe_broker(levels)), lines_of(describe_all_brokers(levels)),
        lines_of(describe_topic({}, levels))})
    for (const std::string& line : lines) EXPECT_FALSE(line.contains("s3cret")) << line;
}

TEST(DescribeBroker, ShowsTheIdThatWasGenerated) {
  BrokerLevels levels;
  set_broker_id(levels.static_broker, BrokerId{1001});
  const auto described = describe_broker(levels);
  for (const std::string_view name : {"broker.id", "node.id"}) {
    const auto setting = std::ranges::find(described, name, &DescribedSetting::name);
    ASSERT_NE(setting, described.end());
    EXPECT_EQ(setting->value, "1001");
    EXPECT_EQ(setting->source, SettingSource::static_broker);
  }
}

TEST(DescribeTopicSettings, TellsWhereAValueIsSetThoughNoSynonymShowsIt) {
  const auto described = describe_topic({}, {.static_broker = {{"log.retention.hours", "24"}},
                                             .dynamic_default = {},
                                             .dynamic_broker = {}});
  const auto retention = std::ranges::find(described, "retention.ms", &DescribedSetting::name);
  EXPECT_EQ(retention->value, "86400000");
  EXPECT_EQ(retention->source, SettingSource::built_in);
  EXPECT_EQ(retention->set_at, SettingSource::static_broker);
  const auto own = describe_topic({{"retention.ms", "1"}}, {});
  EXPECT_EQ(std::ranges::find(own, "retention.ms", &DescribedSetting::name)->set_at,
            SettingSource::topic);
}

TEST(DescribeTopicSettings, ShowsAnOverrideThatIsNoLongerValidAsItStands) {
  const auto described =
      describe_topic({{"segment.bytes", "5"}, {"cleanup.policy", "archive"}}, {});
  const auto value_of_setting = [&](std::string_view name) {
    return std::ranges::find(described, name, &DescribedSetting::name)->value;
  };
  EXPECT_EQ(value_of_setting("segment.bytes"), "5");
  EXPECT_EQ(value_of_setting("cleanup.policy"), "archive");
}

}  // namespace
}  // namespace gregor::model
