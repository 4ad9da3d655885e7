// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Produces as fast as the client can and counts acknowledgements.

#include <fmt/core.h>

#include "load/client.h"

namespace gregor::bench {
namespace {

struct Outcome {
  std::uint64_t acknowledged = 0;
  std::uint64_t failed = 0;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& outcome = *static_cast<Outcome*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++outcome.acknowledged;
  } else if (++outcome.failed == 1) {
    std::fprintf(stderr, "load: %s\n", rd_kafka_err2str(message->err));
  }
}

void send(rd_kafka_t* client, const Options& options, std::uint64_t number,
          const std::string& value) {
  const auto partition =
      static_cast<std::int32_t>(number % static_cast<std::uint64_t>(options.partitions));
  const std::string key = options.keys > 0 ? std::to_string(number % options.keys) : "";
  const void* const key_bytes = options.keys > 0 ? key.data() : nullptr;
  for (;;) {
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        client, RD_KAFKA_V_TOPIC(options.topic.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(const_cast<void*>(key_bytes), key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) give_up(rd_kafka_err2str(error));
    rd_kafka_poll(client, 10);
  }
}

}  // namespace

int produce(const Options& options) {
  Outcome outcome;
  rd_kafka_conf_t* conf = configuration(options);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_opaque(conf, &outcome);
  const Client client = make_client(RD_KAFKA_PRODUCER, conf);
  const std::string value = payload(options.size);
  const auto begun = Clock::now();
  for (std::uint64_t number = 0; number < options.records; ++number) {
    send(client.get(), options, number, value);
    if (number % 256 == 0) rd_kafka_poll(client.get(), 0);
  }
  while (outcome.acknowledged + outcome.failed < options.records) rd_kafka_poll(client.get(), 100);
  const double seconds = seconds_since(begun);
  const double bytes = static_cast<double>(options.records) * static_cast<double>(options.size);
  fmt::print(
      "{{\"acknowledged\":{},\"failed\":{},\"seconds\":{:.6f},\"records_per_second\":{:.1f},"
      "\"megabytes_per_second\":{:.3f}}}\n",
      outcome.acknowledged, outcome.failed, seconds, static_cast<double>(options.records) / seconds,
      bytes / seconds / 1e6);
  return outcome.failed == 0 ? 0 : 1;
}

}  // namespace gregor::bench
