// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// docs/compatibility.md says which APIs are served in which versions and which settings act: it is
// held to the code here, so that it cannot fall behind.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "broker/router.h"
#include "model/settings.h"
#include "protocol/api_table.h"

namespace gregor::broker {
namespace {

std::string document() {
  std::ifstream file("../../docs/compatibility.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

// The words of the block that opens with ```name.
std::set<std::string> words_of_block(const std::string& text, const std::string& name) {
  const std::string opening = "```" + name + "\n";
  const std::size_t begin = text.find(opening) + opening.size();
  std::istringstream words(text.substr(begin, text.find("```", begin) - begin));
  return {std::istream_iterator<std::string>(words), {}};
}

std::set<std::string> acting(std::span<const model::SettingDefinition> settings) {
  std::set<std::string> names;
  for (const model::SettingDefinition& setting : settings)
    if (setting.effect == model::Effect::acts) names.emplace(setting.name);
  return names;
}

TEST(Compatibility, DocumentNamesTheVersionsThatAreAdvertised) {
  const std::string text = document();
  std::set<std::string> rows;
  for (const ServedApi& api : all_served_apis()) {
    const protocol::Versions versions = advertised_versions(api);
    rows.insert(fmt::format("| {} | {} | {}-{} |", protocol::find_api(api.key)->name,
                            api.key.value(), versions.first, versions.last));
  }
  for (const std::string& row : rows)
    EXPECT_NE(text.find(row), std::string::npos) << "not in docs/compatibility.md: " << row;
}

TEST(Compatibility, DocumentListsTheSettingsThatAct) {
  const std::string text = document();
  EXPECT_EQ(words_of_block(text, "broker"), acting(model::broker_settings()));
  EXPECT_EQ(words_of_block(text, "topic"), acting(model::topic_settings()));
}

}  // namespace
}  // namespace gregor::broker
