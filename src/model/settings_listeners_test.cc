// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_listeners.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace gregor::model {
namespace {

// "NAME/protocol/host:port" of all listeners; then, if others, the advertised ones.
std::string outcome(const SettingMap& set) {
  const auto read = listener_settings_from(set);
  if (!read) {
    EXPECT_EQ(read.error().code, ErrorCode::invalid_config);
    return read.error().detail;
  }
  const auto text_of = [](const std::vector<Listener>& listeners) {
    std::string text;
    for (const Listener& listener : listeners)
      text += (text.empty() ? "" : " ") + listener.name + "/" +
              std::to_string(static_cast<int>(listener.protocol)) + "/" + listener.host + ":" +
              std::to_string(listener.port);
    return text;
  };
  std::string text = text_of(read->listeners);
  if (read->advertised != read->listeners) text += " advertised " + text_of(read->advertised);
  return text;
}

struct Case {
  SettingMap set;
  std::string_view outcome;
};

TEST(Listeners, AreReadAsKafkaReadsThem) {
  const Case cases[] = {
      {{}, "PLAINTEXT/0/:9092"},
      {{{"listeners", "plaintext://h:1"}}, "PLAINTEXT/0/h:1"},
      {{{"listeners", "PLAINTEXT://:0,SSL://:0"}}, "PLAINTEXT/0/:0 SSL/1/:0"},
      {{{"listeners", "PLAINTEXT://[::1]:9092"}}, "PLAINTEXT/0/::1:9092"},
      {{{"listeners", "PLAINTEXT://::1:9092"}}, "PLAINTEXT/0/::1:9092"},
      {{{"listeners", "PLAINTEXT://127.0.0.1:9092, SSL://:9093 "}},
       "PLAINTEXT/0/127.0.0.1:9092 SSL/1/:9093"},
      {{{"listeners", "PLAINTEXT://:1,SASL_PLAINTEXT://:2,SASL_SSL://:3"}},
       "PLAINTEXT/0/:1 SASL_PLAINTEXT/2/:2 SASL_SSL/3/:3"},
      {{{"listeners", "PLAINTEXT://127.0.0.1:9092,SSL://[::1]:9092"}},
       "PLAINTEXT/0/127.0.0.1:9092 SSL/1/::1:9092"},
      {{{"listeners", "A://:1"},
        {"listener.security.protocol.map", " a : SSL "},
        {"inter.broker.listener.name", "a"}},
       "A/1/:1"},
      {{{"advertised.listeners", "PLAINTEXT://h.example.org:1"}},
       "PLAINTEXT/0/:9092 advertised PLAINTEXT/0/h.example.org:1"},
      {{{"listeners", "PLAINTEXT://0.0.0.0:9092"}, {"advertised.listeners", "PLAINTEXT://h:1"}},
       "PLAINTEXT/0/0.0.0.0:9092 advertised PLAINTEXT/0/h:1"},
  };
  for (const Case& c : cases) EXPECT_EQ(outcome(c.set), c.outcome);
}

TEST(Listeners, AreRefusedInTheWordsOfKafka) {
  const Case cases[] = {
      {{{"listeners", "foo"}},
       "Error creating broker listeners from 'foo': Unable to parse foo to a broker endpoint"},
      {{{"listeners", "PLAINTEXT://:abc"}},
       "Error creating broker listeners from 'PLAINTEXT://:abc': Unable to parse PLAINTEXT://:abc "
       "to a broker endpoint"},
      {{{"listeners", "PLAINTEXT://"}},
       "Error creating broker listeners from 'PLAINTEXT://': Unable to parse PLAINTEXT:// to a "
       "broker endpoint"},
      {{{"listeners", "PLAINTEXT://h"}},
       "Error creating broker listeners from 'PLAINTEXT://h': Unable to parse PLAINTEXT://h to a "
       "broker endpoint"},
      {{{"listeners", "PLAINTEXT://a b:1"}},
       "Error creating broker listeners from 'PLAINTEXT://a b:1': Unable to parse PLAINTEXT://a "
       "b:1 to a broker endpoint"},
      {{{"listeners", "A://:1"}},
       "Error creating broker listeners from 'A://:1': No security protocol defined for listener "
       "A"},
      {{{"listeners", ""}}, "There must be at least one broker advertised listener"},
      {{{"listeners", "PLAINTEXT://:9092,PLAINTEXT://:9093"}},
       "Each listener must have a different name, listeners: "
       "PLAINTEXT://:9092,PLAINTEXT://:9093"},
      {{{"listeners", "PLAINTEXT://:9092,SSL://:9092"}},
       "Each listener must have a different port, listeners: PLAINTEXT://:9092,SSL://:9092"},
      {{{"listener.security.protocol.map", "A:FOO"}},
       "Invalid security protocol `FOO` defined in listener.security.protocol.map"},
      {{{"listener.security.protocol.map", "A"}},
       "listener.security.protocol.map: 'A' is not of the form NAME:PROTOCOL"},
      {{{"advertised.listeners", "PLAINTEXT://0.0.0.0:1"}},
       "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP "
       "address"},
      {{{"listeners", "PLAINTEXT://0.0.0.0:9092"}},
       "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP "
       "address"},
      {{{"advertised.listeners", "PLAINTEXT://h:1,SSL://h:1"}},
       "advertised.listeners listener names must be equal to or a subset of the ones defined in "
       "listeners. Found PLAINTEXT,SSL. The valid options based on the current configuration are "
       "PLAINTEXT"},
      {{{"advertised.listeners", ""}}, "There must be at least one broker advertised listener"},
      {{{"inter.broker.listener.name", "X"}},
       "Listener with name X defined in inter.broker.listener.name not found in "
       "listener.security.protocol.map"},
      {{{"inter.broker.listener.name", "PLAINTEXT"},
        {"security.inter.broker.protocol", "PLAINTEXT"}},
       "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set"},
      {{{"security.inter.broker.protocol", "SSL"}},
       "inter.broker.listener.name must be a listener name defined in advertised.listeners. The "
       "valid options based on currently configured listeners are PLAINTEXT"},
      {{{"control.plane.listener.name", "X"}},
       "Listener with X defined in control.plane.listener.name not found in "
       "listener.security.protocol.map"},
      {{{"control.plane.listener.name", "PLAINTEXT"}},
       "control.plane.listener.name, when defined, should have a different value from the inter "
       "broker listener name"},
      {{{"control.plane.listener.name", "SSL"}},
       "control.plane.listener.name SSL is not among listeners PLAINTEXT"},
  };
  for (const Case& c : cases) EXPECT_EQ(outcome(c.set), c.outcome);
}

// Where Kafka goes on with a port that it cannot open.
TEST(Listeners, HavePortsThatExist) {
  for (const std::string port : {"-1", "65536", "99999"})
    EXPECT_EQ(outcome({{"listeners", "PLAINTEXT://:" + port}}),
              "Error creating broker listeners from 'PLAINTEXT://:" + port +
                  "': PLAINTEXT://:" + port + ": a port is from 0 to 65535");
}

TEST(Listeners, OfAKRaftControllerAreLeftOutWithAWarning) {
  const auto read =
      listener_settings_from({{"listeners", "PLAINTEXT://:1,CONTROLLER://:2"},
                              {"advertised.listeners", "PLAINTEXT://h:1,CONTROLLER://h:2"},
                              {"controller.listener.names", "CONTROLLER"}});
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  const std::vector<Listener> expected = {{"PLAINTEXT", SecurityProtocol::plaintext, "", 1}};
  EXPECT_EQ(read->listeners, expected);
  EXPECT_EQ(read->advertised.size(), 1U);
  EXPECT_EQ(read->warnings, std::vector<std::string>{
                                "listeners CONTROLLER are for KRaft controllers and are left out"});
}

TEST(Listeners, AreNotMoreThanAnybodyNeeds) {
  std::string listeners;
  for (int i = 0; i < 200; ++i) listeners += "PLAINTEXT://:" + std::to_string(i + 1) + ",";
  EXPECT_TRUE(outcome({{"listeners", listeners}}).ends_with("There are more than 100 listeners"));
}

RC_GTEST_PROP(Listeners, AnyTextIsReadOrRefused, ()) {
  const auto odd = rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("PLAINTEXTSSL:://[],. 0129-%a\x01")));
  SettingMap set;
  for (const char* name : {"listeners", "advertised.listeners", "listener.security.protocol.map"})
    if (*rc::gen::arbitrary<bool>()) set[name] = *odd;
  const auto read = listener_settings_from(set);
  if (read) RC_ASSERT(!read->advertised.empty() && !read->listeners.empty());
}

}  // namespace
}  // namespace gregor::model
