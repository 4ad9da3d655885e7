// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "model/setting_map.h"
#include "model/settings.h"

namespace gregor::model {
namespace {

std::vector<SettingDefinition> all_settings() {
  std::vector<SettingDefinition> all(broker_settings().begin(), broker_settings().end());
  all.insert(all.end(), topic_settings().begin(), topic_settings().end());
  return all;
}

std::string kafka_name_of(SettingType type) {
  constexpr std::string_view names[] = {"unknown", "boolean", "string", "int",   "short",
                                        "long",    "double",  "list",   "class", "password"};
  return std::string(names[static_cast<std::size_t>(type)]);
}

// Lines of a file in testdata, without comments.
std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in("testdata/" + file);
  EXPECT_TRUE(in.is_open()) << file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with("#")) lines.push_back(line);
  return lines;
}

// As the files in testdata write it.
std::string facts_of(const SettingDefinition& row, bool with_update_mode) {
  std::ostringstream out;
  out << row.name << ' ' << kafka_name_of(row.type);
  if (with_update_mode) out << (row.update == UpdateMode::read_only ? " read-only" : " dynamic");
  if (row.type == SettingType::password) out << " sensitive";
  if (row.default_text)
    out << " \"" << *row.default_text << '"';
  else
    out << " null";
  return out.str();
}

void expect_facts(const std::string& file, bool with_update_mode, std::size_t count) {
  const std::vector<std::string> lines = lines_of(file);
  EXPECT_EQ(lines.size(), count);
  for (const std::string& line : lines) {
    const std::string name = line.substr(0, line.find(' '));
    // Part of a KRaft node's configuration; the default is that of 3.9 with ZooKeeper.
    if (name == "process.roles") continue;
    const SettingDefinition* row = find_broker_setting(name);
    ASSERT_NE(row, nullptr) << name;
    EXPECT_EQ(facts_of(*row, with_update_mode), line);
  }
}

TEST(SettingsTable, HasEveryBrokerSettingOfKafka41WithItsTypeAndDefault) {
  expect_facts("kafka_4_1_broker_settings.txt", true, 316);
}

TEST(SettingsTable, HasEveryBrokerSettingThatOnlyKafka39HasWithItsTypeAndDefault) {
  expect_facts("kafka_3_9_broker_settings.txt", false, 41);
}

TEST(SettingsTable, DescribesNothingThatKafkaHasNotUnlessItsNameSaysSo) {
  std::set<std::string> known;
  for (const char* file : {"kafka_4_1_broker_settings.txt", "kafka_3_9_broker_settings.txt"})
    for (const std::string& line : lines_of(file)) known.insert(line.substr(0, line.find(' ')));
  for (const SettingDefinition& row : broker_settings()) {
    if (row.standing == Standing::hidden || row.name.starts_with("gregor.")) continue;
    EXPECT_TRUE(known.contains(std::string(row.name))) << row.name;
  }
}

TEST(SettingsTable, IsSortedAndHasNoNameTwice) {
  for (const auto& table : {broker_settings(), topic_settings()})
    EXPECT_TRUE(std::ranges::is_sorted(table, std::ranges::less_equal{}, &SettingDefinition::name));
}

TEST(SettingsTable, FindsEveryRowAndNothingElse) {
  for (const SettingDefinition& row : broker_settings())
    EXPECT_EQ(find_broker_setting(row.name), &row);
  for (const SettingDefinition& row : topic_settings())
    EXPECT_EQ(find_topic_setting(row.name), &row);
  for (const std::string_view name : {"", "a", "num.partition", "num.partitionss", "zzz"}) {
    EXPECT_EQ(find_broker_setting(name), nullptr) << name;
    EXPECT_EQ(find_topic_setting(name), nullptr) << name;
  }
}

TEST(SettingsTable, EveryDefaultIsValidAndWrittenAsItIsShown) {
  for (const SettingDefinition& row : all_settings()) {
    if (!row.default_text) continue;
    const auto value = parse_value(row, *row.default_text);
    ASSERT_TRUE(value.has_value()) << row.name << ": " << value.error().detail;
    EXPECT_EQ(to_text(*value), *row.default_text) << row.name;
  }
}

TEST(SettingsTable, EveryDocumentationIsOneSentence) {
  for (const SettingDefinition& row : all_settings()) {
    EXPECT_GE(row.documentation.size(), 15U) << row.name;
    EXPECT_TRUE(row.documentation.ends_with('.')) << row.name;
    EXPECT_EQ(row.documentation.find(". "), std::string_view::npos) << row.name;
    if (row.name.ends_with(".ms")) {
      EXPECT_TRUE(row.documentation.starts_with("Milliseconds")) << row.name;
    }
    if (row.name.ends_with(".bytes")) {
      EXPECT_TRUE(row.documentation.contains("ytes")) << row.name;
    }
  }
}

TEST(SettingsTable, ConstraintsFitTheirTypes) {
  for (const SettingDefinition& row : all_settings()) {
    const bool is_integer = row.type == SettingType::int16 || row.type == SettingType::int32 ||
                            row.type == SettingType::int64;
    switch (row.allowed.kind) {
      case Constraint::Kind::anything:
        break;
      case Constraint::Kind::range:
        EXPECT_TRUE(is_integer || row.type == SettingType::float64) << row.name;
        EXPECT_LE(row.allowed.low, row.allowed.high) << row.name;
        break;
      case Constraint::Kind::gzip_level:
        EXPECT_TRUE(is_integer) << row.name;
        break;
      case Constraint::Kind::one_of:
      case Constraint::Kind::one_of_in_any_case:
      case Constraint::Kind::not_empty:
        EXPECT_EQ(row.type, SettingType::text) << row.name;
        break;
      case Constraint::Kind::each_one_of:
      case Constraint::Kind::throttled_replicas:
        EXPECT_EQ(row.type, SettingType::list) << row.name;
        break;
    }
  }
}

TEST(SettingsTable, ATopicInheritsFromABrokerKeyOfItsOwnTypeAndDefault) {
  for (const SettingDefinition& row : topic_settings()) {
    if (row.broker_key.empty()) continue;
    const SettingDefinition* from = find_broker_setting(row.broker_key);
    ASSERT_NE(from, nullptr) << row.name;
    EXPECT_EQ(from->type, row.type) << row.name;
    const auto inherited = inherited_value(row, {});
    ASSERT_TRUE(inherited.has_value()) << row.name;
    EXPECT_EQ(to_text(*inherited), row.default_text) << row.name;
  }
}

TEST(SettingsTable, KnowsKeysWithThePrefixOfAListener) {
  EXPECT_EQ(find_broker_setting("listener.name.internal.ssl.keystore.location"),
            find_broker_setting("ssl.keystore.location"));
  EXPECT_EQ(find_broker_setting("listener.name.internal.scram-sha-256.sasl.jaas.config"),
            find_broker_setting("sasl.jaas.config"));
  for (const std::string_view name :
       {"listener.name.", "listener.name.internal", "listener.name.internal.",
        "listener.name.internal.nothing", "listener.names.internal.max.connections"})
    EXPECT_EQ(find_broker_setting(name), nullptr) << name;
}

TEST(BrokerSynonyms, RunFromTheOneThatCountsMost) {
  using Names = std::vector<std::string>;
  const Names retention = {"log.retention.ms", "log.retention.minutes", "log.retention.hours"};
  for (const std::string& name : retention) EXPECT_EQ(broker_synonyms(name), retention);
  EXPECT_EQ(broker_synonyms("log.roll.hours"), (Names{"log.roll.ms", "log.roll.hours"}));
  EXPECT_EQ(broker_synonyms("log.roll.jitter.ms"),
            (Names{"log.roll.jitter.ms", "log.roll.jitter.hours"}));
  EXPECT_EQ(broker_synonyms("log.flush.interval.ms"),
            (Names{"log.flush.interval.ms", "log.flush.scheduler.interval.ms"}));
  EXPECT_EQ(broker_synonyms("log.flush.scheduler.interval.ms"),
            Names{"log.flush.scheduler.interval.ms"});
  EXPECT_EQ(broker_synonyms("num.partitions"), Names{"num.partitions"});
  EXPECT_EQ(broker_synonyms("listener.name.a.ssl.protocol"),
            (Names{"listener.name.a.ssl.protocol", "ssl.protocol"}));
}

}  // namespace
}  // namespace gregor::model
