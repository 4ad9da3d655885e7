// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/rdkafka.h"

#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <csignal>

#include "cli/command.h"
#include "model/settings_properties.h"

namespace gregor::cli {

using model::ErrorCode;
using model::Result;

namespace {

constexpr int metadata_step_ms = 1000;

volatile std::sig_atomic_t interruptions = 0;
// Set by librdkafka's callbacks, which carry no more than the opaque of the command.
std::atomic<bool> no_broker_reached = false;
std::atomic<bool> reached_once = false;

using Configuration = std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>>;

enum class Unknown { is_an_error, is_left_out };

Result<> set_all(rd_kafka_conf_t* configuration, const ClientProperties& properties,
                 Unknown unknown) {
  std::array<char, 512> why{};
  for (const auto& [key, value] : properties) {
    const auto done =
        rd_kafka_conf_set(configuration, key.c_str(), value.c_str(), why.data(), why.size());
    if (done == RD_KAFKA_CONF_OK) continue;
    if (done == RD_KAFKA_CONF_UNKNOWN && unknown == Unknown::is_left_out) {
      complain(fmt::format("{} is no setting of this client and is left out", key));
      continue;
    }
    return model::fail(ErrorCode::invalid_config, why.data());
  }
  return {};
}

void on_log(const rd_kafka_t*, int level, const char*, const char* text) {
  constexpr int warning = 4;  // of syslog
  if (level <= warning) complain(text);
}

}  // namespace

Result<ClientProperties> parse_properties_given(const std::vector<std::string>& given) {
  ClientProperties properties;
  for (const std::string& one : given) {
    auto pair = model::parse_assignment(one);
    if (!pair)
      return model::fail(ErrorCode::invalid_request, fmt::format("'{}' is no KEY=VALUE", one));
    properties.push_back(std::move(*pair));
  }
  return properties;
}

Result<std::unique_ptr<RdkafkaClient>> RdkafkaClient::make(rd_kafka_type_t type,
                                                           const ClientOptions& options,
                                                           const RdkafkaSettings& settings,
                                                           DeliveryReport report, void* opaque) {
  const auto from_file = read_client_properties(options.config_file);
  if (!from_file) return model::fail(from_file.error());
  ClientProperties own = settings.own;
  own.emplace_back("bootstrap.servers", options.bootstrap);
  Configuration configuration(rd_kafka_conf_new());
  const std::pair<const ClientProperties*, Unknown> sources[] = {
      {&own, Unknown::is_an_error},
      {&*from_file, Unknown::is_left_out},
      {&settings.command_line, Unknown::is_an_error}};
  for (const auto& [properties, unknown] : sources)
    if (auto set = set_all(configuration.get(), *properties, unknown); !set)
      return model::fail(std::move(set.error()));
  rd_kafka_conf_set_log_cb(configuration.get(), on_log);
  rd_kafka_conf_set_error_cb(configuration.get(), on_error);
  rd_kafka_conf_set_opaque(configuration.get(), opaque);
  if (report != nullptr) rd_kafka_conf_set_dr_msg_cb(configuration.get(), report);
  std::array<char, 512> why{};
  std::unique_ptr<RdkafkaClient> client(new RdkafkaClient(options.timeout));
  client->handle_ = rd_kafka_new(type, configuration.get(), why.data(), why.size());
  if (client->handle_ == nullptr) return model::fail(ErrorCode::invalid_config, why.data());
  static_cast<void>(configuration.release());  // the client's now
  return client;
}

RdkafkaClient::~RdkafkaClient() {
  if (handle_ != nullptr) rd_kafka_destroy(handle_);
}

// Once a broker was there, its absence passes; librdkafka says so in its log.
void RdkafkaClient::on_error(rd_kafka_t*, int code, const char* reason, void*) {
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    no_broker_reached = true;
  else if (code != RD_KAFKA_RESP_ERR__TRANSPORT && code != RD_KAFKA_RESP_ERR__RESOLVE)
    complain(reason);
}

Result<Metadata> RdkafkaClient::metadata(const std::string& topic) const {
  using Topic = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
  const Topic chosen(topic.empty() ? nullptr : rd_kafka_topic_new(handle_, topic.c_str(), nullptr));
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  while (true) {
    const struct rd_kafka_metadata* found = nullptr;
    const auto code =
        rd_kafka_metadata(handle_, topic.empty() ? 1 : 0, chosen.get(), &found, metadata_step_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      reached_once = true;
      return Metadata(found);
    }
    rd_kafka_poll(handle_, 0);  // lets on_error speak
    if (no_broker_reached && !reached_once)
      return model::fail(ErrorCode::broker_not_available, "no broker answers");
    if (std::chrono::steady_clock::now() > deadline || interrupted())
      return model::fail(error_of(code, "metadata"));
  }
}

model::Error error_of(rd_kafka_resp_err_t code, const std::string& what) {
  // Codes below 0 are librdkafka's own.
  const auto known = code > 0 ? static_cast<ErrorCode>(code) : ErrorCode::unknown_server_error;
  return {known, fmt::format("{}: {}", what, rd_kafka_err2str(code))};
}

bool interrupted() {
  static const bool handled = [] {
    struct sigaction action{};
    action.sa_handler = [](int) { interruptions = interruptions + 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one ends the program
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    return true;
  }();
  return handled && interruptions > 0;
}

}  // namespace gregor::cli
