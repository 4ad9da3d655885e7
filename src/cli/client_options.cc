// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/client_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/input_file.h"

namespace gregor::cli {
namespace {

constexpr const char* usual_port = "9092";

std::unexpected<model::Error> not_an_address(const std::string& text) {
  return model::fail(model::ErrorCode::invalid_request,
                     fmt::format("--bootstrap-server: '{}' is no HOST:PORT", text));
}

model::Result<Address> parse_address(const std::string& text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') : text.rfind(':');
  if (bracketed && host_end == std::string::npos) return not_an_address(text);
  const std::size_t colon = bracketed ? host_end + 1 : host_end;
  Address address{.host = bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end),
                  .port = usual_port};
  if (colon < text.size()) {
    if (text[colon] != ':') return not_an_address(text);
    address.port = text.substr(colon + 1);
  }
  constexpr unsigned long port_max = 65535;
  const bool is_number =
      !address.port.empty() && address.port.size() <= 5 &&
      std::ranges::all_of(address.port, [](char c) { return c >= '0' && c <= '9'; });
  if (address.host.empty() || !is_number || std::stoul(address.port) > port_max)
    return not_an_address(text);
  return address;
}

}  // namespace

void add_client_options(CLI::App& command, ClientOptions& options) {
  command
      .add_option("--bootstrap-server", options.bootstrap,
                  "HOST:PORT of one broker or more, with commas between")
      ->capture_default_str();
  command.add_option("--command-config", options.config_file,
                     "A file with properties of a client: client.id, security.protocol, …");
  command
      .add_option_function<std::int64_t>(
          "--timeout", [&](std::int64_t ms) { options.timeout = std::chrono::milliseconds(ms); },
          "Milliseconds to wait for an answer (30000)")
      ->check(CLI::PositiveNumber)
      ->type_name("MS");
  command.add_flag("--json", options.json, "As JSON");
}

model::Result<std::vector<Address>> parse_bootstrap(const std::string& text) {
  std::vector<Address> addresses;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string part = text.substr(at, end - at);
    std::erase(part, ' ');
    auto address = parse_address(part);
    if (!address) return model::fail(std::move(address.error()));
    addresses.push_back(std::move(*address));
    at = end + 1;
  }
  return addresses;
}

model::Result<ClientProperties> read_client_properties(const std::string& path) {
  ClientProperties found;
  if (path.empty()) return found;
  auto properties = read_properties_file(path);
  if (!properties) return model::fail(std::move(properties.error()));
  for (auto& property : *properties)
    found.emplace_back(std::move(property.key), std::move(property.value));
  return found;
}

}  // namespace gregor::cli
