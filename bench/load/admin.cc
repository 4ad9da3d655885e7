// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Makes and removes the topic of a run, and waits until every partition of it serves.
#include "load/client.h"

namespace gregor::bench {
namespace {

constexpr int timeout_ms = 60'000;
// A broker with one core may need minutes to open ten thousand partitions.
constexpr auto all_served_within = std::chrono::minutes(15);

using Queue = std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)>;
using AdminEvent = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;

AdminEvent wait_for(const Queue& queue) {
  AdminEvent event(rd_kafka_queue_poll(queue.get(), timeout_ms), rd_kafka_event_destroy);
  if (!event) give_up("no answer to an admin request");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    give_up(rd_kafka_event_error_string(event.get()));
  return event;
}

void check(const rd_kafka_topic_result_t* const* results, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      give_up(rd_kafka_err2str(rd_kafka_topic_result_error(results[i])));
    }
  }
}

}  // namespace

int offsets(const Options& options) {
  const Client client = make_client(RD_KAFKA_CONSUMER, configuration(options));
  std::int64_t records = 0;
  for (int partition = 0; partition < options.partitions; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto deadline = Clock::now() + all_served_within;
    while (rd_kafka_query_watermark_offsets(client.get(), options.topic.c_str(), partition, &low,
                                            &high, 5000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (Clock::now() > deadline)
        give_up("partition " + std::to_string(partition) + " has no leader");
    }
    records += high - low;
  }
  std::printf("{\"records\":%lld}\n", static_cast<long long>(records));
  return 0;
}

int create(const Options& options) {
  const Client client = make_client(RD_KAFKA_PRODUCER, configuration(options));
  const Queue queue(rd_kafka_queue_new(client.get()), rd_kafka_queue_destroy);
  char text[512];
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(options.topic.c_str(), options.partitions,
                                                     options.replicas, text, sizeof text);
  if (topic == nullptr) give_up(text);
  rd_kafka_CreateTopics(client.get(), &topic, 1, nullptr, queue.get());
  const AdminEvent event = wait_for(queue);
  std::size_t count = 0;
  check(
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count),
      count);
  rd_kafka_NewTopic_destroy(topic);
  return offsets(options);
}

int remove(const Options& options) {
  const Client client = make_client(RD_KAFKA_PRODUCER, configuration(options));
  const Queue queue(rd_kafka_queue_new(client.get()), rd_kafka_queue_destroy);
  rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(options.topic.c_str());
  rd_kafka_DeleteTopics(client.get(), &topic, 1, nullptr, queue.get());
  const AdminEvent event = wait_for(queue);
  std::size_t count = 0;
  check(
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count),
      count);
  rd_kafka_DeleteTopic_destroy(topic);
  std::puts("{}");
  return 0;
}

}  // namespace gregor::bench
