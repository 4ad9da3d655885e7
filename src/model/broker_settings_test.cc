// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/broker_settings.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "model/settings_properties.h"

namespace gregor::model {
namespace {

LoadedBrokerSettings loaded(SettingMap set) {
  auto result = broker_settings_from(std::move(set));
  EXPECT_TRUE(result.has_value()) << result.error().detail;
  return result.value_or(LoadedBrokerSettings{});
}

BrokerSettings settings(SettingMap set) { return loaded(std::move(set)).settings; }

std::string complaint(SettingMap set) {
  const auto result = broker_settings_from(std::move(set));
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, ErrorCode::invalid_config);
  return result.error().detail;
}

TEST(BrokerSettings, WithoutAnythingSetAreTheDefaultsOfTheStruct) {
  const LoadedBrokerSettings nothing_set = loaded({});
  EXPECT_EQ(nothing_set.settings, BrokerSettings{});
  EXPECT_EQ(nothing_set.warnings, std::vector<std::string>{});
}

TEST(BrokerSettings, SettingEveryDefaultExplicitlyChangesNothing) {
  SettingMap set;
  for (const SettingDefinition& row : broker_settings())
    // Only one of the two may be given, whatever they say.
    if (row.default_text && row.name != "security.inter.broker.protocol")
      set.emplace(row.name, *row.default_text);
  BrokerSettings explicit_defaults = settings(set);
  EXPECT_EQ(explicit_defaults.explicitly_set.size(), set.size());
  explicit_defaults.explicitly_set.clear();
  EXPECT_EQ(explicit_defaults, BrokerSettings{});
}

TEST(BrokerSettings, TakeWhatIsSet) {
  const BrokerSettings taken = settings({{"num.partitions", " 7 "},
                                         {"auto.create.topics.enable", "False"},
                                         {"broker.rack", "r1"},
                                         {"offsets.topic.replication.factor", "1"},
                                         {"log.cleaner.io.buffer.load.factor", "0.5"},
                                         {"log.segment.bytes", "2000000"},
                                         {"zookeeper.connect", "zk:2181/kafka"}});
  EXPECT_EQ(taken.num_partitions, 7);
  EXPECT_FALSE(taken.auto_create_topics_enable);
  EXPECT_EQ(taken.broker_rack, "r1");
  EXPECT_EQ(taken.offsets_topic_replication_factor, 1);
  EXPECT_EQ(taken.log_cleaner_io_buffer_load_factor, 0.5);
  EXPECT_EQ(taken.topic_defaults.segment_bytes, 2'000'000);
  EXPECT_EQ(taken.zookeeper_connect, "zk:2181/kafka");
}

TEST(BrokerSettings, BrokerIdAndNodeIdAreOneNumber) {
  EXPECT_EQ(settings({}).broker_id, no_broker);
  EXPECT_EQ(settings({{"broker.id", "5"}}).broker_id, BrokerId{5});
  EXPECT_EQ(settings({{"node.id", "7"}}).broker_id, BrokerId{7});
  EXPECT_EQ(settings({{"broker.id", "5"}, {"node.id", "5"}}).broker_id, BrokerId{5});
  EXPECT_EQ(complaint({{"broker.id", "5"}, {"node.id", "6"}}),
            "You must set `node.id` to the same value as `broker.id`");
}

TEST(BrokerSettings, OfConsumerGroupsAreThoseThatAreServed) {
  const BrokerSettings taken = settings({{"group.consumer.assignors", "range"},
                                         {"group.consumer.migration.policy", "UPGRADE"},
                                         {"group.consumer.max.size", "7"}});
  EXPECT_EQ(taken.group_consumer_assignors, std::vector<std::string>{"range"});
  EXPECT_EQ(taken.group_consumer_migration_policy, "upgrade");
  EXPECT_EQ(taken.group_consumer_max_size, 7);
  EXPECT_EQ(complaint({{"group.consumer.assignors", "uniform,org.example.Mine"}}),
            "Invalid value org.example.Mine for configuration group.consumer.assignors: the "
            "assignors are uniform and range");
}

TEST(BrokerSettings, LogDirsComesBeforeLogDir) {
  using Folders = std::vector<std::string>;
  EXPECT_EQ(settings({}).log_dirs, Folders{"/tmp/kafka-logs"});
  EXPECT_EQ(settings({{"log.dir", "/x"}}).log_dirs, Folders{"/x"});
  EXPECT_EQ(settings({{"log.dir", "/x"}, {"log.dirs", " /a ,, /b "}}).log_dirs,
            (Folders{"/a", "/b"}));
}

TEST(BrokerSettings, TimesComeInSeveralUnits) {
  const struct {
    SettingMap set;
    std::int64_t TopicSettings::* member;
    std::int64_t value;
  } cases[] = {
      {{{"log.retention.hours", "2"}}, &TopicSettings::retention_ms, 7'200'000},
      {{{"log.retention.hours", "0"}, {"log.retention.minutes", "5"}},
       &TopicSettings::retention_ms,
       300'000},
      {{{"log.retention.minutes", "0"}, {"log.retention.ms", "-1"}},
       &TopicSettings::retention_ms,
       -1},
      {{{"log.retention.hours", "-5"}}, &TopicSettings::retention_ms, -1},
      {{{"log.retention.hours", "2147483647"}},
       &TopicSettings::retention_ms,
       2'147'483'647LL * 3'600'000},
      {{{"log.roll.hours", "1"}}, &TopicSettings::segment_ms, 3'600'000},
      {{{"log.roll.hours", "1"}, {"log.roll.ms", "77"}}, &TopicSettings::segment_ms, 77},
      {{{"log.roll.jitter.hours", "1"}}, &TopicSettings::segment_jitter_ms, 3'600'000},
      {{{"log.flush.scheduler.interval.ms", "9"}}, &TopicSettings::flush_ms, 9},
      {{{"log.flush.scheduler.interval.ms", "9"}, {"log.flush.interval.ms", "3"}},
       &TopicSettings::flush_ms,
       3},
  };
  for (const auto& c : cases) EXPECT_EQ(settings(c.set).topic_defaults.*c.member, c.value);
}

TEST(BrokerSettings, ConnectingToZooKeeperTakesAsLongAsASessionUnlessSet) {
  EXPECT_EQ(settings({{"zookeeper.session.timeout.ms", "9"}}).zookeeper_connection_timeout_ms, 9);
  EXPECT_EQ(
      settings({{"zookeeper.session.timeout.ms", "9"}, {"zookeeper.connection.timeout.ms", "4"}})
          .zookeeper_connection_timeout_ms,
      4);
}

TEST(BrokerSettings, LimitsOfSingleHostsAreRead) {
  const auto& limits = settings({{"max.connections.per.ip.overrides", "127.0.0.1:5, h:6,::1:7"}})
                           .max_connections_per_ip_overrides;
  EXPECT_EQ(limits, (std::map<std::string, std::int32_t>{{"127.0.0.1", 5}, {"h", 6}, {"::1", 7}}));
  for (const std::string wrong : {"a", ":5", "a:", "a:x", "a:-1", "a:99999999999"})
    EXPECT_TRUE(complaint({{"max.connections.per.ip.overrides", wrong}})
                    .starts_with("Error parsing configuration property "
                                 "'max.connections.per.ip.overrides'"))
        << wrong;
}

TEST(BrokerSettings, ContradictionsAreRefusedInTheWordsOfKafka) {
  const struct {
    SettingMap set;
    std::string_view complaint;
  } cases[] = {
      {{{"num.partitions", "0"}},
       "Invalid value 0 for configuration num.partitions: Value must be at least 1"},
      {{{"broker.id", "-2"}},
       "broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id"},
      {{{"broker.id", "1001"}},
       "broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id"},
      {{{"broker.id.generation.enable", "false"}}, "broker.id must be greater than or equal to 0"},
      {{{"log.dirs", ""}}, "At least one log directory must be defined via log.dirs or log.dir"},
      {{{"log.retention.ms", "0"}},
       "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"},
      {{{"log.retention.hours", "0"}},
       "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"},
      {{{"log.roll.ms", "0"}}, "log.roll.ms must be greater than or equal to 1"},
      {{{"log.roll.jitter.ms", "-1"}}, "log.roll.jitter.ms must be greater than or equal to 0"},
      {{{"log.flush.interval.ms", "-1"}},
       "log.flush.interval.ms must be greater than or equal to 0"},
      {{{"log.cleaner.threads", "0"}}, "log.cleaner.threads must be greater than or equal to 1"},
      {{{"offsets.topic.compression.codec", "5"}},
       "offsets.topic.compression.codec is from 0 to 4"},
      {{{"replica.fetch.wait.max.ms", "40000"}},
       "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent "
       "unnecessary socket timeouts"},
      {{{"replica.lag.time.max.ms", "400"}},
       "replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms "
       "to prevent frequent changes in ISR"},
      {{{"replica.selector.class", "org.example.Selector"}},
       "replica.selector.class is org.apache.kafka.common.replica.RackAwareReplicaSelector or "
       "org.apache.kafka.common.replica.LeaderSelector"},
      {{{"log.cleaner.dedupe.buffer.size", "100"}},
       "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread"},
      {{{"queued.max.request.bytes", "5"}},
       "queued.max.request.bytes must be larger or equal to socket.request.max.bytes"},
      {{{"max.connections.per.ip", "0"}},
       "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides "
       "property is set"},
      {{{"group.consumer.heartbeat.interval.ms", "99999"}},
       "group.consumer.heartbeat.interval.ms must be less than or equal to "
       "group.consumer.max.heartbeat.interval.ms"},
      {{{"group.consumer.session.timeout.ms", "1"}},
       "group.consumer.session.timeout.ms must be greater than or equal to "
       "group.consumer.min.session.timeout.ms"},
      {{{"group.consumer.max.session.timeout.ms", "1"}},
       "group.consumer.max.session.timeout.ms must be greater than or equal to "
       "group.consumer.min.session.timeout.ms"},
      {{{"group.coordinator.rebalance.protocols", "consumer"}},
       "Disabling the 'classic' protocol is not supported"},
      {{{"listeners", "SASL_PLAINTEXT://:1"},
        {"security.inter.broker.protocol", "SASL_PLAINTEXT"},
        {"sasl.mechanism.inter.broker.protocol", "PLAIN"}},
       "sasl.mechanism.inter.broker.protocol must be included in sasl.enabled.mechanisms when "
       "SASL is used for inter-broker communication"},
  };
  for (const auto& c : cases) EXPECT_EQ(complaint(c.set), c.complaint);
}

TEST(BrokerSettings, WarnOfWhatHasNoEffect) {
  EXPECT_EQ(
      loaded({{"num.partition", "3"}}).warnings,
      std::vector<std::string>{
          "num.partition is not a known setting and is ignored; did you mean num.partitions?"});
  EXPECT_EQ(loaded({{"qqqqqqqqqqqqqqqqqqqq", "3"}}).warnings,
            std::vector<std::string>{"qqqqqqqqqqqqqqqqqqqq is not a known setting and is ignored"});
  EXPECT_EQ(loaded({{"process.roles", "broker"}}).warnings,
            std::vector<std::string>{"process.roles has no effect in Gregor"});
  EXPECT_EQ(loaded({{"offsets.commit.required.acks", "-1"}}).warnings,
            std::vector<std::string>{"offsets.commit.required.acks is deprecated"});
  EXPECT_EQ(loaded({{"listeners", "PLAINTEXT://:1"}}).warnings, std::vector<std::string>{});
}

TEST(BrokerSettings, WarnOfWhatHasNoEffectYetUnlessItIsTheDefaultAnyway) {
  const auto not_yet = std::ranges::find_if(broker_settings(), [](const SettingDefinition& row) {
    return row.effect == Effect::not_yet && row.type == SettingType::boolean;
  });
  if (not_yet == broker_settings().end()) GTEST_SKIP() << "everything acts";
  const std::string name(not_yet->name);
  const std::string other = not_yet->default_text == "true" ? "false" : "true";
  EXPECT_EQ(loaded({{name, other}}).warnings,
            std::vector<std::string>{name + " has no effect yet"});
  EXPECT_EQ(loaded({{name, std::string(*not_yet->default_text)}}).warnings,
            std::vector<std::string>{});
}

TEST(BrokerSettings, TakeTheFileOfAKRaftNode) {
  constexpr std::string_view file =
      "process.roles=broker,controller\n"
      "node.id=1\n"
      "controller.quorum.bootstrap.servers=localhost:9093\n"
      "listeners=PLAINTEXT://:9092,CONTROLLER://:9093\n"
      "inter.broker.listener.name=PLAINTEXT\n"
      "advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\n"
      "controller.listener.names=CONTROLLER\n"
      "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL\n"
      "log.dirs=/var/lib/kafka\n"
      "offsets.topic.replication.factor=1\n"
      "log.segment.bytes=1073741824\n";
  const LoadedBrokerSettings node = loaded(to_setting_map(parse_properties(file).value()).map);
  EXPECT_EQ(node.settings.broker_id, BrokerId{1});
  EXPECT_EQ(node.settings.listeners.size(), 1U);
  EXPECT_EQ(node.settings.advertised_listeners.front().host, "localhost");
  EXPECT_TRUE(std::ranges::count(node.warnings, "process.roles has no effect in Gregor") == 1);
}

TEST(EffectiveSettings, TheMostSpecialLevelCounts) {
  BrokerLevels levels = {.static_broker = {{"log.retention.minutes", "600"}},
                         .dynamic_default = {{"log.retention.ms", "6666"}},
                         .dynamic_broker = {{"log.retention.ms", "5555"}}};
  const auto retention = [&] {
    return settings(effective_settings(levels)).topic_defaults.retention_ms;
  };
  EXPECT_EQ(retention(), 5555);
  levels.dynamic_broker.clear();
  EXPECT_EQ(retention(), 6666);
  levels.dynamic_default.clear();
  EXPECT_EQ(retention(), 36'000'000);
  levels.static_broker.clear();
  EXPECT_EQ(retention(), 604'800'000);
}

TEST(EffectiveSettings, LeaveOutWhatMayNotBeSetAtRunTime) {
  const BrokerLevels levels = {.static_broker = {{"log.dirs", "/a"}},
                               .dynamic_default = {{"log.dirs", "/b"},
                                                   {"no.such.key", "1"},
                                                   {"sasl.jaas.config", "for one broker only"},
                                                   {"num.io.threads", "0"}},
                               .dynamic_broker = {{"broker.id", "3"}, {"log.roll.ms", "x"}}};
  EXPECT_EQ(effective_settings(levels), (SettingMap{{"log.dirs", "/a"}}));
}

TEST(ValueOf, AnswersForKeysWithoutAMember) {
  EXPECT_EQ(value_of({}, "ssl.keystore.location"), std::nullopt);
  EXPECT_EQ(value_of({{"ssl.keystore.location", " /k "}}, "ssl.keystore.location"),
            SettingValue(std::string("/k")));
  EXPECT_EQ(value_of({}, "ssl.protocol"), SettingValue(std::string("TLSv1.3")));
}

RC_GTEST_PROP(BrokerSettings, AnyFileIsReadOrRefused, ()) {
  const auto name =
      rc::gen::map(rc::gen::inRange<std::size_t>(0, broker_settings().size()),
                   [](std::size_t i) { return std::string(broker_settings()[i].name); });
  const auto value = rc::gen::oneOf(
      rc::gen::elementOf(std::vector<std::string>{"", "0", "1", "-1", "-2", "true", "2147483647",
                                                  "PLAINTEXT", "a:b", "PLAINTEXT://:1", "delete"}),
      rc::gen::arbitrary<std::string>());
  const auto set = *rc::gen::container<SettingMap>(name, value);
  const auto result = broker_settings_from(set);
  if (!result) {
    RC_ASSERT(!result.error().detail.empty());
    return;
  }
  RC_ASSERT(result->settings.explicitly_set == set);
  RC_ASSERT(!result->settings.log_dirs.empty());
}

}  // namespace
}  // namespace gregor::model
