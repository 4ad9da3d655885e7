// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What people and machines read of a run.
#include "fuzz/wire/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gregor::fuzz::wire {
namespace {

using testing::HasSubstr;
using testing::Not;

Finding a_finding(Fault fault, const std::string& request) {
  Conversation conversation{.number = 17, .requests = {}};
  conversation.requests.push_back(
      {Kind::damaged, "Fetch version 12", {std::byte{0}, std::byte{0xab}}});
  return {.verdict = {fault, "a \"detail\" with <signs> & more\x01"},
          .request = request,
          .conversations = {conversation}};
}

Report a_report() {
  Report report;
  report.broker = "127.0.0.1:9092";
  report.seed = 5;
  report.repeat = "gregor fuzz wire --seed 5";
  report.count({.number = 1, .requests = {{Kind::plausible, "Fetch version 12", {}}}},
               {Outcome::answered});
  return report;
}

TEST(Report, TellsEachFindingOnceWithItsBytesAndTheCommandThatRepeatsIt) {
  Report report = a_report();
  report.add(a_finding(Fault::hang, "Fetch version 12, damaged"));
  report.add(a_finding(Fault::hang, "Fetch version 12, damaged"));
  report.add(a_finding(Fault::trailing_bytes, "Fetch version 12, damaged"));
  const std::string text = to_text(report);
  EXPECT_THAT(text, HasSubstr("FOUND hang, 2 times: a \"detail\""));
  EXPECT_THAT(text, HasSubstr("conversation 17:\n    Fetch version 12 (damaged): 00ab\n"));
  EXPECT_THAT(text, HasSubstr("repeat: gregor fuzz wire --seed 5 --only 17\n"));
  EXPECT_THAT(text, HasSubstr("\n2 findings\n"));
  EXPECT_THAT(to_text(a_report()), HasSubstr("\n0 findings\n"));
}

TEST(Report, IsADocumentOfJson) {
  Report report = a_report();
  report.add(a_finding(Fault::hang, "Fetch version 12, damaged"));
  const auto document = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(document["_command"], "fuzz wire");
  EXPECT_EQ(document["seed"], 5);
  EXPECT_EQ(document["requests"]["plausible"]["answered"], 1);
  EXPECT_EQ(document["sound_requests"]["Fetch version 12"]["sent"], 1);
  const auto& finding = document["findings"][0];
  EXPECT_EQ(finding["fault"], "hang");
  EXPECT_EQ(finding["repeat"], "gregor fuzz wire --seed 5 --only 17");
  EXPECT_EQ(finding["conversations"][0]["requests"][0]["bytes"], "00ab");
}

TEST(Report, IsASuiteOfJUnitWithACaseForEachFault) {
  EXPECT_THAT(to_junit(a_report()), HasSubstr("tests=\"10\" failures=\"0\""));
  Report report = a_report();
  report.add(a_finding(Fault::hang, "Fetch version 12, damaged"));
  report.add(a_finding(Fault::hang, "another"));
  const std::string xml = to_junit(report);
  EXPECT_THAT(xml, HasSubstr("tests=\"10\" failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"hang\">\n    <failure message=\"neither an answer"));
  EXPECT_THAT(xml, HasSubstr("a &quot;detail&quot; with &lt;signs&gt; &amp; more?"));
  EXPECT_THAT(xml, HasSubstr("name=\"crash\"/>"));
  EXPECT_THAT(xml, Not(HasSubstr("\x01")));
}

}  // namespace
}  // namespace gregor::fuzz::wire
