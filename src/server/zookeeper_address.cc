// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/zookeeper_address.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "base/parse_number.h"
#include "coordination/path.h"

namespace gregor::server {
namespace {

constexpr std::string_view default_port = "2181";

bool is_port(std::string_view text) {
  return base::parse_number<std::uint16_t>(text).value_or(0) != 0;
}

// "host", "host:port", "[::1]:port" -> with a port; nullopt when it is none of them.
std::optional<std::string> with_port(std::string_view server) {
  const std::size_t bracket = server.rfind(']');
  const std::size_t colon = server.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = server.substr(0, colon);
  const std::string_view port =
      colon == std::string_view::npos ? default_port : server.substr(colon + 1);
  if (host.empty() || host.find_first_of(" \t@") != std::string_view::npos || !is_port(port))
    return std::nullopt;
  return fmt::format("{}:{}", host, port);
}

}  // namespace

std::string ZooKeeperAddress::outer(std::string_view path) const {
  if (chroot.empty()) return std::string(path);
  return path == "/" ? chroot : chroot + std::string(path);
}

std::string ZooKeeperAddress::inner(std::string_view path) const {
  if (!path.starts_with(chroot)) return std::string(path);
  path.remove_prefix(chroot.size());
  return path.empty() ? "/" : std::string(path);
}

model::Result<ZooKeeperAddress> parse_zookeeper_address(std::string_view connect) {
  const auto bad = [&] {
    return model::fail(
        model::ErrorCode::invalid_config,
        fmt::format("zookeeper.connect: '{}' is not host:port[,host:port][/path]", connect));
  };
  const std::size_t slash = connect.find('/');
  std::string_view servers = connect.substr(0, slash);
  ZooKeeperAddress out;
  if (slash != std::string_view::npos) out.chroot = connect.substr(slash);
  if (out.chroot == "/") out.chroot.clear();
  if (!out.chroot.empty() && !coordination::is_valid_path(out.chroot)) return bad();
  while (true) {
    const std::size_t comma = servers.find(',');
    const auto server = with_port(servers.substr(0, comma));
    if (!server) return bad();
    out.hosts += (out.hosts.empty() ? "" : ",") + *server;
    if (comma == std::string_view::npos) return out;
    servers.remove_prefix(comma + 1);
  }
}

}  // namespace gregor::server
