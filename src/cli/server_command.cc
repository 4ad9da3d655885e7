// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor server`: runs a broker until a signal ends it.
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/input_file.h"
#include "model/broker_settings.h"
#include "server/log_sink.h"
#include "server/node.h"
#include "server/signals.h"

namespace gregor::cli {
namespace {

using broker::Severity;
using model::Result;

constexpr const char* summary =
    "Run a broker until SIGTERM, SIGINT or SIGHUP; a second signal ends it at once";

constexpr const char* server_details =
    "Settings have Kafka's names and defaults. They come from FILE, and from --set, which counts\n"
    "more. Without FILE, listeners is PLAINTEXT://127.0.0.1:9092 and log.dirs is ./gregor-data.\n"
    "\n"
    "When clients are let in, one line says so on standard output:\n"
    "  gregor ready on 127.0.0.1:9092\n"
    "With port 0 the system chooses the port, and that line tells it.\n"
    "\n"
    "Examples:\n"
    "  gregor server\n"
    "  gregor server config/server.properties --set num.partitions=6\n"
    "  gregor server --set listeners=PLAINTEXT://127.0.0.1:0 --set log.dirs=/var/lib/gregor\n";

// What a bare `gregor server` is for: trying it out on this machine.
const std::pair<const char*, const char*> bare_settings[] = {
    {"listeners", "PLAINTEXT://127.0.0.1:9092"}, {"log.dirs", "gregor-data"}};

const std::map<std::string, Severity> severities = {{"debug", Severity::debug},
                                                    {"info", Severity::info},
                                                    {"warning", Severity::warning},
                                                    {"error", Severity::error}};

struct ServerOptions {
  std::string file;
  std::vector<std::string> assignments;
  Severity log_level = Severity::info;
  std::string trace;  // "": none
};

struct LoadedConfiguration {
  model::BrokerSettings settings;
  std::vector<std::string> warnings;
};

Result<model::SettingMapAndWarnings> read_properties(const std::string& path) {
  auto properties = read_properties_file(path);
  if (!properties) return model::fail(std::move(properties.error()));
  auto read = model::to_setting_map(std::move(*properties));
  for (std::string& warning : read.warnings) warning.insert(0, path + ": ");
  return read;
}

// False when the command line itself is wrong.
bool assign(const std::vector<std::string>& assignments, model::SettingMap& map) {
  for (const std::string& assignment : assignments) {
    auto pair = model::parse_assignment(assignment);
    if (!pair) {
      complain(fmt::format("--set {}: {}", assignment, pair.error().detail));
      return false;
    }
    map.insert_or_assign(std::move(pair->first), std::move(pair->second));
  }
  return true;
}

Result<LoadedConfiguration> configure(const ServerOptions& options, model::SettingMap assigned) {
  model::SettingMapAndWarnings read;
  if (!options.file.empty()) {
    auto from_file = read_properties(options.file);
    if (!from_file) return model::fail(from_file.error());
    read = std::move(*from_file);
  } else if (!assigned.contains("log.dir")) {
    for (const auto& [key, value] : bare_settings) read.map.emplace(key, value);
  }
  for (auto& [key, value] : assigned) read.map.insert_or_assign(key, std::move(value));
  auto loaded = model::broker_settings_from(std::move(read.map));
  if (!loaded) return model::fail(loaded.error());
  read.warnings.insert(read.warnings.end(), loaded->warnings.begin(), loaded->warnings.end());
  return LoadedConfiguration{std::move(loaded->settings), std::move(read.warnings)};
}

// Where a client on this machine finds it.
std::string place_of(const model::Listener& listener) {
  const bool any = listener.host.empty() || listener.host == "0.0.0.0" || listener.host == "::";
  const bool is_v6 = !any && listener.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_v6 ? "[{}]:{}" : "{}:{}"), any ? "127.0.0.1" : listener.host,
                     listener.port);
}

void announce(const server::Node& node) {
  std::string line = "gregor ready on";
  for (const model::Listener& listener : node.listeners()) line += " " + place_of(listener);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

Result<std::unique_ptr<server::TraceFile>> open_trace(const std::string& path) {
  if (path.empty()) return nullptr;
  return server::TraceFile::open(path);
}

Result<> serve(LoadedConfiguration configuration, const std::string& trace_path,
               const server::LogSink& log) {
  server::hold_back_signals();
  for (const std::string& warning : configuration.warnings) log(Severity::warning, warning);
  auto trace = open_trace(trace_path);
  if (!trace) return model::fail(trace.error());
  auto node = server::Node::open(std::move(configuration.settings), log, std::move(*trace));
  if (!node) return model::fail(node.error());
  auto signals = server::StopSignals::open((*node)->loop(), [&] {
    log(Severity::info, "stopping");
    (*node)->stop();
  });
  if (!signals) return model::fail(signals.error());
  return (*node)->run(announce);
}

int run_server(const ServerOptions& options) {
  model::SettingMap assigned;
  if (!assign(options.assignments, assigned)) return exit_usage;
  auto configuration = configure(options, std::move(assigned));
  if (!configuration) {
    complain(configuration.error().detail);
    return exit_failed;
  }
  const auto served = serve(std::move(*configuration), options.trace,
                            server::standard_error_sink(options.log_level));
  if (served) return exit_ok;
  complain(served.error().detail);
  return exit_failed;
}

}  // namespace

void add_server_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("server", summary);
  command->footer(server_details);
  const auto options = std::make_shared<ServerOptions>();
  command->add_option("FILE,--config", options->file, "A properties file");
  command
      ->add_option("--set,--override", options->assignments,
                   "key=value, as a line of the file would be; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--log-level", options->log_level,
                   "What is logged on standard error: debug, info, warning or error")
      ->transform(CLI::CheckedTransformer(severities));
  command
      ->add_option("--trace", options->trace,
                   "A file to which each transition of replicas and controller is added, one JSON "
                   "object a line (docs/cluster.md)")
      ->type_name("FILE");
  command->callback([&action, options] { action = [options] { return run_server(*options); }; });
}

}  // namespace gregor::cli
