// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The load driver: produces, consumes, measures latency or sends raw requests, against any
// Kafka-compatible broker.
#include <CLI/CLI.hpp>

#include "load/options.h"

int main(int argc, char** argv) {
  gregor::bench::Options options;
  CLI::App app{
      "Load for a Kafka-compatible broker; reports one JSON object.\nThe topic must exist."};
  app.add_option("--bootstrap-server", options.bootstrap, "address of a broker")
      ->capture_default_str();
  app.add_option("--topic", options.topic)->capture_default_str();
  app.add_option("--num-records", options.records, "how many records or requests")
      ->capture_default_str();
  app.add_option("--record-size", options.size, "bytes of a record's value")->capture_default_str();
  app.add_option("--partitions", options.partitions, "partitions of the topic")
      ->capture_default_str();
  app.add_option("--replicas", options.replicas, "of each partition (create)")
      ->capture_default_str();
  app.add_option("--keys", options.keys, "different keys of the records; 0: none (produce)")
      ->capture_default_str();
  app.add_option("--props", options.properties, "librdkafka properties, key=value");
  app.add_option("--throughput", options.rate, "records a second (latency)")->capture_default_str();
  app.add_option("--connections", options.connections, "connections (requests)")
      ->capture_default_str();
  app.add_option("--in-flight", options.in_flight, "unanswered requests a connection (requests)")
      ->capture_default_str();
  int (*mode)(const gregor::bench::Options&) = nullptr;
  const auto add = [&](const char* name, const char* what,
                       int (*run)(const gregor::bench::Options&)) {
    app.add_subcommand(name, what)->fallthrough()->callback([&mode, run] { mode = run; });
  };
  add("produce", "records through librdkafka, as fast as it can", gregor::bench::produce);
  add("consume", "all partitions from the beginning through librdkafka", gregor::bench::consume);
  add("latency", "records on a schedule: time to acknowledgement and end to end",
      gregor::bench::latency);
  add("requests", "one-record produce requests over raw sockets", gregor::bench::requests);
  add("create", "the topic, and wait until its partitions serve", gregor::bench::create);
  add("delete", "the topic", gregor::bench::remove);
  add("offsets", "how many records the topic holds", gregor::bench::offsets);
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);
  return mode(options);
}
