// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Thin owners of librdkafka handles, and the settings that every load shares.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "load/options.h"

namespace gregor::bench {

using Clock = std::chrono::steady_clock;

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;

[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "load: %s\n", why.c_str());
  std::_Exit(1);
}

inline void set(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
  char text[512];
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) {
    give_up(text);
  }
}

inline rd_kafka_conf_t* configuration(const Options& options) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", options.bootstrap);
  for (const std::string& property : options.properties) {
    const auto equals = property.find('=');
    if (equals == std::string::npos) give_up("not key=value: " + property);
    set(conf, property.substr(0, equals), property.substr(equals + 1));
  }
  return conf;
}

// Takes the configuration.
inline Client make_client(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
  char text[512];
  rd_kafka_t* client = rd_kafka_new(type, conf, text, sizeof text);
  if (client == nullptr) give_up(text);
  return Client(client);
}

inline double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

}  // namespace gregor::bench
