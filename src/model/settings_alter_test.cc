// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_alter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "model/settings.h"

namespace gregor::model {
namespace {

constexpr auto set = AlterOperation::set;
constexpr auto remove = AlterOperation::remove;
constexpr auto append = AlterOperation::append;
constexpr auto subtract = AlterOperation::subtract;

using Changes = std::vector<SettingChange>;

// "40 detail", or the settings that result.
std::string outcome(const Result<SettingMap>& result) {
  if (!result)
    return std::to_string(static_cast<int>(result.error().code)) + " " + result.error().detail;
  std::string text;
  for (const auto& [name, value] : *result) text += name + "=" + value + ";";
  return text;
}

std::string changed(const SettingMap& overrides, const Changes& changes) {
  return outcome(change_topic_settings(overrides, changes, TopicSettings{}));
}

TEST(ChangeTopic, RefusesAsKafkaDoes) {
  const struct {
    Changes changes;
    std::string_view outcome;
  } cases[] = {
      {{{"no.such.key", set, "1"}}, "40 Unknown topic config name: no.such.key"},
      {{{"message.format.version", set, "2.0"}},
       "40 Unknown topic config name: message.format.version"},
      {{{"retention.ms", set, "abc"}},
       "40 Invalid value abc for configuration retention.ms: Not a number of type LONG"},
      {{{"retention.ms", set, std::nullopt}}, "42 Null value not supported for : retention.ms"},
      {{{"cleanup.policy", append, std::nullopt}, {"preallocate", set, std::nullopt}},
       "42 Null value not supported for : cleanup.policy,preallocate"},
      {{{"retention.ms", set, "1"}, {"retention.ms", set, "2"}},
       "42 Error due to duplicate config keys"},
      {{{"retention.ms", set, "77"}, {"retention.bytes", set, "abc"}},
       "40 Invalid value abc for configuration retention.bytes: Not a number of type LONG"},
      {{{"no.such", append, "x"}}, "40 Can't APPEND to key no.such because its type is not LIST."},
      {{{"retention.ms", subtract, "5"}},
       "40 Can't SUBTRACT to key retention.ms because its type is not LIST."},
      {{{"cleanup.policy", append, "foo"}},
       "40 Invalid value foo for configuration cleanup.policy: String must be one of: compact, "
       "delete"},
      {{{"cleanup.policy", append, ""}},
       "40 Invalid value  for configuration cleanup.policy: String must be one of: compact, "
       "delete"},
      {{{"min.compaction.lag.ms", set, "100"}, {"max.compaction.lag.ms", set, "50"}},
       "40 conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (50)"},
      {{{"remote.storage.enable", set, "true"}},
       "40 Tiered Storage functionality is disabled in the broker. Topic cannot be configured "
       "with remote log storage."},
      {{{"retention.ms", AlterOperation{9}, "1"}}, "42 Unknown operation 9 for retention.ms"},
  };
  for (const auto& c : cases) EXPECT_EQ(changed({}, c.changes), c.outcome);
}

TEST(ChangeTopic, ChangesWhatIsNamedAndKeepsTheRest) {
  const SettingMap before = {{"retention.ms", "5"}, {"preallocate", "true"}};
  EXPECT_EQ(changed(before, {}), "preallocate=true;retention.ms=5;");
  EXPECT_EQ(changed(before, {{"retention.ms", set, "6"}, {"preallocate", remove, std::nullopt}}),
            "retention.ms=6;");
  EXPECT_EQ(changed(before, {{"no.such.key", remove, "1"}}), "preallocate=true;retention.ms=5;");
  EXPECT_EQ(changed({}, {{"cleanup.policy", set, ""}}), "cleanup.policy=;");
}

TEST(ChangeTopic, ListsGrowAndShrinkFromTheirDefault) {
  EXPECT_EQ(changed({}, {{"cleanup.policy", append, "compact"}}), "cleanup.policy=delete,compact;");
  EXPECT_EQ(changed({}, {{"cleanup.policy", append, "delete"}}), "cleanup.policy=delete;");
  EXPECT_EQ(changed({}, {{"cleanup.policy", subtract, "nothere"}}), "cleanup.policy=delete;");
  EXPECT_EQ(changed({}, {{"cleanup.policy", subtract, "delete,compact"}}), "cleanup.policy=;");
  const SettingMap none = {{"cleanup.policy", ""}};
  EXPECT_EQ(changed(none, {{"cleanup.policy", append, " delete , compact "}}),
            "cleanup.policy=delete,compact;");
  const SettingMap both = {{"cleanup.policy", "delete,compact"}};
  EXPECT_EQ(changed(both, {{"cleanup.policy", append, "compact"}}),
            "cleanup.policy=delete,compact;");
  EXPECT_EQ(changed(both, {{"cleanup.policy", subtract, "delete"}}), "cleanup.policy=compact;");
}

TEST(ChangeTopic, WhatWasStoredBeforeDoesNotStandInTheWay) {
  const SettingMap odd = {{"from.the.future", "x"}, {"segment.bytes", "5"}};
  EXPECT_EQ(changed(odd, {{"retention.ms", set, "6"}}),
            "from.the.future=x;retention.ms=6;segment.bytes=5;");
  EXPECT_EQ(changed(odd, {{"from.the.future", remove, std::nullopt}}), "segment.bytes=5;");
}

TEST(ChangeTopic, AnOverrideIsCheckedAgainstWhatTheBrokerSays) {
  TopicSettings defaults;
  defaults.max_compaction_lag_ms = 50;
  const Changes changes = {{"min.compaction.lag.ms", set, "100"}};
  EXPECT_EQ(outcome(change_topic_settings({}, changes, defaults)),
            "40 conflict topic config setting min.compaction.lag.ms (100) > "
            "max.compaction.lag.ms (50)");
}

TEST(ChangeTopic, HugeListsAreChangedWithoutDelayAndHugeValuesRefused) {
  std::string list;
  while (list.size() < setting_value_bytes_max - 16) list += std::to_string(list.size()) + ":1,";
  list += "0:1";
  const std::string name = "leader.replication.throttled.replicas";
  const auto once = change_topic_settings({}, Changes{{name, append, list}}, TopicSettings{});
  ASSERT_TRUE(once.has_value());
  EXPECT_EQ(outcome(change_topic_settings(*once, Changes{{name, subtract, list}}, TopicSettings{})),
            name + "=;");
  EXPECT_EQ(changed({}, {{name, set, std::string(setting_value_bytes_max + 1, '1')}}),
            "42 The value of leader.replication.throttled.replicas has 262145 bytes, of which at "
            "most 262144 are kept");
}

TEST(ReplaceTopic, TakesAllOrNothing) {
  const auto replaced = [](const std::vector<NamedValue>& wanted) {
    return outcome(replace_topic_settings(wanted, TopicSettings{}));
  };
  EXPECT_EQ(replaced({}), "");
  EXPECT_EQ(replaced({{"retention.ms", "5"}, {"cleanup.policy", "compact"}}),
            "cleanup.policy=compact;retention.ms=5;");
  EXPECT_EQ(replaced({{"retention.ms", "5"}, {"no.such", "1"}}),
            "40 Unknown topic config name: no.such");
  EXPECT_EQ(replaced({{"retention.ms", std::nullopt}}),
            "42 Null value not supported for : retention.ms");
  EXPECT_EQ(replaced({{"retention.ms", "1"}, {"retention.ms", "1"}}),
            "42 Error due to duplicate config keys");
}

TEST(NewTopic, RefusesAMissingValueWithACodeOfItsOwn) {
  const std::vector<NamedValue> wanted = {{"retention.ms", std::nullopt}};
  EXPECT_EQ(outcome(settings_of_new_topic(wanted, TopicSettings{})),
            "40 Null value not supported for topic configs: retention.ms");
  const std::vector<NamedValue> valid = {{"retention.ms", "9"}};
  EXPECT_EQ(outcome(settings_of_new_topic(valid, TopicSettings{})), "retention.ms=9;");
}

constexpr auto one = BrokerLevel::one_broker;
constexpr auto all = BrokerLevel::all_brokers;

TEST(ChangeBroker, RefusesAsKafkaDoes) {
  const struct {
    BrokerLevel level;
    SettingChange change;
    std::string_view outcome;
  } cases[] = {
      {one, {"log.dirs", set, "/x"}, "42 Cannot update these configs dynamically: Set(log.dirs)"},
      {all,
       {"advertised.listeners", set, "PLAINTEXT://x:1"},
       "42 Cannot update these configs dynamically: Set(advertised.listeners)"},
      {one,
       {"log.retention.hours", set, "3"},
       "42 Cannot update these configs dynamically: Set(log.retention.hours)"},
      {all,
       {"sasl.jaas.config", set, "x"},
       "42 Cannot update these configs at default cluster level, broker id must be specified: "
       "Set(sasl.jaas.config)"},
      {all,
       {"listener.name.plaintext.ssl.keystore.location", set, "/x"},
       "42 Cannot update these configs at default cluster level, broker id must be specified: "
       "Set(listener.name.plaintext.ssl.keystore.location)"},
      {one,
       {"num.io.threads", set, "0"},
       "42 Invalid value 0 for configuration num.io.threads: Value must be at least 1"},
      {all,
       {"log.segment.bytes", set, "14"},
       "42 Invalid value 14 for configuration log.segment.bytes: Value must be at least 1048576"},
      {one,
       {"log.retention.ms", set, "0"},
       "42 log.retention.ms must be unlimited (-1) or, greater than or equal to 1"},
      {one, {"log.roll.ms", set, "0"}, "42 log.roll.ms must be greater than or equal to 1"},
      {all,
       {"log.cleaner.dedupe.buffer.size", set, "1000"},
       "42 log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread"},
      {one,
       {"log.cleaner.threads", set, "0"},
       "42 log.cleaner.threads must be greater than or equal to 1"},
      {one,
       {"log.retention.ms", append, "1"},
       "40 Config value append is not allowed for config key: log.retention.ms"},
      {one,
       {"follower.replication.throttled.rate", set, "-4"},
       "42 Invalid value -4 for configuration follower.replication.throttled.rate: Value must be "
       "at least 0"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(outcome(change_broker_settings(Changes{c.change}, c.level, {})), c.outcome);
}

TEST(ChangeBroker, ChangesTheLevelThatIsNamed) {
  const BrokerLevels levels = {.static_broker = {{"log.retention.ms", "1"}},
                               .dynamic_default = {{"log.retention.ms", "2"}},
                               .dynamic_broker = {{"log.retention.ms", "3"}}};
  const Changes changes = {{"log.roll.ms", set, "9"}};
  EXPECT_EQ(outcome(change_broker_settings(changes, one, levels)),
            "log.retention.ms=3;log.roll.ms=9;");
  EXPECT_EQ(outcome(change_broker_settings(changes, all, levels)),
            "log.retention.ms=2;log.roll.ms=9;");
  EXPECT_EQ(outcome(change_broker_settings(Changes{{"log.retention.ms", remove, {}}}, one, levels)),
            "");
  EXPECT_EQ(
      outcome(replace_broker_settings(std::vector<NamedValue>{{"log.roll.ms", "8"}}, one, levels)),
      "log.roll.ms=8;");
}

TEST(ChangeBroker, KeepsUnknownKeysAsKafkaDoesAndLetsReadOnlyOnesBeRemoved) {
  EXPECT_EQ(outcome(change_broker_settings(Changes{{"no.such", set, "1"}}, one, {})), "no.such=1;");
  const BrokerLevels odd = {.dynamic_default = {{"log.dirs", "/x"}, {"no.such", "1"}}};
  EXPECT_EQ(outcome(change_broker_settings(Changes{{"log.dirs", remove, {}}}, all, odd)),
            "no.such=1;");
}

TEST(ChangeBroker, ListsGrowFromTheirDefault) {
  EXPECT_EQ(
      outcome(change_broker_settings(Changes{{"log.cleanup.policy", append, "compact"}}, one, {})),
      "log.cleanup.policy=delete,compact;");
}

// Whatever is asked for, what comes out is valid, and applying it again changes nothing.
RC_GTEST_PROP(ChangeTopic, NothingInvalidIsEverStored, ()) {
  const auto name = [] {
    return rc::gen::map(rc::gen::inRange<std::size_t>(0, topic_settings().size()),
                        [](std::size_t i) { return std::string(topic_settings()[i].name); });
  };
  const auto value = rc::gen::oneOf(
      rc::gen::elementOf(std::vector<std::string>{"", "0", "1", "-1", "-2", "true", "compact",
                                                  "delete,compact", "gzip", "0:1", "*", "0.5"}),
      rc::gen::arbitrary<std::string>());
  const auto count = *rc::gen::inRange(0, 6);
  Changes changes;
  for (int i = 0; i < count; ++i)
    changes.push_back({*name(), static_cast<AlterOperation>(*rc::gen::inRange(0, 4)), *value});
  const auto result = change_topic_settings({}, changes, TopicSettings{});
  if (!result) return;
  std::vector<NamedValue> wanted;
  for (const auto& [key, text] : *result) wanted.push_back({key, text});
  RC_ASSERT(replace_topic_settings(wanted, TopicSettings{}).value() == *result);
}

}  // namespace
}  // namespace gregor::model
