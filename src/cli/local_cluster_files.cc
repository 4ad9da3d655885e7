// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/local_cluster_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include "log/whole_file.h"
#include "model/broker_settings.h"
#include "server/posix_disk.h"

namespace gregor::cli {
namespace {

using model::Result;

constexpr const char* chroot = "/gregor";
constexpr const char* broker_file = "server.properties";
constexpr const char* zookeeper_file = "zookeeper.properties";
constexpr const char* trace_file = "trace.jsonl";

// As java.util.Properties reads it.
std::string line_of(const std::string& key, const std::string& value) {
  std::string line = key + "=";
  for (const char c : value) {
    if (c == '\\' || (c == ' ' && line.back() == '=')) line += '\\';
    line += c;
  }
  return line + "\n";
}

std::string zookeeper_connect(const LocalCluster& cluster) {
  std::vector<std::string> servers;
  for (const Member& server : cluster.of(MemberKind::zookeeper))
    servers.push_back(fmt::format("127.0.0.1:{}", server.port));
  return fmt::format("{}{}", fmt::join(servers, ","), chroot);
}

}  // namespace

LocalCluster plan_cluster(std::string folder, const ClusterPlan& plan,
                          const PortSource& next_port) {
  LocalCluster cluster{.folder = std::move(folder),
                       .settings = plan.settings,
                       .racks = plan.racks,
                       .traced = plan.traced,
                       .members = {}};
  for (int id = 1; id <= plan.zookeepers; ++id)
    cluster.members.push_back({.kind = MemberKind::zookeeper,
                               .id = id,
                               .port = next_port(),
                               .quorum_port = next_port(),
                               .election_port = next_port(),
                               .process = std::nullopt});
  for (int id = 1; id <= plan.brokers; ++id)
    cluster.members.push_back({.kind = MemberKind::broker,
                               .id = id,
                               .port = plan.port == 0 ? next_port() : plan.port + id - 1,
                               .process = std::nullopt});
  return cluster;
}

std::string broker_properties(const LocalCluster& cluster, const Member& broker) {
  const auto brokers = cluster.of(MemberKind::broker).size();
  const std::string copies = std::to_string(std::min<std::size_t>(brokers, 3));
  const std::string copies_in_sync = brokers >= 3 ? "2" : "1";
  std::map<std::string, std::string> properties = {
      {"default.replication.factor", copies},
      {"min.insync.replicas", copies_in_sync},
      {"offsets.topic.replication.factor", copies},
      {"transaction.state.log.replication.factor", copies},
      {"transaction.state.log.min.isr", copies_in_sync},
      // A broker that was killed is missed sooner than with Kafka's 18 seconds.
      {"zookeeper.session.timeout.ms", "6000"},
      // When all end together there is soon nobody left to hand over to.
      {"controlled.shutdown.retry.backoff.ms", "500"},
  };
  if (!cluster.racks.empty()) {
    const auto place = static_cast<std::size_t>(broker.id - 1) % cluster.racks.size();
    properties.emplace("broker.rack", cluster.racks[place]);
    properties.emplace("replica.selector.class", model::rack_aware_selector);
  }
  for (const auto& [key, value] : cluster.settings) properties.insert_or_assign(key, value);
  const std::string listener = fmt::format("PLAINTEXT://127.0.0.1:{}", broker.port);
  properties.insert_or_assign("broker.id", std::to_string(broker.id));
  properties.insert_or_assign("listeners", listener);
  properties.insert_or_assign("advertised.listeners", listener);
  properties.insert_or_assign("log.dirs", cluster.folder_of(broker) + "/data");
  properties.insert_or_assign("zookeeper.connect", zookeeper_connect(cluster));
  std::string text = "# Written once by gregor cluster up; changes count when the broker starts.\n";
  for (const auto& [key, value] : properties) text += line_of(key, value);
  return text;
}

std::string zookeeper_properties(const LocalCluster& cluster, const Member& zookeeper) {
  std::string text = fmt::format(
      "# Written once by gregor cluster up; changes count when the server starts.\n"
      "tickTime=500\n"  // sessions may last from 1 to 10 seconds
      "initLimit=20\n"
      "syncLimit=10\n"
      "dataDir=./data\n"
      "clientPort={}\n"
      "clientPortAddress=127.0.0.1\n"
      "maxClientCnxns=0\n"
      "admin.enableServer=false\n"
      "4lw.commands.whitelist=ruok,srvr\n",
      zookeeper.port);
  const auto servers = cluster.of(MemberKind::zookeeper);
  if (servers.size() == 1) return text;
  for (const Member& server : servers)
    text += fmt::format("server.{}=127.0.0.1:{}:{}\n", server.id, server.quorum_port,
                        server.election_port);
  return text;
}

Launch launch_of(const LocalCluster& cluster, const Member& member, const std::string& program,
                 const std::string& zookeeper_classes) {
  Launch launch{.command = {}, .folder = cluster.folder_of(member), .log = cluster.log_of(member)};
  if (member.kind == MemberKind::broker) {
    launch.command = {program, "server", broker_file};
    if (cluster.traced) launch.command.insert(launch.command.end(), {"--trace", trace_file});
  } else {
    launch.command = {"java",
                      "-Xmx256m",
                      "-XX:+UseSerialGC",
                      "-XX:TieredStopAtLevel=1",
                      "-Dzookeeper.jmx.log4j.disable=true",
                      "-cp",
                      zookeeper_classes,
                      "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                      zookeeper_file};
  }
  return launch;
}

Result<> write_files(const LocalCluster& cluster, const Member& member) {
  const bool broker = member.kind == MemberKind::broker;
  const std::string folder = cluster.folder_of(member), data = folder + "/data";
  std::error_code failed;
  std::filesystem::create_directories(data, failed);
  if (failed)
    return model::fail(model::ErrorCode::kafka_storage_error,
                       fmt::format("{}: {}", data, failed.message()));
  std::vector<std::array<std::string, 3>> files;  // folder, name, text
  if (broker) {
    files.push_back({folder, broker_file, broker_properties(cluster, member)});
  } else {
    files.push_back({data, "myid", std::to_string(member.id) + "\n"});
    files.push_back({folder, zookeeper_file, zookeeper_properties(cluster, member)});
  }
  server::PosixDisk disk;
  for (const auto& [where, name, text] : files) {
    if (std::filesystem::exists(std::filesystem::path(where) / name, failed)) continue;
    const auto written =
        log::replace_file(disk, where, name, base::as_bytes(text), log::Durability::later);
    if (!written) return written;
  }
  return {};
}

}  // namespace gregor::cli
