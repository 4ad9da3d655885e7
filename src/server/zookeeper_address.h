// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// zookeeper.connect: "host:port,host:port/chroot". The port is 2181 where it is left out; IPv6
// addresses stand in brackets. Below the chroot lies everything of one cluster.
#pragma once

#include <string>
#include <string_view>

#include "model/result.h"

namespace gregor::server {

struct ZooKeeperAddress {
  std::string hosts;   // "host:port,host:port"
  std::string chroot;  // "/kafka"; "" for none
  friend bool operator==(const ZooKeeperAddress&, const ZooKeeperAddress&) = default;

  // What the cluster calls "/brokers" lies at "/kafka/brokers"; and back.
  [[nodiscard]] std::string outer(std::string_view path) const;
  [[nodiscard]] std::string inner(std::string_view path) const;
};

// invalid_config when it is none.
model::Result<ZooKeeperAddress> parse_zookeeper_address(std::string_view connect);

}  // namespace gregor::server
