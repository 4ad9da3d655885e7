// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// testdata/kafka_znodes.txt holds payloads that Apache Kafka 3.9.0 wrote,
// testdata/kafka_2_6_znodes.txt such that brokers held at protocol 2.6 wrote: kind, space, payload.

#include "controller/znodes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "controller/java_order.h"
#include "controller/znode_paths.h"
#include "scenarios/scenario.h"

namespace gregor::controller::znode {
namespace {

using Text = model::Result<std::string>;

// Decodes a payload of a kind and encodes what came out.
template <class T>
Text encoded(const model::Result<T>& decoded,
             const std::function<std::string(const T&)>& encode_it) {
  if (!decoded) return fail(decoded.error());
  return encode_it(*decoded);
}

template <class T>
std::string plain_encode(const T& value) {
  return encode(value);
}

const std::map<std::string, std::function<Text(std::string_view)>> kinds{
    {"broker",
     [](auto p) {
       return encoded<BrokerRegistration>(decode_broker(p), plain_encode<BrokerRegistration>);
     }},
    {"topic",
     [](auto p) {
       return encoded<TopicAssignment>(decode_topic(p), plain_encode<TopicAssignment>);
     }},
    {"state",
     [](auto p) { return encoded<PartitionState>(decode_state(p), plain_encode<PartitionState>); }},
    {"controller",
     [](auto p) {
       return encoded<ControllerRegistration>(decode_controller(p),
                                              plain_encode<ControllerRegistration>);
     }},
    {"controller_epoch",
     [](auto p) {
       return encoded<model::ControllerEpoch>(decode_controller_epoch(p),
                                              plain_encode<model::ControllerEpoch>);
     }},
    {"cluster_id",
     [](auto p) { return encoded<std::string>(decode_cluster_id(p), encode_cluster_id); }},
    {"configs", [](auto p) { return encoded<Configs>(decode_configs(p), plain_encode<Configs>); }},
    {"config_change",
     [](auto p) { return encoded<std::string>(decode_config_change(p), encode_config_change); }},
    {"log_dir_event",
     [](auto p) {
       return encoded<model::BrokerId>(decode_log_dir_event(p), encode_log_dir_event);
     }},
    {"producer_ids",
     [](auto p) {
       return encoded<ProducerIds>(decode_producer_ids(p), plain_encode<ProducerIds>);
     }},
    {"features",
     [](auto p) { return encoded<Features>(decode_features(p), plain_encode<Features>); }},
};

std::vector<std::pair<std::string, std::string>> golden(const std::string& file) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& line : scenarios::split(scenarios::read_file("testdata/" + file), '\n')) {
    const std::size_t space = line.find(' ');
    if (space != std::string::npos) out.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  EXPECT_FALSE(out.empty());
  return out;
}

TEST(Znodes, WhatKafkaWroteIsWrittenAgainByteForByte) {
  for (const auto& [kind, payload] : golden("kafka_znodes.txt")) {
    const Text again = kinds.at(kind)(payload);
    ASSERT_TRUE(again.has_value()) << kind << payload << again.error().detail;
    EXPECT_EQ(*again, payload) << kind;
  }
}

TEST(Znodes, WhatOldKafkaWroteIsUnderstood) {
  for (const auto& [kind, payload] : golden("kafka_2_6_znodes.txt")) {
    const Text again = kinds.at(kind)(payload);
    ASSERT_TRUE(again.has_value()) << kind << payload << again.error().detail;
    const Text and_again = kinds.at(kind)(*again);
    EXPECT_EQ(and_again, again) << kind;
  }
}

TEST(Znodes, OldFormsOfABrokerAreUnderstood) {
  const auto v1 = decode_broker(
      R"({"version":1,"host":"h","port":9092,"jmx_port":9999,"timestamp":"2233345666"})");
  ASSERT_TRUE(v1.has_value()) << v1.error().detail;
  EXPECT_EQ(v1->endpoints, (std::vector<Endpoint>{{"PLAINTEXT", "PLAINTEXT", "h", 9092}}));
  const auto v3 = decode_broker(
      R"({"version":3,"host":null,"port":-1,"jmx_port":9999,"timestamp":"2233345666",)"
      R"("endpoints":["SSL://[::1]:9093","CLIENT://:9094"],"rack":"dc1","future":{"a":[]}})");
  ASSERT_TRUE(v3.has_value()) << v3.error().detail;
  EXPECT_EQ(v3->endpoints,
            (std::vector<Endpoint>{{"SSL", "SSL", "::1", 9093}, {"CLIENT", "CLIENT", "", 9094}}));
  EXPECT_EQ(v3->rack, "dc1");
}

TEST(Znodes, ABrokerWithoutPlaintextHasNoHostForOldClients) {
  const BrokerRegistration registration{.endpoints = {{"INTERNAL", "SASL_SSL", "::1", 9093}},
                                        .rack = std::nullopt,
                                        .timestamp = model::Timestamp{7},
                                        .features = {{"f", {1, 2}}}};
  EXPECT_EQ(
      encode(registration),
      R"({"features":{"f":{"min_version":1,"max_version":2}},)"
      R"("listener_security_protocol_map":{"INTERNAL":"SASL_SSL"},)"
      R"("endpoints":["INTERNAL://[::1]:9093"],"jmx_port":-1,"port":-1,"host":null,"version":5,)"
      R"("timestamp":"7"})");
  EXPECT_EQ(decode_broker(encode(registration)), registration);
}

TEST(Znodes, WhatKafkaDoesNotHaveIsLeftOutWhereItSaysNothing) {
  PartitionState state{.controller_epoch = model::ControllerEpoch{1},
                       .leader = model::BrokerId{1},
                       .leader_epoch = model::LeaderEpoch{0},
                       .isr = {model::BrokerId{1}}};
  const std::string of_kafka =
      R"({"controller_epoch":1,"leader":1,"version":1,"leader_epoch":0,"isr":[1]})";
  EXPECT_EQ(encode(state), of_kafka);
  EXPECT_EQ(decode_state(of_kafka), state);
  state.eligible = {model::BrokerId{3}, model::BrokerId{2}};
  EXPECT_EQ(encode(state),
            of_kafka.substr(0, of_kafka.size() - 1) + R"(,"eligible_leader_replicas":[3,2]})");
  EXPECT_EQ(decode_state(encode(state)), state);
  BrokerRegistration registration{
      .endpoints = {}, .rack = std::nullopt, .timestamp = model::Timestamp{7}, .features = {}};
  EXPECT_FALSE(encode(registration).contains("unclean"));
  registration.unclean_shutdown = true;
  EXPECT_TRUE(encode(registration).ends_with(R"(,"unclean_shutdown":true})"));
  EXPECT_EQ(decode_broker(encode(registration)), registration);
  EXPECT_EQ(decode_broker(R"({"version":5,"endpoints":[],"unclean_shutdown":1})").error().detail,
            "broker registration: 'unclean_shutdown' is neither true nor false");
}

TEST(Znodes, AFailedLogIsToldAsKafkaTellsOfALogFolder) {
  EXPECT_EQ(encode_log_dir_event(model::BrokerId{7}), R"({"version":1,"broker":7,"event":1})");
  EXPECT_EQ(decode_log_dir_event(R"({"broker":7})"), model::BrokerId{7});
  EXPECT_EQ(log_dir_event_prefix(), "/log_dir_event_notification/log_dir_event_");
}

TEST(Znodes, MalformedPayloadsAreNamed) {
  const struct {
    const char *kind, *payload, *detail;
  } cases[] = {
      {"topic", "", "topic: not a JSON object"},
      {"topic", "[]", "topic: not a JSON object"},
      {"topic", "{}", "topic: 'partitions' is missing"},
      {"topic", R"({"partitions":{"0":[1],"2":[1]}})",
       "topic: 2 partitions, but one has the number '2'"},
      {"topic", R"({"partitions":{"00":[1]}})", "topic: 1 partitions, but one has the number '00'"},
      {"topic", R"({"partitions":{"999999999999999999999":[1]}})",
       "topic: 1 partitions, but one has the number '999999999999999999999'"},
      {"topic", R"({"partitions":{"0":[-1]}})",
       "topic: a broker's id is not a number from 0 to 2147483647"},
      {"topic", R"({"partitions":{"0":[4294967296]}})",
       "topic: a broker's id is not a number from 0 to 2147483647"},
      {"topic", R"({"partitions":{"0":7}})", "topic: a list of brokers is not a list"},
      {"topic", R"({"partitions":{"0":[1]},"topic_id":"x"})", "topic: 'topic_id' is no id"},
      {"topic", R"({"partitions":{"0":[1]},"adding_replicas":{"1":[1]}})",
       "topic: 'adding_replicas' names a partition '1'"},
      {"state", R"({"leader":1})", "partition state: 'controller_epoch' is missing"},
      {"state", R"({"controller_epoch":1,"leader":-2,"leader_epoch":0,"isr":[]})",
       "partition state: 'leader' is below -1"},
      {"state",
       R"({"controller_epoch":1,"leader":1,"leader_epoch":0,"isr":[1],)"
       R"("eligible_leader_replicas":2})",
       "partition state: a list of brokers is not a list"},
      {"state", R"({"controller_epoch":1e99,"leader":1,"leader_epoch":0,"isr":[]})",
       "partition state: 'controller_epoch' is not a 32-bit number"},
      {"state", R"({"controller_epoch":18446744073709551615,"leader":1,"leader_epoch":0,"isr":[]})",
       "partition state: 'controller_epoch' is not a 32-bit number"},
      {"controller", R"({"brokerid":"1"})", "controller: 'brokerid' is not a 32-bit number"},
      {"controller_epoch", "1 ", "controller epoch: not a number"},
      {"controller_epoch", "-1", "controller epoch: not a number"},
      {"cluster_id", R"({"id":""})", "cluster id: 'id' is empty"},
      {"configs", R"({"config":{"a":1}})", "configs: a text is not in quotes"},
      {"producer_ids", R"({"broker":1,"block_start":"5","block_end":"4"})",
       "producer id block: the block is empty"},
      {"producer_ids", R"({"broker":1,"block_start":5,"block_end":"4"})",
       "producer id block: a text is not in quotes"},
      {"broker", R"({"version":5,"endpoints":["h:1"]})",
       "broker registration: 'h:1' is no endpoint"},
      {"broker", R"({"version":5,"endpoints":["A://h:65536"]})",
       "broker registration: 'A://h:65536' is no endpoint"},
      {"log_dir_event", R"({"version":1,"event":1})", "log folder event: 'broker' is missing"},
      {"features", R"({"status":1,"features":{"f":{}}})",
       "features: 'max_version_level' is missing or no 32-bit number"},
  };
  for (const auto& one : cases) {
    const Text result = kinds.at(one.kind)(one.payload);
    ASSERT_FALSE(result.has_value()) << one.payload;
    EXPECT_EQ(result.error(), (model::Error{model::ErrorCode::corrupt_message, one.detail}));
  }
}

TEST(Znodes, DeepNestingIsHarmless) {
  const std::string open(100'000, '['), close(100'000, ']');
  for (const auto& [kind, again] : kinds)
    EXPECT_FALSE(again(R"({"partitions":)" + open).has_value());
  EXPECT_FALSE(kinds.at("topic")(R"({"partitions":)" + open + close + "}").has_value());
}

RC_GTEST_PROP(Znodes, AnyBytesAreAnsweredWithAnError, (const std::string& payload)) {
  for (const auto& [kind, again] : kinds)
    if (!(kind == "configs" && payload.empty()) && kind != "controller_epoch")
      RC_ASSERT(!again(payload).has_value());
  RC_ASSERT(decode_controller_epoch(payload).value_or(model::ControllerEpoch{0}).value() >= 0);
}

// Whatever is accepted after damage comes back the same once it was written again.
RC_GTEST_PROP(Znodes, DamagedPayloadsAreRefusedOrMeanSomething, (const std::string& garbage)) {
  static const auto payloads = golden("kafka_znodes.txt");
  auto [kind, payload] = *rc::gen::elementOf(payloads);
  const auto at = *rc::gen::inRange<std::size_t>(0, payload.size());
  payload.replace(at, *rc::gen::inRange<std::size_t>(0, 4), garbage.substr(0, 3));
  const Text again = kinds.at(kind)(payload);
  if (again) {
    RC_ASSERT(kinds.at(kind)(*again).value() == *again);
  }
}

RC_GTEST_PROP(Znodes, ConfigsComeBack, (const Configs& configs)) {
  // Texts from clients may be no UTF-8: those bytes are replaced once, and then stay.
  const auto once = decode_configs(encode(configs));
  RC_ASSERT(once.has_value());
  RC_ASSERT(decode_configs(encode(*once)).value() == *once);
}

TEST(Znodes, PathsAreKafkas) {
  EXPECT_EQ(partition_state("a.b", model::PartitionIndex{3}),
            "/brokers/topics/a.b/partitions/3/state");
  EXPECT_EQ(partition_of_state("/brokers/topics/a.b/partitions/3/state"),
            (model::TopicPartition{"a.b", model::PartitionIndex{3}}));
  for (const char* other :
       {"/brokers/topics/t/partitions/3", "/brokers/topics/t/partitions/x/state",
        "/brokers/topics/t/partitions/-1/state", "/brokers/topics/t/state", "/brokers/topics/state",
        "/brokers/topics/partitions/3/state", "/state"})
    EXPECT_EQ(partition_of_state(other), std::nullopt) << other;
  EXPECT_EQ(config(DefaultBroker{}), "/config/brokers/<default>");
  EXPECT_EQ(config(model::BrokerId{2}), "/config/brokers/2");
  EXPECT_EQ(config_entity(TopicName{"t"}), "topics/t");
  EXPECT_EQ(sanitized("we ird/client*+"), "we%20ird%2Fclient%2A%2B");
  EXPECT_EQ(desanitized("we%20ird%2Fclient%2A%2B"), "we ird/client*+");
  EXPECT_EQ(desanitized("a+b"), "a b");
  for (const char* bad : {"%", "%2", "%2x", "%zz"}) EXPECT_EQ(desanitized(bad), std::nullopt);
}

RC_GTEST_PROP(Znodes, SanitizedNamesComeBack, (const std::string& name)) {
  RC_ASSERT(desanitized(sanitized(name)) == name);
}

TEST(Znodes, JavaHashesAsJavaDoes) {
  EXPECT_EQ(java_hash(""), 0U);
  EXPECT_EQ(java_hash("10"), 1567U);
  EXPECT_EQ(java_hash("cleanup.policy"), static_cast<std::uint32_t>(-537988164));
}

}  // namespace
}  // namespace gregor::controller::znode
