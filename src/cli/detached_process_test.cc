// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/detached_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "server/temporary_folder.h"

namespace gregor::cli {
namespace {

using server::content_of;
using server::TemporaryFolder;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr auto long_enough = 60s;

using Record = std::function<model::Result<>(const ProcessName&)>;
model::Result<> recorded(const ProcessName&) { return {}; }

model::Result<ProcessName> start(const TemporaryFolder& folder, const std::string& script,
                                 const Record& record = recorded) {
  return start_detached({{"sh", "-c", script}, folder.path(), folder.path() + "/log"}, record);
}

TEST(DetachedProcess, RunsInASessionOfItsOwnUntilItIsEnded) {
  const TemporaryFolder folder;
  const auto process = start(folder, "echo here; exec sleep 1000");
  ASSERT_TRUE(process.has_value()) << process.error().detail;
  EXPECT_TRUE(runs(*process));
  EXPECT_EQ(::getsid(process->pid), process->pid);
  EXPECT_FALSE(wait_for_end(*process, 0ms));
  EXPECT_TRUE(send_signal(*process, SIGKILL));
  EXPECT_TRUE(wait_for_end(*process, long_enough)) << "also while nobody has asked how it ended";
  EXPECT_FALSE(runs(*process));
  EXPECT_FALSE(send_signal(*process, SIGKILL));
  ::waitpid(process->pid, nullptr, 0);
}

TEST(DetachedProcess, AppendsBothOutputsToItsLog) {
  const TemporaryFolder folder;
  for (const std::string word : {"first", "second"}) {
    const auto process = start(folder, "pwd; echo " + word + " >&2");
    ASSERT_TRUE(process.has_value());
    ::waitpid(process->pid, nullptr, 0);
  }
  EXPECT_EQ(content_of(folder.path() + "/log"),
            folder.path() + "\nfirst\n" + folder.path() + "\nsecond\n");
}

TEST(DetachedProcess, NothingBeginsThatCannotBeRecorded) {
  const TemporaryFolder folder;
  ProcessName told;
  const auto process = start(folder, "echo here", [&](const ProcessName& name) {
    told = name;
    return model::Result<>(model::fail(model::ErrorCode::unknown_server_error, "no room"));
  });
  ASSERT_FALSE(process.has_value());
  EXPECT_EQ(process.error().detail, "no room");
  EXPECT_GT(told.pid, 0);
  EXPECT_FALSE(runs(told));
  EXPECT_EQ(content_of(folder.path() + "/log"), "");
}

// The one that starts it dies where it would have recorded it.
TEST(DetachedProcess, NothingBeginsWhenItsStarterDiesBeforeItRecorded) {
  const TemporaryFolder folder;
  const pid_t starter = ::fork();
  if (starter == 0) {
    static_cast<void>(start(folder, "echo here", [&](const ProcessName& name) -> model::Result<> {
      std::ofstream(folder.path() + "/told") << name.pid;
      ::_exit(0);
    }));
    ::_exit(1);
  }
  int status = 1;
  ::waitpid(starter, &status, 0);
  ASSERT_EQ(status, 0);
  const auto orphan = process_of(std::stoi(content_of(folder.path() + "/told")));
  EXPECT_TRUE(!orphan || wait_for_end(*orphan, long_enough));
  EXPECT_EQ(content_of(folder.path() + "/log"), "");
}

TEST(DetachedProcess, AProgramThatIsNotThereIsSaid) {
  const TemporaryFolder folder;
  const std::string log = folder.path() + "/log";
  const auto process = start_detached({{"/no/such/program"}, folder.path(), log}, recorded);
  ASSERT_FALSE(process.has_value());
  EXPECT_THAT(process.error().detail, HasSubstr("/no/such/program: No such file"));
  EXPECT_FALSE(start_detached({{"true"}, "/no/such/folder", log}, recorded).has_value());
  EXPECT_FALSE(start_detached({{"true"}, "/", "/no/such/folder/log"}, recorded).has_value());
}

TEST(DetachedProcess, AnIdThatWasGivenToSomebodyElseIsNotTheSameProcess) {
  const auto self = process_of(::getpid());
  ASSERT_TRUE(self.has_value());
  EXPECT_TRUE(runs(*self));
  for (const char* birth : {"1@", "", "nonsense"}) {
    const ProcessName stranger{self->pid, birth};
    EXPECT_FALSE(runs(stranger));
    EXPECT_FALSE(send_signal(stranger, 0));
    EXPECT_TRUE(wait_for_end(stranger, 0ms));
  }
  EXPECT_FALSE(process_of(0).has_value());
  EXPECT_FALSE(process_of(-1).has_value());
}

TEST(DetachedProcess, SignalsHaveNamesAndNumbers) {
  EXPECT_EQ(parse_signal("KILL"), SIGKILL);
  EXPECT_EQ(parse_signal("sigterm"), SIGTERM);
  EXPECT_EQ(parse_signal("SIGSTOP"), SIGSTOP);
  EXPECT_EQ(parse_signal("18"), SIGCONT);
  for (const char* text : {"", "0", "-9", "9 ", "SIG", "KILLER", "100000000000"})
    EXPECT_FALSE(parse_signal(text).has_value()) << text;
}

}  // namespace
}  // namespace gregor::cli
