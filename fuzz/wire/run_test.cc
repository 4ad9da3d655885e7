// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole runs: against a broker that commits one sin, which must be named; against one without sin;
// and against Gregor itself.
#include "fuzz/wire/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/broker_connection.h"
#include "fuzz/wire/memory_watch.h"
#include "fuzz/wire/testing/test_broker.h"
#include "protocol/messages/metadata.h"
#include "server/temporary_folder.h"

namespace gregor::fuzz::wire {
namespace {

RunOptions options_for(const std::string& address) {
  RunOptions options;
  options.client.bootstrap = address;
  options.seed = 1;
  options.rate = 0;
  options.limits.topic_prefix = "own-";
  for (const std::string_view name : safe_apis())
    options.limits.apis.insert(protocol::find_api(name)->key);
  return options;
}

struct SinAndFault {
  Sin sin;
  Fault fault;
};

class Sins : public testing::TestWithParam<SinAndFault> {};

// The deadline is short where a fault is that nothing comes; a busy machine can only add findings.
TEST_P(Sins, AreNamed) {
  TestBroker broker(GetParam().sin);
  RunOptions options = options_for(broker.address());
  options.conversations = 200;
  options.time = std::chrono::seconds(20);
  if (GetParam().fault == Fault::hang || GetParam().sin == Sin::ignores_probes)
    options.deadline = std::chrono::milliseconds(150);
  if (GetParam().sin == Sin::hangs) options.conversations = 20;
  if (GetParam().fault == Fault::memory_growth) {
    options.process = ::getpid();
    options.growth_bytes_max = std::uint64_t{25} << 20;
  }
  const auto report = run(options);
  ASSERT_TRUE(report) << report.error().detail;
  std::vector<std::string_view> found;
  for (const Finding& finding : report->findings) found.push_back(name_of(finding.verdict.fault));
  EXPECT_THAT(found, testing::Contains(name_of(GetParam().fault))) << to_text(*report);
}

INSTANTIATE_TEST_SUITE_P(
    OfABroker, Sins,
    testing::Values(SinAndFault{Sin::hangs, Fault::hang}, SinAndFault{Sin::dies, Fault::crash},
                    SinAndFault{Sin::ignores_probes, Fault::crash},
                    SinAndFault{Sin::grows, Fault::memory_growth},
                    SinAndFault{Sin::wrong_id, Fault::wrong_correlation_id},
                    SinAndFault{Sin::cuts_answers, Fault::malformed_answer},
                    SinAndFault{Sin::pads_answers, Fault::trailing_bytes},
                    SinAndFault{Sin::answers_twice, Fault::unasked_answer},
                    SinAndFault{Sin::reorders, Fault::out_of_order},
                    SinAndFault{Sin::answers_acks_0, Fault::answered_without_acks},
                    SinAndFault{Sin::serves_unserved, Fault::wrong_refusal},
                    SinAndFault{Sin::says_other_error, Fault::wrong_refusal},
                    SinAndFault{Sin::keeps_half_frames, Fault::hang}));

TEST(Run, NothingIsFoundInABrokerWithoutSin) {
  TestBroker broker(Sin::none);
  RunOptions options = options_for(broker.address());
  options.conversations = 500;
  options.time = std::chrono::seconds(60);
  const auto report = run(options);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->findings.empty()) << to_text(*report);
  EXPECT_EQ(report->conversations, 500U);
  EXPECT_EQ(report->kinds.at(Kind::plausible).closed, 0U);
}

TEST(Run, OneConversationIsRepeatedAlone) {
  TestBroker broker(Sin::answers_acks_0);
  RunOptions options = options_for(broker.address());
  options.conversations = 300;
  const auto first = run(options);
  ASSERT_TRUE(first);
  ASSERT_FALSE(first->findings.empty());
  const Finding& finding = first->findings.front();
  options.only = {finding.conversations.front().number};
  const auto again = run(options);
  ASSERT_TRUE(again);
  ASSERT_EQ(again->findings.size(), 1U);
  EXPECT_EQ(again->conversations, 1U);
  EXPECT_EQ(again->findings[0].request, finding.request);
  EXPECT_EQ(again->findings[0].verdict.detail, finding.verdict.detail);
}

// Here every conversation is sent once by the run, and each that hung once more.
TEST(Run, ConversationsThatHungAreSentOnceMoreAlone) {
  for (const Sin sin : {Sin::hangs, Sin::hangs_at_first}) {
    TestBroker broker(sin);
    RunOptions options = options_for(broker.address());
    options.conversations = 20;
    options.deadline = std::chrono::milliseconds(500);
    const auto report = run(options);
    ASSERT_TRUE(report);
    std::size_t hung = 0;
    for (const Finding& finding : report->findings) {
      if (finding.verdict.fault != Fault::hang) continue;
      ++hung;
      EXPECT_EQ(finding.again, sin == Sin::hangs) << to_text(*report);
    }
    EXPECT_GT(hung, 0U);
  }
}

TEST(Run, FailsWhereNobodyListens) {
  RunOptions options = options_for("127.0.0.1:1");
  EXPECT_FALSE(run(options));
}

TEST(MemoryWatch, ComplainsOnceOfGrowthAndOfAProcessThatIsGone) {
  MemoryWatch watch(100);
  EXPECT_EQ(watch.look(1'000), std::nullopt);
  EXPECT_EQ(watch.look(1'100), std::nullopt);
  EXPECT_EQ(watch.look(500), std::nullopt);
  ASSERT_TRUE(watch.look(1'101));
  EXPECT_EQ(watch.look(9'000), std::nullopt);
  EXPECT_EQ(watch.most(), 1'101U);
  MemoryWatch gone(100);
  EXPECT_EQ(gone.look(std::nullopt)->fault, Fault::crash);
  EXPECT_GT(resident_bytes(::getpid()).value_or(0), std::uint64_t{1} << 20);
}

// A server of this build, on a free port.
class Gregor {
 public:
  Gregor() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    child_ = ::fork();
    if (child_ == 0) {
      const std::string folder = "log.dirs=" + folder_.path() + "/data";
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(STDERR_FILENO);
      ::execl(GREGOR_PROGRAM, "gregor", "server", "--set", "listeners=PLAINTEXT://127.0.0.1:0",
              "--set", folder.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';) ready_ += c;
    ::close(ends[0]);
  }
  ~Gregor() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + ready_.substr(ready_.rfind(':') + 1);
  }
  [[nodiscard]] pid_t process() const { return child_; }

 private:
  server::TemporaryFolder folder_;
  pid_t child_ = 0;
  std::string ready_;
};

TEST(Run, GregorStandsItAndKeepsNoTopic) {
  const Gregor gregor;
  RunOptions options = options_for(gregor.address());
  options.conversations = 1'000;
  options.time = std::chrono::seconds(60);
  options.process = gregor.process();
  options.growth_bytes_max = std::uint64_t{700} << 20;  // sanitizers keep what was freed
  for (const std::uint64_t seed : {1U, 2U}) {
    options.seed = seed;
    const auto report = run(options);
    ASSERT_TRUE(report) << report.error().detail;
    EXPECT_TRUE(report->findings.empty()) << to_text(*report);
    EXPECT_GT(report->kinds.at(Kind::plausible).answered, 100U);
  }
  auto connection = cli::BrokerConnection::open(cli::parse_bootstrap(gregor.address())->front(),
                                                options.client.timeout, "test");
  ASSERT_TRUE(connection);
  protocol::MetadataRequest all;
  all.topics.reset();
  const auto left = connection->call(all, {4, 9});
  ASSERT_TRUE(left);
  for (const auto& topic : left->as<protocol::MetadataResponse>().topics)
    EXPECT_TRUE(topic.name->starts_with("__")) << *topic.name;
}

}  // namespace
}  // namespace gregor::fuzz::wire
