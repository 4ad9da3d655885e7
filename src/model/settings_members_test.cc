// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Keys with equal defaults could change places without a wrong value to show it. So the sources are
// read: a line that binds a key to a member must bind it to the one that is named after it.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "model/settings.h"

namespace gregor::model {
namespace {

std::string contents_of(const std::string& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in.is_open()) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::smatch> matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), {}};
}

struct Sources {
  std::string type;    // of the struct
  std::string header;  // where it is
  std::string reader;
  std::size_t bindings_min;
};

class SettingsMembers : public testing::TestWithParam<Sources> {};

TEST_P(SettingsMembers, AreBoundToTheKeysTheyAreNamedAfter) {
  const std::string reader = contents_of(GetParam().reader);
  const std::regex binding("\\{\"([a-z0-9.]+)\",\\s*&" + GetParam().type + "::(\\w+)\\}");
  const auto bindings = matches(reader, binding);
  EXPECT_GE(bindings.size(), GetParam().bindings_min);
  for (const std::smatch& match : bindings) {
    std::string key = match[1];
    const bool of_a_broker = GetParam().type == "BrokerSettings";
    EXPECT_NE(of_a_broker ? find_broker_setting(key) : find_topic_setting(key), nullptr) << key;
    std::ranges::replace(key, '.', '_');
    EXPECT_EQ(match[2], key);
  }
}

TEST_P(SettingsMembers, AreAllRead) {
  const std::string header = contents_of(GetParam().header);
  const std::size_t begin = header.find("struct " + GetParam().type);
  const std::string members = header.substr(begin, header.find("\n};", begin) - begin);
  const std::string reader = contents_of(GetParam().reader);
  const auto declared = matches(members, std::regex("\\n  [\\w:<>, ]+ (\\w+)( = [^\\n]*)?;"));
  EXPECT_GE(declared.size(), GetParam().bindings_min);
  for (const std::smatch& match : declared) {
    const std::string name = match[1];
    EXPECT_TRUE(reader.contains(GetParam().type + "::" + name) ||
                reader.contains("settings." + name))
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfBothStructs, SettingsMembers,
    testing::Values(Sources{"BrokerSettings", "broker_settings.h", "broker_settings.cc", 80},
                    Sources{"TopicSettings", "topic_settings.h", "topic_settings.cc", 20}));

}  // namespace
}  // namespace gregor::model
