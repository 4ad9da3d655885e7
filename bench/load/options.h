// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a load run is told on the command line, and what it reports: one JSON object on standard
// output.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gregor::bench {

struct Options {
  std::string bootstrap = "127.0.0.1:9092";
  std::string topic = "bench";
  std::uint64_t records = 100'000;
  std::size_t size = 1024;  // bytes of a record's value
  int partitions = 1;
  int replicas = 1;                     // of each partition (create)
  std::uint64_t keys = 0;               // records have these in turn (produce); 0: no keys
  std::vector<std::string> properties;  // librdkafka's key=value
  std::uint64_t rate = 1000;            // records a second, latency mode
  int connections = 1;                  // requests mode
  int in_flight = 8;                    // requests mode: requests on the way, per connection
};

// Text that compresses about as JSON events do; the same bytes in each run.
std::string payload(std::size_t size);

// Each runs the load to its end and prints its report; 0 when every record was acknowledged or
// read.
int produce(const Options& options);
int consume(const Options& options);
int latency(const Options& options);
int requests(const Options& options);
// The topic: made with options.partitions and waited for, removed; how many records its partitions
// hold.
int create(const Options& options);
int remove(const Options& options);
int offsets(const Options& options);

}  // namespace gregor::bench
