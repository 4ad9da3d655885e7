// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Sends records on a schedule and measures from the scheduled instant: to the acknowledgement, and
// end to end to a consumer of the same partition. A broker that stalls is charged for all that
// should have been sent meanwhile.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <thread>

#include "load/client.h"
#include "load/histogram.h"

namespace gregor::bench {
namespace {

std::uint64_t microseconds_since(std::int64_t nanoseconds) {
  const auto now = Clock::now().time_since_epoch().count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(now - nanoseconds, 0)) / 1000;
}

void on_latency_known(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(message->err));
  std::int64_t due = 0;
  std::memcpy(&due, message->payload, sizeof due);
  static_cast<Histogram*>(opaque)->add(microseconds_since(due));
}

// Reads options.records records of partition 0 from `start` on, and before them the one that says
// that the reader reads: how long a client takes to begin is not measured. On a thread of its own.
void measure_end_to_end(const Options& options, std::int64_t start, std::promise<void> reads,
                        Histogram& histogram) {
  Options plain;  // the properties given are the producer's
  plain.bootstrap = options.bootstrap;
  rd_kafka_conf_t* conf = configuration(plain);
  set(conf, "group.id", "bench");
  set(conf, "enable.auto.commit", "false");
  set(conf, "fetch.wait.max.ms", "500");
  const Client client = make_client(RD_KAFKA_CONSUMER, conf);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, options.topic.c_str(), 0)->offset = start;
  rd_kafka_assign(client.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  for (std::uint64_t read = 0; read <= options.records;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client.get(), 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::int64_t due = 0;
      std::memcpy(&due, message->payload, sizeof due);
      if (read == 0)
        reads.set_value();
      else
        histogram.add(microseconds_since(due));
      ++read;
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(client.get());
}

void send(rd_kafka_t* client, const Options& options, std::string& value, Clock::time_point due) {
  const std::int64_t stamp = due.time_since_epoch().count();
  std::memcpy(value.data(), &stamp, sizeof stamp);
  const rd_kafka_resp_err_t error =
      rd_kafka_producev(client, RD_KAFKA_V_TOPIC(options.topic.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_VALUE(value.data(), value.size()),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(error));
}

void send_on_schedule(rd_kafka_t* client, const Options& options, std::future<void> reader_reads,
                      Histogram& acknowledged) {
  std::string value = payload(std::max(options.size, sizeof(std::int64_t)));
  send(client, options, value, Clock::now());
  while (acknowledged.total() == 0 ||
         reader_reads.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    rd_kafka_poll(client, 1);
  acknowledged = {};
  const auto interval =
      std::chrono::nanoseconds(1'000'000'000 / static_cast<std::int64_t>(options.rate));
  const auto begun = Clock::now();
  for (std::uint64_t number = 0; number < options.records; ++number) {
    const auto due = begun + interval * static_cast<std::int64_t>(number);
    while (Clock::now() < due) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now()).count();
      if (rd_kafka_poll(client, static_cast<int>(left)) == 0 && left == 0)
        std::this_thread::yield();
    }
    send(client, options, value, due);
  }
}

void print(const char* name, const Histogram& histogram, const char* end) {
  fmt::print("\"{}\":{{\"p50\":{},\"p99\":{},\"p999\":{},\"max\":{}}}{}", name,
             histogram.percentile(0.5), histogram.percentile(0.99), histogram.percentile(0.999),
             histogram.max(), end);
}

}  // namespace

int latency(const Options& options) {
  Histogram acknowledged;
  Histogram end_to_end;
  rd_kafka_conf_t* conf = configuration(options);
  set(conf, "linger.ms", "0");
  rd_kafka_conf_set_dr_msg_cb(conf, on_latency_known);
  rd_kafka_conf_set_opaque(conf, &acknowledged);
  const Client client = make_client(RD_KAFKA_PRODUCER, conf);
  std::int64_t low = 0;
  std::int64_t high = 0;
  rd_kafka_query_watermark_offsets(client.get(), options.topic.c_str(), 0, &low, &high, 10'000);
  std::promise<void> reads;
  std::future<void> reader_reads = reads.get_future();
  std::thread reader([&] { measure_end_to_end(options, high, std::move(reads), end_to_end); });
  send_on_schedule(client.get(), options, std::move(reader_reads), acknowledged);
  while (acknowledged.total() < options.records) rd_kafka_poll(client.get(), 10);
  reader.join();
  fmt::print("{{\"records\":{},\"rate\":{},", options.records, options.rate);
  print("produce_us", acknowledged, ",");
  print("end_to_end_us", end_to_end, "}\n");
  return 0;
}

}  // namespace gregor::bench
