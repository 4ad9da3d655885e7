// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Faults of disks and clocks as a program sees them that has the library, and what is left of its
// files after a power cut.
#include "jepsen/runner/node_faults.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "jepsen/runner/damage.h"
#include "jepsen/runner/process.h"
#include "server/temporary_folder.h"

namespace gregor::jepsen {
namespace {

namespace fs = std::filesystem;

using server::content_of;

class NodeFaultsTest : public testing::Test {
 protected:
  NodeFaultsTest() { fs::create_directories(data_); }

  // Runs a program in Python with the library, in the data folder; what it printed.
  std::string run(const std::string& program) {
    Command command{fault_prefix(GREGOR_FAULT_LIBRARY, folder_.path() + "/faults", data_),
                    folder_.path() + "/output"};
    command.words.insert(
        command.words.end(),
        {"python3", "-c", "import os, time\nos.chdir('" + data_ + "')\n" + program});
    fs::remove(command.log);
    const auto done = run_to_end(command, std::chrono::seconds(60));
    EXPECT_TRUE(done.has_value()) << content_of(command.log);
    return content_of(command.log);
  }

  server::TemporaryFolder folder_;
  std::string data_ = folder_.path() + "/data";
  NodeFaults faults_ = std::move(*NodeFaults::make(folder_.path() + "/faults"));
};

// One call of the program, and the file after it.
struct Call {
  std::string line;
  std::string after;
  bool is_sync = false;
};

std::vector<Call> random_calls(base::Prng& prng) {
  std::vector<Call> calls;
  std::string file;
  for (std::uint64_t n = 1 + prng.below(12); n > 0; --n) {
    const auto size = static_cast<std::int64_t>(file.size());
    const std::string bytes(static_cast<std::size_t>(prng.between(1, 9)),
                            static_cast<char>('a' + prng.below(26)));
    std::string line;
    switch (prng.below(6)) {
      case 0:
        calls.push_back({prng.chance(1, 2) ? "os.fsync(f)" : "os.fdatasync(f)", file, true});
        continue;
      case 1: {
        const auto left = static_cast<std::size_t>(prng.between(0, size + 5));
        line = fmt::format("os.ftruncate(f, {})", left);
        file.resize(left, '\0');
        break;
      }
      case 2: {
        const auto at = static_cast<std::size_t>(prng.between(0, size));
        line = fmt::format("os.pwrite(f, b'{}', {})", bytes, at);
        if (file.size() < at + bytes.size()) file.resize(at + bytes.size(), '\0');
        file.replace(at, bytes.size(), bytes);
        break;
      }
      default:
        line = prng.chance(1, 2) ? fmt::format("os.pwritev(f, [b'{}'], os.fstat(f).st_size)", bytes)
                                 : fmt::format("os.lseek(f, 0, 2); os.write(f, b'{}')", bytes);
        file += bytes;
    }
    calls.push_back({line, file});
  }
  return calls;
}

// The file was like that at some time since the last sync, or it is the beginning of an append, or
// that with zeros instead of what was appended.
bool may_be_left(const std::string& left, const std::vector<Call>& calls) {
  std::vector<std::string> states{""};
  for (const Call& call : calls) {
    if (call.is_sync) states.clear();
    states.push_back(call.after);
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (left == states[i]) return true;
    if (i + 1 == states.size() || !states[i + 1].starts_with(states[i])) continue;
    const bool is_torn = left.starts_with(states[i]) && left.size() <= states[i + 1].size();
    const auto rest = is_torn ? left.substr(states[i].size()) : "";
    if (is_torn && (states[i + 1].starts_with(left) || rest == std::string(rest.size(), '\0')))
      return true;
  }
  return false;
}

TEST_F(NodeFaultsTest, APowerCutTakesNothingThatWasSyncedAndWhatItLeavesWasThere) {
  const char* const given = std::getenv("GREGOR_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t first = given == nullptr ? 1 : std::stoull(given);
  bool lost_something = false;
  for (std::uint64_t seed = first; seed < first + (given == nullptr ? 25 : 1); ++seed) {
    base::Prng prng(seed);
    const std::vector<Call> calls = random_calls(prng);
    fs::remove(data_ + "/t.log");
    std::string program = "f = os.open('t.log', os.O_RDWR | os.O_CREAT)\n";
    for (const Call& call : calls) program += call.line + "\n";
    run(program);
    EXPECT_EQ(content_of(data_ + "/t.log"), calls.back().after) << "before the cut all is there";
    lost_something = faults_.lose_unsynced(prng).writes > 0 || lost_something;
    EXPECT_TRUE(may_be_left(content_of(data_ + "/t.log"), calls))
        << "GREGOR_SEED=" << seed << '\n'
        << program << testing::PrintToString(content_of(data_ + "/t.log"));
    EXPECT_EQ(faults_.lose_unsynced(prng).writes, 0U) << "what is left is on the disk";
  }
  EXPECT_TRUE(lost_something || given != nullptr);
}

TEST_F(NodeFaultsTest, AnotherProcessGoesOnWithWhatTheLastOneLeftUnsynced) {
  run("f = os.open('t.log', os.O_RDWR | os.O_CREAT)\nos.write(f, b'one')\nos.fsync(f)\n"
      "os.write(f, b'two')");
  run("f = os.open('t.log', os.O_RDWR | os.O_APPEND)\nos.write(f, b'three')");
  EXPECT_EQ(content_of(data_ + "/t.log"), "onetwothree") << "a kill takes nothing";
  base::Prng prng(1);
  std::uint64_t writes = 0;
  writes += faults_.lose_unsynced(prng).writes;
  EXPECT_GE(writes, 1U);
  EXPECT_TRUE(content_of(data_ + "/t.log").starts_with("one"));
  EXPECT_LT(content_of(data_ + "/t.log").size(), std::string("onetwothree").size());
}

TEST_F(NodeFaultsTest, WritesAndSyncsFailBelowTheDataFolderOnly) {
  faults_.control().write_error = ENOSPC;
  faults_.control().sync_error = EIO;
  const std::string program = R"(
def outcome(call):
    try: return call()
    except OSError as error: return os.strerror(error.errno)
f = os.open('t.log', os.O_RDWR | os.O_CREAT)
print(outcome(lambda: os.write(f, b'12345678')), outcome(lambda: os.write(f, b'12345678')))
print(outcome(lambda: os.ftruncate(f, 1)), outcome(lambda: os.fsync(f)))
g = os.open('../elsewhere', os.O_RDWR | os.O_CREAT)
print(outcome(lambda: os.write(g, b'12345678')), outcome(lambda: os.fsync(g)))
)";
  EXPECT_EQ(run(program),
            "4 No space left on device\nNo space left on device Input/output error\n8 None\n");
  EXPECT_EQ(content_of(data_ + "/t.log"), "1234") << "half of the first write";
  EXPECT_EQ(faults_.control().failed_writes, 3U);
  EXPECT_EQ(faults_.control().failed_syncs, 1U);
  faults_.heal();
  EXPECT_EQ(run("f = os.open('t.log', os.O_RDWR)\nprint(os.write(f, b'12345678'), os.fsync(f))"),
            "8 None\n");
}

TEST_F(NodeFaultsTest, AfterAPowerCutTheMachineHasStartedAnew) {
  const std::string read = "print(open('/proc/sys/kernel/random/boot_id').read())";
  const std::string first = run(read);
  EXPECT_EQ(run(read), first);
  base::Prng prng(1);
  static_cast<void>(faults_.lose_unsynced(prng));
  EXPECT_NE(run(read), first);
}

TEST_F(NodeFaultsTest, SyncsAreSlow) {
  faults_.control().sync_delay_ms = 30;
  run("f = os.open('t.log', os.O_RDWR | os.O_CREAT)\nbegun = time.monotonic()\nos.fsync(f)\n"
      "assert time.monotonic() - begun >= 0.03");
  EXPECT_EQ(faults_.control().slow_syncs, 1U);
}

TEST_F(NodeFaultsTest, TheWallClockIsWrongAndTheMonotonicOneIsNot) {
  const auto seconds_ahead = [&] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::stod(run("print(time.time())")) - std::chrono::duration<double>(now).count();
  };
  const std::string monotonic =
      "print(abs(time.monotonic() - float(open('/proc/uptime').read()."
      "split()[0])) < 100)";
  EXPECT_LT(std::abs(seconds_ahead()), 100);
  faults_.control().clock_offset_ns = std::int64_t{3600} * 1'000'000'000;
  EXPECT_NEAR(seconds_ahead(), 3600, 100);
  EXPECT_EQ(run(monotonic), "True\n");
  faults_.heal();
  // Since 1970 it went at one and a half times its speed.
  faults_.control().clock_rate_ppm = 500'000;
  EXPECT_GT(seconds_ahead(), 20.0 * 365 * 86'400);
  EXPECT_GT(faults_.control().wrong_times, 0U);
  faults_.heal();
  EXPECT_LT(std::abs(seconds_ahead()), 100);
}

TEST_F(NodeFaultsTest, DamageHurtsSegmentsAndTellsWhich) {
  for (const char* const name : {"a-0/0.log", "a-1/0.log", "b-0/0.log", "b-0/0.index"}) {
    fs::create_directories((fs::path(data_) / name).parent_path());
    std::ofstream(fs::path(data_) / name) << std::string(100, 'x');
  }
  std::ofstream(fs::path(data_) / "b-0/1.log") << "";
  base::Prng prng(3);
  const auto flipped = flip_bits(data_, prng);
  ASSERT_FALSE(flipped.empty());
  std::size_t changed = 0;
  for (const char* const name : {"a-0/0.log", "a-1/0.log", "b-0/0.log"})
    for (const char c : content_of(fs::path(data_) / name))
      if (c != 'x') {
        ++changed;
        EXPECT_EQ(__builtin_popcount(static_cast<unsigned>(c ^ 'x')), 1);
      }
  EXPECT_EQ(changed, flipped.size());
  const auto cut = cut_tails(data_, prng);
  ASSERT_FALSE(cut.empty());
  std::size_t shorter = 0;
  for (const char* const name : {"a-0/0.log", "a-1/0.log", "b-0/0.log"})
    shorter += content_of(fs::path(data_) / name).size() < 100 ? 1U : 0U;
  EXPECT_EQ(shorter, cut.size());
  EXPECT_EQ(content_of(fs::path(data_) / "b-0/0.index"), std::string(100, 'x'));
}

}  // namespace
}  // namespace gregor::jepsen
