// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/prng.h"

namespace gregor::simulation {
namespace {

using base::Prng;

// Versions of Fetch.
constexpr std::int16_t fetches_batches = 4;
constexpr std::int16_t fetches_zstd = 10;

std::string one_of(Prng& prng, std::initializer_list<const char*> values) {
  return values.begin()[prng.below(values.size())];
}

BrokerPlan draw_broker(Prng& prng, std::int32_t id) {
  BrokerPlan broker{.id = model::BrokerId(id), .settings = {}};
  broker.shards = static_cast<std::uint32_t>(prng.between(1, 3));
  broker.sync.most = prng.chance(1, 4) ? 50 * millisecond : 2 * millisecond;
  broker.syncs_read_late = prng.chance(1, 2);
  broker.settings = {
      {"offsets.topic.num.partitions", "3"},
      {"offsets.topic.replication.factor", "1"},
      {"group.initial.rebalance.delay.ms", "100"},
      {"auto.create.topics.enable", "false"},
      {"log.flush.offset.checkpoint.interval.ms", one_of(prng, {"500", "5000", "60000"})},
      {"log.flush.start.offset.checkpoint.interval.ms", one_of(prng, {"500", "5000", "60000"})},
      {"log.retention.check.interval.ms", one_of(prng, {"1000", "300000"})},
      {"log.index.interval.bytes", one_of(prng, {"0", "100", "4096"})},
      {"max.incremental.fetch.session.cache.slots", one_of(prng, {"0", "1", "1000"})},
  };
  return broker;
}

TopicPlan draw_topic(Prng& prng, const std::string& name, bool durable) {
  TopicPlan topic{.name = name, .configs = {}};
  topic.partitions = static_cast<std::int32_t>(prng.between(1, 4));
  topic.durable = durable;
  topic.configs["segment.bytes"] = one_of(prng, {"1048576", "2097152", "104857600"});
  if (durable) topic.configs["flush.messages"] = "1";
  if (prng.chance(1, 3)) topic.configs["flush.ms"] = one_of(prng, {"100", "2000"});
  if (prng.chance(1, 2)) topic.configs["segment.ms"] = one_of(prng, {"200", "2000", "20000"});
  if (prng.chance(1, 4)) topic.configs["message.timestamp.type"] = "LogAppendTime";
  topic.trimmed = prng.chance(1, 4);
  return topic;
}

// What members of a cluster are told besides.
void join_cluster(Prng& prng, BrokerPlan& broker, std::int32_t brokers) {
  broker.settings["offsets.topic.replication.factor"] = std::to_string(brokers);
  broker.settings["replica.lag.time.max.ms"] = one_of(prng, {"1000", "3000", "10000"});
  broker.settings["replica.fetch.wait.max.ms"] = one_of(prng, {"50", "500"});
  broker.settings["replica.fetch.backoff.ms"] = "200";
  broker.settings["replica.high.watermark.checkpoint.interval.ms"] = one_of(prng, {"500", "5000"});
  broker.settings["replica.socket.timeout.ms"] = "5000";
  broker.settings["controller.socket.timeout.ms"] = "5000";
  broker.settings["controlled.shutdown.retry.backoff.ms"] = "500";
}

void replicate(Prng& prng, TopicPlan& topic, std::int32_t brokers) {
  topic.replication = static_cast<std::int16_t>(prng.between(1, brokers));
  if (topic.replication > 1 && prng.chance(1, 2)) topic.configs["min.insync.replicas"] = "2";
}

std::vector<model::TopicPartition> some_partitions(Prng& prng, const std::vector<TopicPlan>& topics,
                                                   std::size_t most) {
  std::vector<model::TopicPartition> all;
  for (const TopicPlan& topic : topics)
    for (std::int32_t i = 0; i < topic.partitions; ++i)
      all.push_back({topic.name, model::PartitionIndex(i)});
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[prng.below(i)]);
  all.resize(std::min(all.size(), 1 + prng.below(most)));
  return all;
}

ProducerPlan draw_producer(Prng& prng, const std::vector<TopicPlan>& topics) {
  ProducerPlan producer{.partitions = some_partitions(prng, topics, 4)};
  producer.idempotent = prng.chance(2, 3);
  if (!producer.idempotent) producer.acks = static_cast<std::int16_t>(prng.between(-1, 1));
  producer.codec = static_cast<record::Codec>(prng.chance(1, 2) ? 0 : prng.between(0, 4));
  producer.records_max = prng.between(1, 12);
  producer.padding_max = prng.chance(1, 4) ? 20'000 : 100;
  return producer;
}

ConsumerPlan draw_consumer(Prng& prng, const std::vector<TopicPlan>& topics, bool zstd) {
  return {.partitions = some_partitions(prng, topics, 4),
          .wait_ms = static_cast<std::int32_t>(prng.between(0, 500)),
          .bytes_max = prng.chance(1, 3) ? 1000 : 1 << 20,
          .partition_bytes_max = prng.chance(1, 3) ? 100 : 1 << 16,
          .by_sessions = prng.chance(1, 2),
          .tells_epoch = prng.chance(1, 2),
          .least_version = zstd ? fetches_zstd : fetches_batches};
}

void draw_faults(Prng& prng, WorldPlan& world, bool power_cuts) {
  if (prng.chance(1, 10)) return;
  for (std::uint32_t& weight : world.fault_weights)
    if (prng.chance(1, 2)) weight = static_cast<std::uint32_t>(prng.between(1, 10));
  if (!world.with_zookeeper)
    for (const Fault fault :
         {Fault::session_expiry, Fault::coordination_lost, Fault::coordination_silent})
      world.fault_weights[static_cast<std::size_t>(fault)] = 0;
  if (!power_cuts)
    for (const Fault fault : {Fault::power_cut, Fault::cut_at_change})
      world.fault_weights[static_cast<std::size_t>(fault)] = 0;
  world.fault_interval_us = prng.between(300, 6000) * millisecond;
}

}  // namespace

std::string_view name_of(Fault fault) {
  constexpr std::array<std::string_view, fault_kinds> names = {
      "kill",
      "power cut",
      "death at an effect",
      "power cut at a change",
      "restart",
      "pause",
      "broken connections",
      "slow path",
      "blocked path",
      "full disk",
      "disk error",
      "expired session",
      "lost connection to the coordination",
      "silent coordination"};
  return names.at(static_cast<std::size_t>(fault));
}

WorldPlan plan_of(std::uint64_t seed, std::int32_t brokers) {
  Prng prng(seed);
  WorldPlan world;
  for (std::int32_t id = 1; id <= brokers; ++id) world.brokers.push_back(draw_broker(prng, id));
  world.with_zookeeper = brokers > 1;
  if (world.with_zookeeper)
    for (BrokerPlan& broker : world.brokers) {
      if (brokers > 1) join_cluster(prng, broker, brokers);
      broker.settings["zookeeper.connect"] = "zookeeper:2181";
      broker.settings["zookeeper.session.timeout.ms"] = one_of(prng, {"2000", "6000", "18000"});
    }
  world.latency = {.least = prng.between(20, 200), .most = prng.between(200, 20'000)};
  const bool power_cuts = prng.chance(2, 3);
  for (std::int64_t i = 0, n = prng.between(1, 3); i < n; ++i) {
    const bool durable = power_cuts ? prng.chance(4, 5) : prng.chance(1, 4);
    world.topics.push_back(draw_topic(prng, fmt::format("topic{}", i), durable));
    if (brokers > 1) replicate(prng, world.topics.back(), brokers);
  }
  for (std::int64_t n = prng.between(1, 4); n > 0; --n)
    world.producers.push_back(draw_producer(prng, world.topics));
  const bool zstd = std::ranges::any_of(world.producers, [](const ProducerPlan& producer) {
    return producer.codec == record::Codec::zstd;
  });
  for (std::int64_t n = prng.between(1, 3); n > 0; --n)
    world.consumers.push_back(draw_consumer(prng, world.topics, zstd));
  world.offset_readers = static_cast<int>(prng.between(0, 2));
  for (std::int64_t n = prng.between(0, 2); n > 0; --n)
    world.committers.push_back(
        {.partitions = some_partitions(prng, world.topics, 3), .replicated = brokers > 1});
  draw_faults(prng, world, power_cuts);
  world.work_us = prng.between(10, 60) * second;
  world.restart_before_reading = prng.chance(1, 2);
  return world;
}

}  // namespace gregor::simulation
