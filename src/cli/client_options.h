// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What every command that talks to a cluster takes: where it is, how to speak to it, and how to
// answer.
#pragma once

#include <CLI/App.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/result.h"

namespace gregor::cli {

struct ClientOptions {
  std::string bootstrap = "127.0.0.1:9092";
  std::string config_file;  // properties of a client
  std::chrono::milliseconds timeout{30'000};
  bool json = false;
};

// --bootstrap-server, --command-config, --timeout, --json. The options must outlive the command.
void add_client_options(CLI::App& command, ClientOptions& options);

struct Address {
  std::string host;
  std::string port;
  friend bool operator==(const Address&, const Address&) = default;
};

// "a:9092,[::1]:9093,b": the port is 9092 where none is given; invalid_request names what is wrong.
model::Result<std::vector<Address>> parse_bootstrap(const std::string& text);

using ClientProperties = std::vector<std::pair<std::string, std::string>>;

// The properties of a file, in their order; none if `path` is empty.
model::Result<ClientProperties> read_client_properties(const std::string& path);

}  // namespace gregor::cli
