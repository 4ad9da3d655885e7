// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The parts of the runner that decide something, without a cluster. What they do to one is tried by
// `./dev jepsen --quick`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "jepsen/checkers/text_history.h"
#include "jepsen/runner/deployment.h"
#include "jepsen/runner/nemesis.h"
#include "jepsen/runner/network.h"
#include "jepsen/runner/partition_plan.h"
#include "jepsen/runner/plot.h"
#include "jepsen/runner/report.h"
#include "jepsen/runner/run.h"
#include "jepsen/runner/store.h"
#include "jepsen/runner/timeline.h"
#include "server/temporary_folder.h"

namespace gregor::jepsen {
namespace {

using server::content_of;
using server::TemporaryFolder;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr milliseconds long_enough{20'000};

// A cluster of shell scripts.
Recipe scripts(const TemporaryFolder& folder, const std::vector<std::string>& lines) {
  Recipe recipe{.target = "scripts"};
  for (const std::string& line : lines) {
    const auto id = static_cast<std::int32_t>(recipe.nodes.size() + 1);
    recipe.nodes.push_back(
        {Role::broker, id, {{"sh", "-c", line}, folder.path() + "/" + std::to_string(id)}, {}});
  }
  return recipe;
}

TEST(Process, SaysHowItEndedAndWhatItSaid) {
  const TemporaryFolder folder;
  const std::filesystem::path log = folder.path() + "/log";
  auto process = Process::start({{"sh", "-c", "echo out; echo err >&2; exit 7"}, log});
  ASSERT_TRUE(process.has_value());
  EXPECT_TRUE(process->wait(long_enough));
  EXPECT_EQ(process->exit_code(), 7);
  EXPECT_EQ(content_of(log), "out\nerr\n");
  EXPECT_FALSE(Process::start({{"no-such-program"}, log}).has_value());
  EXPECT_FALSE(run_to_end({{"sh", "-c", "exit 1"}, log}, long_enough).has_value());
  EXPECT_TRUE(run_to_end({{"sh", "-c", "exit 0"}, log}, long_enough).has_value());
}

TEST(Process, AKillReachesAlsoOneThatIsStopped) {
  const TemporaryFolder folder;
  auto process = Process::start({{"sleep", "1000"}, folder.path() + "/log"});
  ASSERT_TRUE(process.has_value());
  process->signal(SIGSTOP);
  EXPECT_TRUE(process->alive());
  process->kill();
  EXPECT_FALSE(process->alive());
}

TEST(Deployment, ToldEndsAreExpectedAndOthersAreNot) {
  const TemporaryFolder folder;
  Deployment deployment(scripts(folder, {"exec sleep 1000", "exit 3"}));
  ASSERT_TRUE(deployment.start(0) && deployment.start(1));
  while (deployment.running(1)) std::this_thread::yield();
  deployment.kill(0);
  EXPECT_THAT(deployment.unexpected_ends(), ElementsAre("broker 2 ended with 3"));
  EXPECT_THAT(deployment.unexpected_ends(), ElementsAre()) << "each is told once";
  EXPECT_EQ(deployment.restarts(), 0U);
  ASSERT_TRUE(deployment.heal());
  EXPECT_TRUE(deployment.running(0));
  EXPECT_EQ(deployment.restarts(), 2U);
}

// Its first life lasts, its second one is refused, its third one lasts, the others end with 3.
TEST(Deployment, WhoWouldNotStartYetIsStartedAgainAndNobodyElse) {
  const TemporaryFolder folder;
  const std::string lives = folder.path() + "/lives";
  Recipe recipe = scripts(folder, {"echo >>" + lives + "; case $(wc -l <" + lives +
                                   ") in 1|3) exec sleep 1000;; 2) echo still there; exit 1;; "
                                   "*) exit 3; esac"});
  recipe.nodes[0].refusal = "still there";
  Deployment deployment(std::move(recipe));
  const auto wait_for_end = [&] {
    while (deployment.running(0)) std::this_thread::yield();
  };
  const auto restart_in_life = [&](std::size_t number) {
    while (content_of(lives).size() < number) std::this_thread::yield();
    deployment.kill(0);
    ASSERT_TRUE(deployment.start(0));
  };
  ASSERT_TRUE(deployment.start(0));
  EXPECT_THAT(deployment.start_refused_again(), ElementsAre()) << "it runs";
  restart_in_life(1);
  wait_for_end();
  EXPECT_THAT(deployment.start_refused_again(), ElementsAre("broker 1"));
  EXPECT_THAT(deployment.unexpected_ends(), ElementsAre());
  EXPECT_EQ(deployment.refused_starts(), 1U);
  EXPECT_TRUE(deployment.running(0));
  restart_in_life(3);
  wait_for_end();
  EXPECT_THAT(deployment.start_refused_again(), ElementsAre()) << "what an earlier life said";
  EXPECT_THAT(deployment.unexpected_ends(), ElementsAre("broker 1 ended with 3"));
}

TEST(Deployment, AStopThatIsIgnoredIsToldAndEndsAllTheSame) {
  const TemporaryFolder folder;
  const std::string mark = folder.path() + "/trapped";
  Deployment deployment(scripts(
      folder,
      {"trap '' TERM; touch " + mark + "; while :; do sleep 0.01; done", "exec sleep 1000"}));
  ASSERT_TRUE(deployment.start(0) && deployment.start(1));
  while (!std::filesystem::exists(mark)) std::this_thread::yield();
  EXPECT_FALSE(deployment.terminate(0, milliseconds(50)));
  EXPECT_TRUE(deployment.terminate(1, long_enough));
  EXPECT_FALSE(deployment.running(0));
  EXPECT_THAT(deployment.unexpected_ends(), ElementsAre());
}

TEST(Nemesis, HealsEverythingAndWritesDownWhatItDid) {
  const TemporaryFolder folder;
  Deployment deployment(scripts(folder, {"exec sleep 1000", "exec sleep 1000"}));
  ASSERT_TRUE(deployment.start(0) && deployment.start(1));
  Recorder recorder(folder.path());
  NemesisOptions options{.faults = *parse_faults("kill,pause,term,bounce"),
                         .aims = {Aim::random, Aim::all},
                         .interval = milliseconds(10),
                         .duration = milliseconds(300),
                         .seed = 7};
  const NemesisReport report = Nemesis(options, deployment, Client({}), recorder).run();
  EXPECT_GT(report.faults, 0U);
  EXPECT_THAT(report.troubles, ElementsAre());
  EXPECT_TRUE(deployment.running(0) && deployment.running(1));
  EXPECT_TRUE(recorder.finish());
  std::ifstream file(folder.path() + "/history.jsonl");
  const auto history = read_history(file);
  ASSERT_TRUE(history.has_value()) << history.error().what;
  EXPECT_GE(history->operations.size(), 2 * report.faults);
  EXPECT_EQ(recorder.entries().back().text, "everything");
  for (const FaultSpan& span : count(recorder.entries()).faults) EXPECT_LE(span.from, span.to);
}

TEST(Nemesis, WordsOnTheCommandLineAreKnownOrRefused) {
  EXPECT_THAT(*parse_faults("none"), ElementsAre());
  EXPECT_THAT(*parse_faults("kill,storm"), ElementsAre(FaultKind::kill, FaultKind::storm));
  EXPECT_THAT(*parse_aims("leader"), ElementsAre(Aim::leader));
  EXPECT_THAT(*parse_faults("power-loss,lossy-network,clock"),
              ElementsAre(FaultKind::power_loss, FaultKind::lossy_network, FaultKind::clock));
  EXPECT_FALSE(parse_faults("kill,flood").has_value());
  EXPECT_FALSE(parse_aims("everybody").has_value());
}

std::vector<NodeSpec> nodes_of(std::size_t zookeepers, std::size_t brokers) {
  std::vector<NodeSpec> nodes;
  for (std::size_t i = 0; i < zookeepers; ++i) nodes.push_back({.role = Role::zookeeper});
  for (std::size_t i = 0; i < brokers; ++i) nodes.push_back({.role = Role::broker});
  return nodes;
}

Cuts sorted_plan(PartitionKind kind, const std::vector<NodeSpec>& nodes, const Nodes& victims,
                 std::uint64_t seed = 1) {
  base::Prng prng(seed);
  Cuts cuts = plan_partition(kind, nodes, victims, prng);
  std::ranges::sort(cuts);
  return cuts;
}

TEST(PartitionPlan, CutsWhatItsNameSays) {
  const auto nodes = nodes_of(1, 2);
  using Cut = std::pair<std::size_t, std::size_t>;
  EXPECT_THAT(sorted_plan(PartitionKind::isolate, nodes, {2}),
              ElementsAre(Cut(0, 2), Cut(1, 2), Cut(2, 0), Cut(2, 1)));
  EXPECT_THAT(sorted_plan(PartitionKind::unzoo, nodes, {2}), ElementsAre(Cut(0, 2), Cut(2, 0)));
  bool deaf = false, mute = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Cuts cuts = sorted_plan(PartitionKind::oneway, nodes, {2}, seed);
    deaf = deaf || cuts == Cuts{{0, 2}, {1, 2}};
    mute = mute || cuts == Cuts{{2, 0}, {2, 1}};
    EXPECT_EQ(cuts.size(), 2U);
    const auto five = nodes_of(0, 5);
    EXPECT_EQ(sorted_plan(PartitionKind::halves, five, {}, seed).size(), 2U * 2 * 3);
    EXPECT_EQ(sorted_plan(PartitionKind::bridge, five, {}, seed).size(), 2U * 2 * 2);
    EXPECT_EQ(sorted_plan(PartitionKind::bridge, nodes_of(1, 3), {}, seed).size(), 2U);
  }
  EXPECT_TRUE(deaf && mute);
}

TEST(PartitionPlan, OnARingEachHearsAMajorityOfItsOwn) {
  for (const std::size_t brokers : {3U, 4U, 5U, 7U})
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      std::map<std::size_t, std::set<std::size_t>> heard;
      for (std::size_t at = 1; at <= brokers; ++at)
        for (std::size_t other = 1; other <= brokers; ++other) heard[at].insert(other);
      for (const auto& [from, to] :
           sorted_plan(PartitionKind::ring, nodes_of(1, brokers), {}, seed))
        EXPECT_EQ(heard[to].erase(from), 1U);
      std::set<std::set<std::size_t>> majorities;
      for (const auto& [at, nodes] : heard) {
        EXPECT_TRUE(nodes.contains(at));
        EXPECT_EQ(nodes.size(), brokers / 2 + 1);
        majorities.insert(nodes);
      }
      EXPECT_EQ(majorities.size(), brokers);
    }
}

// A program that connects to an address within a second, as bash can.
std::vector<std::string> knock_at(const Network& network, std::size_t from, std::size_t to) {
  auto words = network.prefix(from);
  words.insert(words.end(),
               {"timeout", "1", "bash", "-c",
                "read -r line < /dev/tcp/" + network.address(to) + "/7000 && test $line = hello"});
  return words;
}

// What it knocks at.
std::vector<std::string> hello_server(const Network& network, std::size_t node) {
  auto words = network.prefix(node);
  words.insert(words.end(),
               {"python3", "-c",
                "import socket\ns = socket.create_server(('0.0.0.0', 7000))\nwhile True:\n"
                " c, _ = s.accept()\n c.sendall(b'hello\\n')\n c.close()\n"});
  return words;
}

TEST(Network, WhatIsCutIsNotHeardAndEverythingElseIs) {
  const TemporaryFolder folder;
  const std::filesystem::path log = folder.path() + "/log";
  auto made = Network::make(3, log);
  if (!made) GTEST_SKIP() << made.error().detail;
  Network& network = **made;
  auto server = Process::start({hello_server(network, 0), log});
  ASSERT_TRUE(server.has_value());
  const auto heard = [&](std::size_t from) {
    return run_to_end({knock_at(network, from, 0), log}, long_enough).has_value();
  };
  while (!heard(1)) ASSERT_TRUE(server->alive()) << content_of(log);
  EXPECT_TRUE(heard(2));
  ASSERT_TRUE(network.cut(1, 0));
  EXPECT_FALSE(heard(1));
  EXPECT_TRUE(heard(2));
  ASSERT_TRUE(network.heal());
  EXPECT_TRUE(heard(1));
}

TEST(Network, ABadLinkIsHeardOfBothEndsAndHeals) {
  const TemporaryFolder folder;
  const std::filesystem::path log = folder.path() + "/log";
  auto made = Network::make(2, log, true, 1);
  if (!made) GTEST_SKIP() << made.error().detail;
  Network& network = **made;
  auto server = Process::start({hello_server(network, 1), log});
  ASSERT_TRUE(server.has_value());
  const auto heard = [&] {
    return run_to_end({knock_at(network, 0, 1), log}, long_enough).has_value();
  };
  while (!heard()) ASSERT_TRUE(server->alive()) << content_of(log);
  network.worsen(1, {.lost_percent = 100});
  EXPECT_FALSE(heard());
  EXPECT_GT(network.hurt_frames(), 0U);
  ASSERT_TRUE(network.heal());
  EXPECT_TRUE(heard());
  ASSERT_TRUE(network.cut(0, 1));
  EXPECT_FALSE(heard()) << "cuts work here, too";
}

TEST(Observer, CountsChangesAndNotWhatAStaleBrokerTells) {
  const auto metadata = [](std::int32_t controller, std::int32_t leader, std::int32_t epoch,
                           std::vector<std::int32_t> isr) {
    protocol::MetadataResponse response;
    response.controller_id = controller;
    auto& topic = response.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back(
        {.leader_id = leader, .leader_epoch = epoch, .isr_nodes = std::move(isr)});
    return response;
  };
  ChangeCounter counter;
  counter.look(metadata(1, 1, 0, {1, 2}));
  counter.look(metadata(1, 1, 0, {2, 1}));
  EXPECT_EQ(counter.changes().leaders + counter.changes().isrs + counter.changes().controllers, 0U);
  counter.look(metadata(2, 2, 1, {2}));
  counter.look(metadata(1, 1, 0, {1, 2}));  // told by a broker that was away
  counter.look(metadata(-1, -1, 1, {2}));
  EXPECT_EQ(counter.changes().leaders, 1U);
  EXPECT_EQ(counter.changes().isrs, 1U);
  EXPECT_EQ(counter.changes().controllers, 0U);
  counter.look(metadata(2, 2, 1, {2}));
  counter.look(metadata(2, 2, 1, {2}));
  EXPECT_EQ(counter.changes().controllers, 1U);
  ChangeCounter random(false);
  for (std::int32_t look = 0; look < 10; ++look) random.look(metadata(look / 2, 1, 0, {1}));
  EXPECT_EQ(random.changes().controllers, 0U);
}

TEST(Judge, OnlyAWholeRunWithFaultsThatHitIsValid) {
  const Circumstances good{
      .faults_wanted = true, .faults_hit = true, .all_read = true, .whole_again = true};
  const auto verdict = [](Verdict history, Circumstances circumstances) {
    std::vector<std::string> reasons;
    return judge(history, circumstances, reasons);
  };
  EXPECT_EQ(verdict(Verdict::valid, good), Verdict::valid);
  EXPECT_EQ(verdict(Verdict::invalid, good), Verdict::invalid);
  Circumstances one = good;
  one.faults_hit = false;
  EXPECT_EQ(verdict(Verdict::valid, one), Verdict::unknown);
  EXPECT_EQ(verdict(Verdict::invalid, one), Verdict::invalid);
  one.faults_wanted = false;
  EXPECT_EQ(verdict(Verdict::valid, one), Verdict::valid);
  one = good;
  one.all_read = false;
  EXPECT_EQ(verdict(Verdict::valid, one), Verdict::unknown);
  one = good;
  one.whole_again = false;
  EXPECT_EQ(verdict(Verdict::valid, one), Verdict::unknown);
  one = good;
  one.unexpected_ends = {"broker 1 ended with 134"};
  EXPECT_EQ(verdict(Verdict::valid, one), Verdict::invalid);
}

TEST(Store, LatestPointsToTheNewestRun) {
  const TemporaryFolder folder;
  const std::filesystem::path store = folder.path();
  ASSERT_TRUE(make_run_folder(store, "a", "1").has_value());
  ASSERT_TRUE(make_run_folder(store, "a", "2").has_value());
  std::ofstream(store / "latest/mark") << "x";
  EXPECT_EQ(content_of(store / "a/2/mark"), "x");
  EXPECT_EQ(content_of(store / "a/latest/mark"), "x");
}

// A history in which everything happened, `operations` times.
std::vector<Entry> entries_with(std::size_t operations) {
  std::vector<Entry> entries;
  std::int64_t time = 0;
  for (std::size_t i = 0; i < operations; ++i) {
    const auto value = static_cast<std::int64_t>(i);
    Entry entry{.time = ++time * 1'000'000, .function = Function::send};
    entry.micros = {{Kind::send, "t-0", nothing, value}};
    entries.push_back(entry);
    entry.time = ++time * 1'000'000;
    entry.type = i % 3 == 0 ? Type::info : Type::ok;
    entry.micros[0].offset = value;
    entries.push_back(entry);
  }
  entries.push_back({.time = ++time * 1'000'000,
                     .type = Type::info,
                     .function = Function::fault,
                     .text = "<script>"});
  return entries;
}

TestResult result_of(const std::vector<Entry>& entries, History& history) {
  HistoryBuilder builder;
  for (const Entry& entry : entries) EXPECT_FALSE(builder.add(entry).has_value());
  history = std::move(builder).finish();
  TestResult result{.test = "a<b"};
  result.report = check(history, {});
  result.verdict = result.report.verdict;
  result.statistics = count(entries);
  return result;
}

TEST(Report, IsOneBoundedPageWithTheVerdictFirst) {
  History history;
  const TestResult result = result_of(entries_with(200'000), history);
  const std::string page = report_html({}, result, history);
  EXPECT_LT(page.size(), 2U << 20U);
  EXPECT_LT(page.find("invalid</span>"), page.find("unseen × "));
  EXPECT_THAT(page, HasSubstr("a&lt;b"));
  EXPECT_THAT(page, Not(HasSubstr("<script>\"")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("\\u003cscript>"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, HasSubstr("process 0, line 3–4"));
}

TEST(Timeline, DrawsTheOperationsOfAnomaliesAndAPartOfTheRest) {
  // Three more records, at offsets of others: anomalies of two operations.
  std::vector<Entry> entries = entries_with(200'000);
  for (const std::int64_t offset : {100'001, 100'003, 100'006}) {
    Entry entry{.time = entries.back().time, .function = Function::send};
    entry.micros = {{Kind::send, "t-0", nothing, 200'000 + offset}};
    entries.push_back(entry);
    entry.type = Type::ok;
    entry.micros[0].offset = offset;
    entries.push_back(entry);
  }
  History history;
  const TestResult result = result_of(entries, history);
  EXPECT_TRUE(std::ranges::any_of(result.report.findings.kept(), [](const Anomaly& anomaly) {
    return anomaly.operations.size() > 1;
  }));
  const auto bars = bars_of(history, result.report.findings);
  EXPECT_LE(bars.size(), bars_max);
  EXPECT_GT(bars.size(), bars_max / 2);
  const std::set<std::uint32_t> drawn(bars.begin(), bars.end());
  for (const Anomaly& anomaly : result.report.findings.kept())
    for (const std::uint32_t number : anomaly.operations) EXPECT_TRUE(drawn.contains(number));
  for (const std::uint32_t number : drawn) EXPECT_LT(number, history.operations.size());
}

TEST(Timeline, AProcessThatIsHeardOfNoMoreLeavesItsRow) {
  std::vector<Entry> entries;
  const auto add = [&](std::int32_t process, Type type) {
    entries.push_back({.time = static_cast<std::int64_t>(entries.size()),
                       .process = process,
                       .type = type,
                       .function = Function::poll});
  };
  add(0, Type::invoke);
  add(1, Type::invoke);
  add(0, Type::info);
  add(2, Type::invoke);
  add(2, Type::ok);
  add(1, Type::ok);
  History history;
  static_cast<void>(result_of(entries, history));
  std::map<std::int32_t, std::uint32_t> row;
  const auto rows = rows_of(history);
  for (std::size_t i = 0; i < rows.size(); ++i) row[history.operations[i].process] = rows[i];
  EXPECT_EQ(row, (std::map<std::int32_t, std::uint32_t>{{0, 0}, {1, 1}, {2, 0}}));
}

TEST(Report, ResultsAreOneDocument) {
  History history;
  const TestResult result = result_of(entries_with(6), history);
  const auto document = nlohmann::json::parse(results_json({}, result, history));
  EXPECT_EQ(document["valid"], false);
  EXPECT_EQ(document["operations"]["send"]["ok"], 4);
  EXPECT_EQ(document["operations"]["send"]["info"], 2);
  EXPECT_EQ(document["records_sent"], 4);
  EXPECT_EQ(document["check"]["anomalies"]["unseen"]["count"], 4);
}

}  // namespace
}  // namespace gregor::jepsen
