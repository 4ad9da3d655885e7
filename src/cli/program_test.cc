// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The program as a process: what it prints where, how it ends, what a signal does.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/descriptor.h"
#include "server/temporary_folder.h"
#include "server/test_client.h"

namespace gregor::cli {
namespace {

using server::Descriptor;
using server::TemporaryFolder;
using server::TestClient;
using testing::HasSubstr;
using testing::Not;

class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    int out_ends[2];
    int err_ends[2];
    EXPECT_EQ(::pipe2(out_ends, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(err_ends, O_CLOEXEC), 0);
    std::vector<char*> argv = {const_cast<char*>("gregor")};
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(out_ends[1], STDOUT_FILENO);
      ::dup2(err_ends[1], STDERR_FILENO);
      ::execv(GREGOR_PROGRAM, argv.data());
      ::_exit(127);
    }
    out_ = Descriptor(out_ends[0]);
    err_ = Descriptor(err_ends[0]);
    ::close(out_ends[1]);
    ::close(err_ends[1]);
  }
  ~Program() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  // One line of standard output, without its end.
  std::string read_line() {
    std::string line;
    char c;
    while (::read(out_.number(), &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  void signal(int number) const { ::kill(child_, number); }
  // Its exit code; what it printed is in `out` and `err` then.
  int wait() {
    out += read_all(out_);
    err += read_all(err_);
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string out;
  std::string err;

 private:
  static std::string read_all(const Descriptor& from) {
    std::string all;
    char part[4096];
    for (ssize_t count; (count = ::read(from.number(), part, sizeof(part))) > 0;)
      all.append(part, static_cast<std::size_t>(count));
    return all;
  }
  pid_t child_;
  Descriptor out_;
  Descriptor err_;
};

std::vector<std::string> server_on(const std::string& folder,
                                   const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"server", "--set", "listeners=PLAINTEXT://127.0.0.1:0",
                                        "--set", "log.dirs=" + folder};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::uint16_t port_in(const std::string& ready_line) {
  return static_cast<std::uint16_t>(std::stoi(ready_line.substr(ready_line.rfind(':') + 1)));
}

TEST(Program, AServerSaysWhereItIsReadyAndASignalEndsItInGoodOrder) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    const TemporaryFolder folder;
    Program program(server_on(folder.path() + "/made/by/it"));
    const std::string line = program.read_line();
    ASSERT_THAT(line, testing::StartsWith("gregor ready on 127.0.0.1:"));
    EXPECT_TRUE(TestClient::connect(port_in(line)).open());
    program.signal(number);
    EXPECT_EQ(program.wait(), 0) << program.err;
    EXPECT_EQ(program.out, "") << "the line is all there is on standard output";
    EXPECT_TRUE(std::ifstream(folder.path() + "/made/by/it/.kafka_cleanshutdown").good());
  }
}

TEST(Program, ASecondServerOnTheSameFolderFailsAndSaysWhy) {
  const TemporaryFolder folder;
  Program first(server_on(folder.path()));
  ASSERT_NE(first.read_line(), "");
  Program second(server_on(folder.path()));
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.err, HasSubstr("another broker uses the data folder " + folder.path()));
  EXPECT_EQ(second.out, "");
}

TEST(Program, SettingsComeFromAFileAndFromTheCommandLineWhichCountsMore) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/server.properties";
  std::ofstream(file) << "listeners=PLAINTEXT://127.0.0.1:1\nlog.dirs=" << folder.path()
                      << "\nlog.retention.hour=3\n";
  for (const auto& form : {std::vector<std::string>{file}, {"--config", file}}) {
    std::vector<std::string> arguments = {"server"};
    arguments.insert(arguments.end(), form.begin(), form.end());
    arguments.insert(arguments.end(), {"--set", "listeners=PLAINTEXT://127.0.0.1:0"});
    Program program(arguments);
    EXPECT_THAT(program.read_line(), HasSubstr("ready"));
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(), 0);
    EXPECT_THAT(program.err, HasSubstr("log.retention.hours")) << "the nearest known key";
    EXPECT_THAT(program.err, Not(HasSubstr("\x1b"))) << "no colour, no terminal";
  }
}

TEST(Program, ATraceIsAddedToItsFileAndAnotherLifeHasAGreaterNumber) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/trace.jsonl";
  std::vector<std::uint64_t> lives;
  for (int life = 0; life < 2; ++life) {
    Program program(server_on(folder.path() + "/data", {"--trace", file}));
    ASSERT_THAT(program.read_line(), HasSubstr("ready"));
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(), 0) << program.err;
  }
  std::ifstream in(file);
  std::vector<std::string> transitions;
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    transitions.push_back(json["transition"]);
    if (transitions.back() == "TakeOffice") lives.push_back(json["incarnation"]);
  }
  EXPECT_THAT(transitions,
              testing::ElementsAre("LearnRegistration", "ReadController", "TakeOffice", "Load",
                                   "LearnRegistration", "ReadController", "TakeOffice", "Load"));
  ASSERT_EQ(lives.size(), 2U);
  EXPECT_LT(lives[0], lives[1]);
  Program program(server_on(folder.path() + "/data", {"--trace", folder.path() + "/no/file"}));
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.err, HasSubstr("/no/file"));
}

struct WrongLine {
  std::vector<std::string> arguments;
  int exit_code;
  std::string complaint;
};

void expect_complaint(const WrongLine& line) {
  Program program(line.arguments);
  EXPECT_EQ(program.wait(), line.exit_code) << line.complaint;
  EXPECT_THAT(program.err, HasSubstr(line.complaint));
  EXPECT_EQ(program.err.find('\x1b'), std::string::npos);
}

TEST(Program, WrongSettingsFailAndWrongCommandLinesAreUsageErrors) {
  const TemporaryFolder empty;
  const WrongLine cases[] = {
      {{"server", "--set", "num.partitions=many"}, 1, "num.partitions"},
      {{"server", "/no/such/file"}, 1, "/no/such/file"},
      {{"server", "--set", "no equals sign"}, 2, "no equals sign"},
      {{"server", "--frobnicate"}, 2, "--frobnicate"},
      {{"serve"}, 2, "subcommand"},
      {{}, 2, "subcommand"},
      {{"log"}, 2, "subcommand"},
      {{"log", "verify"}, 2, "FOLDER"},
      {{"log", "verify", "/no/such/folder"}, 1, "/no/such/folder"},
      {{"log", "dump", empty.path()}, 1, "neither a partition's folder"},
      {{"topics"}, 2, "required"},
      {{"topics", "--create", "--list"}, 2, "[--create"},
      {{"topics", "--create"}, 2, "--topic"},
      {{"topics", "--alter", "--topic", "t"}, 2, "--partitions"},
      {{"topics", "--create", "--topic", "t", "--config", "x"}, 2, "'x' is no list of KEY=VALUE"},
      {{"topics", "--create", "--topic", "t", "--replica-assignment", "1:"}, 2, "0:1,1:2"},
      {{"topics", "--list", "--bootstrap-server", "a:b"}, 1, "'a:b' is no HOST:PORT"},
      {{"topics", "--list", "--bootstrap-server", "127.0.0.1:1"}, 1, "127.0.0.1:1: "},
      {{"topics", "--list", "--command-config", "/no/such"}, 1, "/no/such: no such file"},
      {{"configs", "--describe"}, 2, "--entity-type"},
      {{"configs", "--alter", "--topic", "t"}, 2, "--add-config"},
      {{"configs", "--alter", "--topic", "t", "--add-config", "x"}, 2, "'x'"},
      {{"configs", "--describe", "--entity-type", "cats"}, 2, "--entity-type"},
      {{"groups", "--describe"}, 2, "--group"},
      {{"groups", "--describe", "--group", "g", "--zookeeper", "h:1"}, 2, "--zookeeper"},
      {{"groups", "--list", "--zookeeper", "/x"}, 1, "/x"},
      {{"groups", "--reset-offsets", "--group", "g", "--to-latest"}, 2, "--topic"},
      {{"groups", "--reset-offsets", "--group", "g", "--all-topics"}, 2, "--to-earliest"},
      {{"groups", "--reset-offsets", "--group", "g", "--all-topics", "--by-duration", "2h"},
       2,
       "'2h' is no duration"},
      {{"records", "--delete"}, 2, "--offset-json-file"},
      {{"records", "--delete", "--offset-json-file", "/no/such"}, 2, "/no/such: no such file"},
      {{"records", "--offsets", "--time", "noon"}, 2, "--time"},
      {{"elect", "--all-topic-partitions"}, 2, "--election-type"},
      {{"elect", "--election-type", "odd", "--all-topic-partitions"}, 2, "odd"},
      {{"elect", "--election-type", "preferred"}, 2, "partitions"},
      {{"elect", "--election-type", "unclean", "--topic", "t"}, 2, "--partition"},
      {{"elect", "--election-type", "unclean", "--path-to-json-file", "/no/such"}, 2, "no such"},
      {{"reassign", "--execute", "--cancel"}, 2, "[--execute"},
      {{"reassign", "--verify"}, 2, "--reassignment-json-file"},
      {{"reassign", "--execute", "--reassignment-json-file", "/no/such"}, 2, "no such file"},
      {{"produce"}, 2, "--topic"},
      {{"produce", "--topic", "t", "--property", "x=y"}, 2, "x=y is not known"},
      {{"produce", "--topic", "t", "--compression-codec", "rar"}, 2, "rar"},
      {{"produce", "--topic", "t", "-X", "linger.mss=1"}, 1, "linger.mss"},
      {{"produce", "--topic", "t", "--bootstrap-server", "127.0.0.1:1"}, 1, "no broker answers"},
      {{"consume"}, 2, "--topic"},
      {{"consume", "--topic", "t", "-f", "%q"}, 2, "'%q' is not known"},
      {{"consume", "--topic", "t", "--offset", "noon"}, 2, "--offset"},
      {{"consume", "--topic", "t", "--group", "g", "--offset", "1"}, 2, "gregor groups"},
      {{"consume", "--topic", "t", "--bootstrap-server", "127.0.0.1:1"}, 1, "no broker answers"},
      {{"completion", "tcsh"}, 2, "tcsh"},
  };
  for (const WrongLine& line : cases) expect_complaint(line);
}

TEST(Program, WrongLinesAboutALocalClusterAreSaid) {
  const TemporaryFolder empty;
  const WrongLine cases[] = {
      {{"cluster"}, 2, "subcommand"},
      {{"cluster", "sideways"}, 2, "subcommand"},
      {{"cluster", "up", "--brokers", "0"}, 2, "--brokers"},
      {{"cluster", "up", "--zookeeper", "10"}, 2, "--zookeeper"},
      {{"cluster", "up", "--set", "x"}, 2, "--set x"},
      {{"cluster", "up", "--set", "log.dirs=x"}, 2, "not the same for all brokers"},
      {{"cluster", "kill"}, 2, "NAME"},
      {{"cluster", "kill", "1", "--signal", "LOUD"}, 2, "'LOUD' is no signal"},
      {{"cluster", "kill", "1", "--dir", empty.path()},
       1,
       "there is no cluster in " + empty.path()},
      {{"cluster", "start", "1", "--dir", empty.path()}, 1, "there is no cluster"},
      {{"cluster", "status", "--dir", empty.path()}, 1, "there is no cluster"},
      {{"cluster", "down", "--dir", empty.path()}, 1, "there is no cluster"},
  };
  for (const WrongLine& line : cases) expect_complaint(line);
}

TEST(Program, HelpAndVersionAreDataForStandardOutput) {
  for (const auto& arguments : {std::vector<std::string>{"--help"},
                                {"server", "--help"},
                                {"log", "dump", "--help"},
                                {"topics", "--help"},
                                {"groups", "--help"},
                                {"cluster", "--help"},
                                {"cluster", "up", "--help"},
                                {"completion", "bash"},
                                {"completion", "zsh"},
                                {"completion", "fish"},
                                {"version"}}) {
    Program program(arguments);
    EXPECT_EQ(program.wait(), 0);
    EXPECT_THAT(program.out, HasSubstr("gregor"));
    EXPECT_EQ(program.err, "");
  }
  Program program({"version", "--json"});
  EXPECT_EQ(program.wait(), 0);
  const auto document = nlohmann::json::parse(program.out);
  EXPECT_EQ(document["_command"], "version");
  EXPECT_EQ(document["_version"], 1);
  EXPECT_TRUE(document["gregor"].is_string());
}

// A folder that Kafka wrote.
const std::string golden = "../../tests/golden_logs/v2";

TEST(Program, DumpsALogForPeopleAndAsJson) {
  Program people({"log", "dump", "--records", golden + "/g-lz4-0"});
  EXPECT_EQ(people.wait(), 0) << people.err;
  EXPECT_THAT(people.out, HasSubstr("g-lz4-0/00000000000000000000.log\n  batch  position 0  "));
  EXPECT_THAT(people.out, HasSubstr("\n    record  offset 0  "));

  Program json({"log", "dump", "--records", "--json", golden + "/g-lz4-0", golden + "/g-none-0"});
  EXPECT_EQ(json.wait(), 0) << json.err;
  const auto document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document["_command"], "log dump");
  ASSERT_EQ(document["folders"].size(), 2U);
  std::size_t records = 0;
  for (const auto& file : document["folders"][0]["files"])
    for (const auto& row : file["rows"])
      if (row["kind"] == "record") ++records;
  EXPECT_EQ(records, 210U) << "the next snapshot of that folder is at offset 210";
}

TEST(Program, VerifiesAWholeDataFolderAndFindsAFlippedBit) {
  const TemporaryFolder folder;
  for (const std::string name : {"/g-none-0", "/g-txn-0", "/g-roll-0"})
    std::filesystem::copy(golden + name, folder.path() + name);
  // A partition that is gone, and half of its files: nothing is promised of it.
  const std::string gone = folder.path() + "/t-0.0123456789abcdef0123456789abcdef-delete";
  std::filesystem::create_directory(gone);
  std::ofstream(gone + "/00000000000000000000.log") << "no batch";
  Program sound({"log", "verify", "--json", folder.path()});
  EXPECT_EQ(sound.wait(), 0) << sound.out;
  const auto document = nlohmann::json::parse(sound.out);
  EXPECT_EQ(document["sound"], true);
  EXPECT_EQ(document["folders"].size(), 3U);

  const std::string log = folder.path() + "/g-none-0/00000000000000000000.log";
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(1000);
  file.put('\x55');
  file.close();
  Program unsound({"log", "verify", folder.path()});
  EXPECT_EQ(unsound.wait(), 1);
  EXPECT_THAT(unsound.out, HasSubstr("NOT SOUND"));
  EXPECT_THAT(unsound.out, HasSubstr("error: 00000000000000000000.log: "));
}

}  // namespace
}  // namespace gregor::cli
