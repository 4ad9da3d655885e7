// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/local_cluster.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>
#include <system_error>

#include "cli/answer.h"
#include "log/whole_file.h"
#include "server/posix_disk.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;

constexpr const char* file_name = "cluster.json";
constexpr int format_version = 1;

const char* word_for(MemberKind kind) {
  return kind == MemberKind::broker ? "broker" : "zookeeper";
}

Json json_of(const Member& member) {
  Json json = {{"id", member.id}, {"port", member.port}};
  if (member.kind == MemberKind::zookeeper) {
    json["quorum_port"] = member.quorum_port;
    json["election_port"] = member.election_port;
  }
  json["pid"] = member.process ? Json(member.process->pid) : Json(nullptr);
  json["started"] = member.process ? Json(member.process->birth) : Json(nullptr);
  return json;
}

// What is wrong in a file, thrown only as far as parse_local_cluster.
struct Wrong {
  std::string what;
};

const Json& at(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key))
    throw Wrong{fmt::format("'{}' is missing", key)};
  return object[key];
}

int number_at(const Json& object, const char* key, std::int64_t last) {
  const Json& value = at(object, key);
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 ||
      value.get<std::int64_t>() > last)
    throw Wrong{fmt::format("'{}' is no number from 1 to {}", key, last)};
  return value.get<int>();
}

Member parse_member(const Json& json, MemberKind kind) {
  constexpr std::int64_t port_max = 65535;
  Member member{.kind = kind, .process = std::nullopt};
  member.id = number_at(json, "id", std::max(brokers_max, zookeepers_max));
  member.port = number_at(json, "port", port_max);
  if (kind == MemberKind::zookeeper) {
    member.quorum_port = number_at(json, "quorum_port", port_max);
    member.election_port = number_at(json, "election_port", port_max);
  }
  if (at(json, "pid").is_null()) return member;
  if (!at(json, "started").is_string()) throw Wrong{"'started' is no text"};
  member.process = {number_at(json, "pid", std::numeric_limits<pid_t>::max()),
                    at(json, "started").get<std::string>()};
  return member;
}

void parse_members(const Json& document, const char* key, MemberKind kind,
                   std::vector<Member>& members) {
  const Json& list = at(document, key);
  if (!list.is_array() || list.empty()) throw Wrong{fmt::format("'{}' is no list", key)};
  for (const Json& json : list) {
    members.push_back(parse_member(json, kind));
    if (std::ranges::count(members, members.back().name(), &Member::name) > 1)
      throw Wrong{members.back().name() + " is there twice"};
  }
}

LocalCluster parse(const Json& document) {
  LocalCluster cluster;
  if (at(document, "version") != format_version) throw Wrong{"'version' is not 1"};
  const Json& settings = at(document, "settings");
  if (!settings.is_object()) throw Wrong{"'settings' is no object"};
  for (const auto& [key, value] : settings.items()) {
    if (!value.is_string()) throw Wrong{fmt::format("setting '{}' is no text", key)};
    cluster.settings.emplace_back(key, value.get<std::string>());
  }
  // Files of earlier versions say nothing of what follows.
  for (const Json& rack : document.value("racks", Json::array())) {
    if (!rack.is_string()) throw Wrong{"a rack is no text"};
    cluster.racks.push_back(rack.get<std::string>());
  }
  if (document.contains("traced")) {
    if (!document["traced"].is_boolean()) throw Wrong{"'traced' is neither true nor false"};
    cluster.traced = document["traced"].get<bool>();
  }
  parse_members(document, "zookeepers", MemberKind::zookeeper, cluster.members);
  parse_members(document, "brokers", MemberKind::broker, cluster.members);
  return cluster;
}

}  // namespace

std::string Member::name() const { return fmt::format("{}-{}", word_for(kind), id); }

std::vector<Member> LocalCluster::of(MemberKind kind) const {
  std::vector<Member> out;
  std::ranges::copy_if(members, std::back_inserter(out),
                       [&](const Member& member) { return member.kind == kind; });
  return out;
}

Member* LocalCluster::find(std::string_view name) {
  const auto found = std::ranges::find_if(members, [&](const Member& member) {
    return member.name() == name ||
           (member.kind == MemberKind::broker && std::to_string(member.id) == name);
  });
  return found == members.end() ? nullptr : &*found;
}

std::string LocalCluster::folder_of(const Member& member) const {
  return folder + "/" + member.name();
}

std::string LocalCluster::log_of(const Member& member) const {
  return fmt::format("{}/{}.log", folder_of(member), word_for(member.kind));
}

std::string LocalCluster::bootstrap() const {
  std::vector<std::string> addresses;
  for (const Member& broker : of(MemberKind::broker))
    addresses.push_back(fmt::format("127.0.0.1:{}", broker.port));
  return fmt::format("{}", fmt::join(addresses, ","));
}

std::string to_json_text(const LocalCluster& cluster) {
  Json document = {{"version", format_version},
                   {"settings", Json::object()},
                   {"racks", cluster.racks},
                   {"traced", cluster.traced}};
  for (const auto& [key, value] : cluster.settings) document["settings"][key] = value;
  for (const auto& [key, kind] :
       {std::pair("zookeepers", MemberKind::zookeeper), std::pair("brokers", MemberKind::broker)}) {
    document[key] = Json::array();
    for (const Member& member : cluster.of(kind)) document[key].push_back(json_of(member));
  }
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<LocalCluster> parse_local_cluster(const std::string& text) {
  try {
    return parse(Json::parse(text));
  } catch (const Json::exception& error) {
    return model::fail(ErrorCode::invalid_request, error.what());
  } catch (const Wrong& wrong) {
    return model::fail(ErrorCode::invalid_request, wrong.what);
  }
}

Result<std::optional<LocalCluster>> load_local_cluster(const std::string& folder) {
  server::PosixDisk disk;
  const std::string path = folder + "/" + file_name;
  const auto bytes = log::read_whole_file(disk, path);
  if (!bytes) return model::fail(bytes.error());
  if (!*bytes) return std::nullopt;
  auto cluster = parse_local_cluster(std::string(base::as_text(**bytes)));
  if (!cluster)
    return model::fail(cluster.error().code, fmt::format("{}: {}", path, cluster.error().detail));
  cluster->folder = folder;
  return std::move(*cluster);
}

Result<> save(const LocalCluster& cluster) {
  server::PosixDisk disk;
  return log::replace_file(disk, cluster.folder, file_name, base::as_bytes(to_json_text(cluster)),
                           log::Durability::later);
}

Result<server::Descriptor> lock_local_cluster(const std::string& folder) {
  const std::string path = folder + "/cluster.lock";
  server::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.open())
    return model::fail(ErrorCode::unknown_server_error,
                       fmt::format("{}: {}", path, std::generic_category().message(errno)));
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0)
    return model::fail(ErrorCode::unknown_server_error,
                       fmt::format("another gregor cluster command is at work in {}", folder));
  return file;
}

}  // namespace gregor::cli
