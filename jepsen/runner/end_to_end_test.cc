// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor jepsen` as a process that tests another one: some seconds of load and faults for each
// workload, with the verdict that the exit code gives. The bugs of the zoo that lose or repeat
// records at a kill are caught here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "jepsen/checkers/check.h"
#include "jepsen/checkers/text_history.h"
#include "jepsen/runner/command.h"
#include "jepsen/runner/process.h"
#include "server/temporary_folder.h"

namespace gregor::jepsen {
namespace {

using server::TemporaryFolder;

class EndToEnd : public testing::Test {
 protected:
  // Its exit code.
  int run(const std::vector<std::string>& words) {
    Command command{{GREGOR_PROGRAM, "jepsen", "--store", folder_.path() + "/store"},
                    folder_.path() + "/output"};
    command.words.insert(command.words.end(), words.begin(), words.end());
    auto process = Process::start(command);
    EXPECT_TRUE(process.has_value());
    EXPECT_TRUE(process->wait(std::chrono::seconds(100)));
    return process->exit_code();
  }
  // Under faults that come every few hundred milliseconds.
  int run_faulty(const std::string& workload, const std::string& nemesis, const std::string& rate,
                 const std::string& seconds = "2") {
    return run({"--workload", workload, "--nemesis", nemesis, "--nemesis-interval", "0.3",
                "--time-limit", seconds, "--rate", rate, "--concurrency", "5", "--partitions",
                "2"});
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return server::content_of(folder_.path() + "/" + name);
  }
  [[nodiscard]] std::string said() const { return file("output"); }

  TemporaryFolder folder_;
};

TEST_F(EndToEnd, LogUnderKills) {
  // One kill shows a bug of the recovery only if the last batch had been answered, and on a busy
  // machine some strike earlier: hence five seconds of them, and no orderly ends.
  EXPECT_EQ(run_faulty("log", "kill,bounce", "1000", "5"), 0) << said();
  const auto results = nlohmann::json::parse(file("store/latest/results.json"));
  EXPECT_EQ(results["valid"], true);
  EXPECT_GT(results["faults"]["restarts"], 0);
  EXPECT_GT(results["operations"]["send"]["ok"], 0);
  EXPECT_GT(results["operations"]["list-offsets"]["ok"], 0);
  EXPECT_NE(file("store/latest/report.html").find("<span class=\"valid\">"), std::string::npos);
  // Both files say the same to who judges them later.
  for (const char* const name : {"history.jsonl", "history.edn"}) {
    std::ifstream in(folder_.path() + "/store/latest/" + name);
    const auto history = read_history(in);
    ASSERT_TRUE(history.has_value()) << history.error().what;
    EXPECT_EQ(check(*history, {}).verdict, Verdict::valid) << name;
    EXPECT_EQ(check(*history, {}).operations, results["check"]["operations"]) << name;
  }
}

TEST_F(EndToEnd, IdempotentProducersUnderKills) {
  // Answers wait for the disk, so that kills come between the append and the answer.
  EXPECT_EQ(run({"--workload", "idempotent", "--nemesis", "bounce", "--nemesis-interval", "0.3",
                 "--time-limit", "3", "--rate", "2000", "--concurrency", "8", "--partitions", "2",
                 "--topic-config", "flush.messages=1"}),
            0)
      << said();
}

TEST_F(EndToEnd, CommittedOffsetsUnderKills) {
  EXPECT_EQ(run_faulty("offsets", "bounce,term", "500"), 0) << said();
}

TEST_F(EndToEnd, LogEndsUnderKillsAndPauses) {
  EXPECT_EQ(run_faulty("list-offsets", "kill,pause", "500"), 0) << said();
}

TEST_F(EndToEnd, QueueOfLibrdkafkaUnderKills) {
  EXPECT_EQ(run_faulty("queue", "bounce", "200"), 0) << said();
}

// Programs under a sanitizer do not bear another library before theirs.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool takes_library = false;
#else
constexpr bool takes_library = true;
#endif

TEST_F(EndToEnd, PowerLossTakesNothingThatWasSynced) {
  if (!takes_library) GTEST_SKIP();
  EXPECT_EQ(run({"--workload", "log", "--nemesis", "power-loss", "--nemesis-interval", "0.4",
                 "--time-limit", "4", "--rate", "1000", "--concurrency", "5", "--partitions", "2",
                 "--topic-config", "flush.messages=1"}),
            0)
      << said();
  const auto results = nlohmann::json::parse(file("store/latest/results.json"));
  EXPECT_GT(results["faults"]["restarts"], 0);
}

// Else the test before this one would show nothing.
TEST_F(EndToEnd, PowerLossTakesWhatWasNotSynced) {
  if (!takes_library) GTEST_SKIP();
  EXPECT_EQ(run_faulty("log", "power-loss", "1000"), 1) << said();
  const auto results = nlohmann::json::parse(file("store/latest/results.json"));
  EXPECT_GT(results["faults"]["lost_writes"], 0);
}

TEST_F(EndToEnd, NothingThatADiskRefusedIsAcknowledged) {
  if (!takes_library) GTEST_SKIP();
  EXPECT_EQ(run_faulty("log", "disk-error,disk-full", "1000"), 0) << said();
  const auto results = nlohmann::json::parse(file("store/latest/results.json"));
  EXPECT_GT(results["faults"]["failed_writes"], 0);
}

TEST_F(EndToEnd, ClocksJump) {
  if (!takes_library) GTEST_SKIP();
  EXPECT_EQ(run_faulty("offsets", "clock", "500"), 0) << said();
  const auto results = nlohmann::json::parse(file("store/latest/results.json"));
  EXPECT_GT(
      results["faults"]["wrong_times"].get<int>() + results["faults"]["slow_syncs"].get<int>(), 0);
}

TEST_F(EndToEnd, ARunThatNoFaultHitIsUnknown) {
  EXPECT_EQ(run({"--nemesis", "kill", "--nemesis-interval", "60", "--time-limit", "0.5"}), 2);
  EXPECT_NE(said().find("no fault hit"), std::string::npos) << said();
}

TEST_F(EndToEnd, ABrokerThatEndsByItselfIsTold) {
  EXPECT_EQ(run({"--program", "/bin/false", "--time-limit", "1"}), exit_crash);
  EXPECT_NE(said().find("broker 1 has ended with 1"), std::string::npos) << said();
}

// What an earlier run has left there is not this one's.
TEST_F(EndToEnd, AnExternalClusterIsTestedTwice) {
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  auto broker =
      Process::start({{GREGOR_PROGRAM, "server", "--set", "log.dirs=" + folder_.path() + "/data",
                       "--set", "listeners=PLAINTEXT://" + address},
                      folder_.path() + "/broker"});
  ASSERT_TRUE(broker.has_value());
  for (const char* const workload : {"log", "log", "queue"})
    EXPECT_EQ(run({"--target", "external", "--bootstrap-server", address, "--workload", workload,
                   "--time-limit", "0.5", "--rate", "200", "--partitions", "2"}),
              0)
        << said();
}

TEST_F(EndToEnd, AnExternalClusterThatIsNotThereIsToldOf) {
  EXPECT_EQ(run({"--target", "external", "--bootstrap-server", "127.0.0.1:1"}), exit_crash);
  EXPECT_NE(said().find("127.0.0.1:1"), std::string::npos) << said();
}

TEST_F(EndToEnd, WhatMakesNoSenseIsAUsageError) {
  EXPECT_EQ(run({"--target", "external", "--bootstrap-server", "127.0.0.1:1", "--nemesis", "kill"}),
            exit_usage)
      << "not our processes";
  EXPECT_EQ(run({"--nemesis", "flood"}), exit_usage);
  EXPECT_EQ(run({"--workload", "nothing"}), exit_usage);
  EXPECT_EQ(run({"--frobnicate"}), exit_usage);
  EXPECT_EQ(run({"--target", "kafka-3.9", "--zookeepers", "1"}), exit_usage) << "no jars";
  EXPECT_EQ(run({"--brokers", "3"}), exit_usage) << "no ZooKeeper";
}

}  // namespace
}  // namespace gregor::jepsen
