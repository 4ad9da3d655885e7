// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Reads all partitions from the beginning, as fast as the client can, and checks that offsets have
// no gap.
#include <fmt/core.h>

#include <vector>

#include "load/client.h"

namespace gregor::bench {
namespace {

struct Progress {
  std::vector<std::int64_t> next;  // offset expected, by partition
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

void take(const rd_kafka_message_t* message, Progress& progress) {
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_message_errstr(message));
  auto& next = progress.next.at(static_cast<std::size_t>(message->partition));
  if (message->offset != next) {
    give_up(fmt::format("partition {}: offset {} where {} was due", message->partition,
                        message->offset, next));
  }
  ++next;
  ++progress.records;
  progress.bytes += message->len;
}

void assign_all(rd_kafka_t* client, const Options& options) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(options.partitions);
  for (int partition = 0; partition < options.partitions; ++partition) {
    rd_kafka_topic_partition_list_add(list, options.topic.c_str(), partition)->offset = 0;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(error));
}

}  // namespace

int consume(const Options& options) {
  rd_kafka_conf_t* conf = configuration(options);
  set(conf, "group.id", "bench");
  set(conf, "enable.auto.commit", "false");
  const Client client = make_client(RD_KAFKA_CONSUMER, conf);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client.get());
  Progress progress;
  progress.next.assign(static_cast<std::size_t>(options.partitions), 0);
  std::vector<rd_kafka_message_t*> batch(10'000);
  const auto begun = Clock::now();
  assign_all(client.get(), options);
  while (progress.records < options.records) {
    const auto got = rd_kafka_consume_batch_queue(queue, 1000, batch.data(), batch.size());
    for (ssize_t i = 0; i < got; ++i) {
      take(batch[static_cast<std::size_t>(i)], progress);
      rd_kafka_message_destroy(batch[static_cast<std::size_t>(i)]);
    }
  }
  const double seconds = seconds_since(begun);
  fmt::print(
      "{{\"records\":{},\"seconds\":{:.6f},\"records_per_second\":{:.1f},\"megabytes_per_second\":{"
      ":.3f}}}\n",
      progress.records, seconds, static_cast<double>(progress.records) / seconds,
      static_cast<double>(progress.bytes) / seconds / 1e6);
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(client.get());
  return 0;
}

}  // namespace gregor::bench
