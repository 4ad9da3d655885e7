// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The plan of a local cluster, its file, and the files of its members.
#include "cli/local_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "cli/input_file.h"
#include "cli/local_cluster_files.h"
#include "cli/local_cluster_health.h"
#include "model/broker_settings.h"
#include "server/temporary_folder.h"

namespace gregor::cli {
namespace {

using server::content_of;
using server::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

LocalCluster planned(const ClusterPlan& plan, const std::string& folder = "/f") {
  int port = 100;
  return plan_cluster(folder, plan, [&] { return ++port; });
}

TEST(LocalCluster, IsPlannedWithAPortForEach) {
  const LocalCluster cluster = planned({.brokers = 2, .zookeepers = 3, .port = 9092});
  std::vector<std::string> names;
  std::set<int> ports;
  for (const Member& member : cluster.members) {
    names.push_back(member.name());
    ports.insert(member.port);
    if (member.kind == MemberKind::zookeeper)
      ports.insert({member.quorum_port, member.election_port});
  }
  EXPECT_THAT(names,
              ElementsAre("zookeeper-1", "zookeeper-2", "zookeeper-3", "broker-1", "broker-2"));
  EXPECT_EQ(ports.size(), 11U);
  EXPECT_EQ(cluster.bootstrap(), "127.0.0.1:9092,127.0.0.1:9093");
  EXPECT_EQ(planned({.brokers = 2, .port = 0}).bootstrap(), "127.0.0.1:104,127.0.0.1:105");
}

TEST(LocalCluster, MembersAreFoundByTheirNames) {
  LocalCluster cluster = planned({.brokers = 2, .zookeepers = 1});
  EXPECT_EQ(cluster.find("2"), cluster.find("broker-2"));
  EXPECT_EQ(cluster.find("2")->name(), "broker-2");
  EXPECT_EQ(cluster.find("zookeeper-1")->name(), "zookeeper-1");
  for (const char* name : {"3", "0", "", "zookeeper", "zookeeper-2", "broker-02"})
    EXPECT_EQ(cluster.find(name), nullptr) << name;
}

TEST(LocalCluster, ComesBackFromItsFile) {
  const TemporaryFolder folder;
  EXPECT_FALSE(load_local_cluster(folder.path())->has_value());
  LocalCluster cluster = planned(
      {.brokers = 3, .zookeepers = 3, .settings = {{"z", "1"}, {"a", "=\"\\ä"}}}, folder.path());
  cluster.find("2")->process = ProcessName{4711, "1@x"};
  ASSERT_TRUE(save(cluster).has_value());
  const auto loaded = load_local_cluster(folder.path());
  ASSERT_TRUE(loaded && *loaded);
  EXPECT_EQ((*loaded)->members, cluster.members);
  EXPECT_EQ((*loaded)->settings, cluster.settings);
  EXPECT_EQ((*loaded)->folder, folder.path());
}

TEST(LocalCluster, WhatIsNoSuchFileIsRefusedWithTheReason) {
  const std::string good = to_json_text(planned({.brokers = 1, .zookeepers = 1}));
  ASSERT_TRUE(parse_local_cluster(good).has_value());
  const struct {
    std::string from, to, complaint;
  } cases[] = {
      {"{", "", "parse error"},
      {"\"version\": 1", "\"version\": 2", "'version' is not 1"},
      {"\"brokers\"", "\"breakers\"", "'brokers' is missing"},
      {"\"settings\": {}", "\"settings\": []", "'settings' is no object"},
      {"\"settings\": {}", "\"settings\": {\"a\": 1}", "setting 'a' is no text"},
      {"\"racks\": []", "\"racks\": [7]", "a rack is no text"},
      {"\"traced\": false", "\"traced\": 0", "'traced' is neither true nor false"},
      {"\"port\": 9092", "\"port\": 65536", "'port' is no number from 1 to 65535"},
      {"\"port\": 9092", "\"port\": \"9092\"", "'port' is no number"},
      {"\"port\": 9092", "\"port\": 1e300", "'port' is no number"},
      {"\"id\": 1", "\"id\": 0", "'id' is no number from 1 to 32"},
      {"\"pid\": null", "\"pid\": 1", "'started' is no text"},
      {"\"pid\": null", "\"pid\": -1, \"started\": \"\"", "'started'"},
  };
  for (const auto& [from, to, complaint] : cases) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    const auto parsed = parse_local_cluster(bad.replace(bad.find(from), from.size(), to));
    ASSERT_FALSE(parsed.has_value()) << to;
    EXPECT_THAT(parsed.error().detail, HasSubstr(complaint));
  }
  for (const char* text : {"", "[]", "null", "7", "{\"version\":1}"})
    EXPECT_FALSE(parse_local_cluster(text).has_value()) << text;
  LocalCluster twins = planned({.brokers = 2});
  twins.members.back().id = 1;
  EXPECT_THAT(parse_local_cluster(to_json_text(twins)).error().detail,
              HasSubstr("broker-1 is there twice"));
}

TEST(LocalCluster, ADamagedFileIsNamed) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/cluster.json") << "{";
  const auto loaded = load_local_cluster(folder.path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().detail, HasSubstr(folder.path() + "/cluster.json: "));
}

TEST(LocalCluster, OneCommandAtATimeHoldsIt) {
  const TemporaryFolder folder;
  {
    const auto first = lock_local_cluster(folder.path());
    ASSERT_TRUE(first.has_value());
    const auto second = lock_local_cluster(folder.path());
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().detail, HasSubstr("another gregor cluster command"));
  }
  EXPECT_TRUE(lock_local_cluster(folder.path()).has_value());
}

// The settings that a broker of this cluster reads from its file.
model::BrokerSettings settings_of(const LocalCluster& cluster, const Member& broker) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/server.properties";
  std::ofstream(path) << broker_properties(cluster, broker);
  auto read = model::to_setting_map(*read_properties_file(path));
  EXPECT_EQ(read.warnings, std::vector<std::string>());
  auto settings = model::broker_settings_from(std::move(read.map));
  EXPECT_TRUE(settings.has_value()) << settings.error().detail;
  EXPECT_EQ(settings->warnings, std::vector<std::string>());
  return std::move(settings->settings);
}

TEST(LocalCluster, BrokersReplicateAsFarAsThereAreBrokers) {
  for (const int brokers : {1, 2, 3, 5}) {
    const LocalCluster cluster = planned({.brokers = brokers, .zookeepers = 2});
    const std::string text = broker_properties(cluster, cluster.members.back());
    const std::string copies = std::to_string(std::min(brokers, 3));
    for (const char* key : {"default.replication.factor", "offsets.topic.replication.factor",
                            "transaction.state.log.replication.factor"})
      EXPECT_THAT(text, HasSubstr(std::string("\n") + key + "=" + copies + "\n"));
    EXPECT_THAT(text, HasSubstr(std::string("\nmin.insync.replicas=") + (brokers < 3 ? "1" : "2")));
    EXPECT_THAT(text, HasSubstr("\nzookeeper.connect=127.0.0.1:101,127.0.0.1:104/gregor\n"));
  }
}

TEST(LocalCluster, ABrokerReadsItsFileWithoutAWarning) {
  const std::string folder = "/a folder/with \\ and ü";
  const LocalCluster cluster =
      planned({.settings = {{"num.partitions", "7"}, {"min.insync.replicas", "3"}}}, folder);
  const auto settings = settings_of(cluster, cluster.members.back());
  EXPECT_EQ(settings.broker_id.value(), 3);
  EXPECT_THAT(settings.log_dirs, ElementsAre(folder + "/broker-3/data"));
  EXPECT_EQ(settings.num_partitions, 7);
  EXPECT_EQ(settings.topic_defaults.min_insync_replicas, 3) << "what was asked for counts more";
  ASSERT_EQ(settings.listeners.size(), 1U);
  EXPECT_EQ(settings.listeners[0].port, 9094);
}

TEST(LocalCluster, ZooKeeperServersKnowEachOtherWhereThereAreSeveral) {
  const LocalCluster alone = planned({.zookeepers = 1});
  EXPECT_THAT(zookeeper_properties(alone, alone.members[0]), Not(HasSubstr("server.1")));
  const LocalCluster three = planned({.zookeepers = 3});
  const std::string text = zookeeper_properties(three, three.members[1]);
  EXPECT_THAT(text, HasSubstr("\nclientPort=104\n"));
  EXPECT_THAT(text, HasSubstr("\nserver.1=127.0.0.1:102:103\nserver.2=127.0.0.1:105:106\n"
                              "server.3=127.0.0.1:108:109\n"));
}

TEST(LocalCluster, BrokersOfATracedOneAreToldSo) {
  LocalCluster cluster = planned({.traced = true});
  const auto again = parse_local_cluster(to_json_text(cluster));
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->traced);
  const Member& broker = cluster.members.back();
  EXPECT_THAT(launch_of(cluster, broker, "gregor", "jars").command,
              ElementsAre("gregor", "server", "server.properties", "--trace", "trace.jsonl"));
  cluster.traced = false;
  EXPECT_THAT(launch_of(cluster, broker, "gregor", "jars").command,
              ElementsAre("gregor", "server", "server.properties"));
}

TEST(LocalCluster, BrokersStandInRacksInTurn) {
  LocalCluster cluster = planned({.brokers = 3, .racks = {"a", "b"}});
  const auto again = parse_local_cluster(to_json_text(cluster));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->racks, cluster.racks);
  std::vector<std::string> racks;
  for (const Member& broker : cluster.of(MemberKind::broker)) {
    const std::string text = broker_properties(cluster, broker);
    EXPECT_THAT(text, HasSubstr("replica.selector.class=org.apache.kafka.common.replica."
                                "RackAwareReplicaSelector\n"));
    racks.push_back(text.substr(text.find("broker.rack="), 14));
  }
  EXPECT_THAT(racks, ElementsAre("broker.rack=a\n", "broker.rack=b\n", "broker.rack=a\n"));
}

TEST(LocalCluster, FilesAreWrittenOnceAndAnEditStays) {
  const TemporaryFolder folder;
  const LocalCluster cluster = planned({.zookeepers = 3}, folder.path());
  for (const Member& member : cluster.members)
    ASSERT_TRUE(write_files(cluster, member).has_value());
  EXPECT_EQ(content_of(folder.path() + "/zookeeper-3/data/myid"), "3\n");
  EXPECT_EQ(content_of(folder.path() + "/zookeeper-3/zookeeper.properties"),
            zookeeper_properties(cluster, cluster.members[2]));
  const std::string file = folder.path() + "/broker-1/server.properties";
  EXPECT_EQ(content_of(file), broker_properties(cluster, cluster.members[3]));
  EXPECT_TRUE(std::filesystem::is_directory(folder.path() + "/broker-1/data"));
  std::ofstream(file) << "edited";
  ASSERT_TRUE(write_files(cluster, cluster.members[3]).has_value());
  EXPECT_EQ(content_of(file), "edited");
}

TEST(LocalCluster, AFolderThatCannotBeMadeIsSaid) {
  const LocalCluster cluster = planned({}, "/dev/null/x");
  const auto written = write_files(cluster, cluster.members[0]);
  ASSERT_FALSE(written.has_value());
  EXPECT_THAT(written.error().detail, HasSubstr("/dev/null/x/zookeeper-1/data: "));
}

TEST(LocalCluster, FreePortsAreFreeAndDifferent) {
  FreePorts ports;
  std::set<int> seen;
  for (int i = 0; i < 50; ++i) {
    const int port = ports.next();
    EXPECT_TRUE(is_free(port));
    EXPECT_TRUE(seen.insert(port).second);
    EXPECT_LT(port, 32768) << "above, a client's connection could take it";
  }
}

TEST(LocalCluster, LastWordsAreWholeLines) {
  const TemporaryFolder folder;
  const std::string log = folder.path() + "/log";
  EXPECT_EQ(last_words(log), "");
  std::ofstream(log) << "short\n";
  EXPECT_EQ(last_words(log), "short\n");
  std::ofstream(log) << std::string(1000, 'x') << "\nthe last line\n";
  EXPECT_EQ(last_words(log), "the last line\n");
}

}  // namespace
}  // namespace gregor::cli
