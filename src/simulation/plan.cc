// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "model/broker_settings.h"

namespace gregor::simulation {
namespace {

using base::Prng;

// Versions of Fetch.
constexpr std::int16_t fetches_batches = 4;
constexpr std::int16_t fetches_zstd = 10;

using Values = std::vector<const char*>;

std::string one_of(Prng& prng, const Values& values) { return values[prng.below(values.size())]; }

// What brokers are told by chance, and may be told otherwise when they are started again.
const std::map<std::string, Values>& chosen_settings() {
  static const std::map<std::string, Values> settings = {
      {"log.flush.offset.checkpoint.interval.ms", {"500", "5000", "60000"}},
      {"log.flush.start.offset.checkpoint.interval.ms", {"500", "5000", "60000"}},
      {"log.retention.check.interval.ms", {"1000", "300000"}},
      {"log.index.interval.bytes", {"0", "100", "4096"}},
      {"log.cleaner.backoff.ms", {"100", "1000", "5000"}},
      {"max.incremental.fetch.session.cache.slots", {"0", "1", "1000"}},
      {"replica.lag.time.max.ms", {"1000", "3000", "10000"}},
      {"replica.fetch.wait.max.ms", {"50", "500"}},
      {"replica.high.watermark.checkpoint.interval.ms", {"500", "5000"}},
      {"zookeeper.session.timeout.ms", {"2000", "6000", "18000"}}};
  return settings;
}

void choose(Prng& prng, BrokerPlan& broker, const char* setting) {
  broker.settings[setting] = one_of(prng, chosen_settings().at(setting));
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
  };
  for (const char* setting :
       {"log.flush.offset.checkpoint.interval.ms", "log.flush.start.offset.checkpoint.interval.ms",
        "log.retention.check.interval.ms", "log.index.interval.bytes",
        "max.incremental.fetch.session.cache.slots"})
    choose(prng, broker, setting);
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
  if (prng.chance(1, 5)) {
    topic.retention_us = prng.between(1, 20) * second;
    topic.configs["retention.ms"] = std::to_string(topic.retention_us / millisecond);
  }
  return topic;
}

// What members of a cluster are told besides.
void join_cluster(Prng& prng, BrokerPlan& broker, std::int32_t brokers) {
  broker.settings["offsets.topic.replication.factor"] = std::to_string(brokers);
  choose(prng, broker, "replica.lag.time.max.ms");
  choose(prng, broker, "replica.fetch.wait.max.ms");
  broker.settings["replica.fetch.backoff.ms"] = "200";
  choose(prng, broker, "replica.high.watermark.checkpoint.interval.ms");
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
  ProducerPlan producer{.client = {}, .partitions = some_partitions(prng, topics, 4)};
  producer.idempotent = prng.chance(2, 3);
  if (!producer.idempotent) producer.acks = static_cast<std::int16_t>(prng.between(-1, 1));
  producer.codec = static_cast<record::Codec>(prng.chance(1, 2) ? 0 : prng.between(0, 4));
  producer.records_max = prng.between(1, 12);
  producer.padding_max = prng.chance(1, 4) ? 20'000 : 100;
  // Who does not wait for followers leaves them as much as they can fetch later, at 1 MiB a time.
  if (producer.acks != -1 && producer.padding_max > 100) producer.client.operations = 1000;
  return producer;
}

ConsumerPlan draw_consumer(Prng& prng, const std::vector<TopicPlan>& topics, bool zstd) {
  return {.client = {},
          .partitions = some_partitions(prng, topics, 4),
          .wait_ms = static_cast<std::int32_t>(prng.between(0, 500)),
          .bytes_max = prng.chance(1, 3) ? 1000 : 1 << 20,
          .partition_bytes_max = prng.chance(1, 3) ? 100 : 1 << 16,
          .by_sessions = prng.chance(1, 2),
          .tells_epoch = prng.chance(1, 2),
          .least_version = zstd ? fetches_zstd : fetches_batches,
          .rack = {}};
}

void draw_group(Prng& prng, WorldPlan& world, const std::string& name) {
  const auto partitions = some_partitions(prng, world.topics, 6);
  for (std::int64_t n = prng.between(1, 4); n > 0; --n)
    world.members.push_back(
        {.client = {}, .group = name, .partitions = partitions, .instance = {}});
}

// --- what came later, by dice of its own: worlds that have nothing of it are what they were ---

void compact(Prng& prng, TopicPlan& topic) {
  const bool also_deleted = prng.chance(1, 4);
  topic.configs["cleanup.policy"] = also_deleted ? "compact,delete" : "compact";
  if (!also_deleted) {
    topic.trimmed = false;
    topic.retention_us = 0;
    topic.configs.erase("retention.ms");
  }
  topic.configs["segment.ms"] = one_of(prng, {"200", "1000"});
  topic.configs["min.cleanable.dirty.ratio"] = one_of(prng, {"0", "0.2", "0.5"});
  topic.configs["delete.retention.ms"] = one_of(prng, {"0", "1000", "10000"});
  if (prng.chance(1, 4)) topic.configs["min.compaction.lag.ms"] = one_of(prng, {"500", "5000"});
}

// The group's own log as well, which is one of those that are compacted.
void draw_compaction(Prng& prng, WorldPlan& world) {
  if (!prng.chance(1, 3)) return;
  for (TopicPlan& topic : world.topics)
    if (prng.chance(2, 3)) compact(prng, topic);
  const bool groups_roll = prng.chance(1, 2);
  for (BrokerPlan& broker : world.brokers) {
    choose(prng, broker, "log.cleaner.backoff.ms");
    broker.settings["log.cleaner.min.cleanable.ratio"] = "0.1";
    if (groups_roll) broker.settings["log.roll.ms"] = "1000";
  }
}

std::string rack_of(const BrokerPlan& broker) { return fmt::format("rack{}", broker.id.value()); }

// KIP-392: a broker in each, and consumers beside them.
void draw_racks(Prng& prng, WorldPlan& world) {
  if (world.brokers.size() == 1 || !prng.chance(1, 3)) return;
  for (BrokerPlan& broker : world.brokers) {
    broker.settings["broker.rack"] = rack_of(broker);
    broker.settings["replica.selector.class"] = model::rack_aware_selector;
  }
  for (ConsumerPlan& consumer : world.consumers)
    if (prng.chance(2, 3)) consumer.rack = rack_of(world.brokers[prng.below(world.brokers.size())]);
}

// KIP-345: each with a name of its own.
void draw_static_members(Prng& prng, WorldPlan& world) {
  if (!prng.chance(1, 3)) return;
  for (MemberPlan& member : world.members)
    if (prng.chance(2, 3)) member.instance = fmt::format("instance-{}", member.client.number);
}

// KIP-848: whole groups.
void draw_consumer_protocol(Prng& prng, WorldPlan& world) {
  if (!prng.chance(1, 3)) return;
  for (MemberPlan& member : world.members) member.by_heartbeats = member.group == "group0";
  for (BrokerPlan& broker : world.brokers)
    for (const char* name :
         {"group.consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms"})
      broker.settings[name] = std::to_string(GroupLedger::session_timeout_us / millisecond);
}

void draw_batches_in_flight(Prng& prng, WorldPlan& world) {
  for (ProducerPlan& producer : world.producers)
    if (producer.idempotent && prng.chance(1, 2)) {
      producer.in_flight_max = prng.between(2, ProducerPlan::in_flight_limit);
      producer.spacing_max_us = prng.between(0, 50) * millisecond;
    }
}

// A broker that is behind hears of one new topic after the other, and of each when its server has.
void draw_server_behind(Prng& prng, WorldPlan& world) {
  world.zookeeper_lag_us = prng.between(1, 3000) * millisecond;
  world.administrator.operations = 60 * second / world.zookeeper_lag_us;
}

// --- faults ---

using Weights = std::array<std::uint32_t, fault_kinds>;

std::uint32_t& weight_of(Weights& weights, Fault fault) {
  return weights[static_cast<std::size_t>(fault)];
}

// Of the kinds in [first, end).
Weights draw_weights(Prng& prng, std::size_t first, std::size_t end) {
  Weights weights{};
  for (std::size_t kind = first; kind < end; ++kind)
    if (prng.chance(1, 2)) weights[kind] = static_cast<std::uint32_t>(prng.between(1, 10));
  return weights;
}

void leave_out(Weights& weights, std::initializer_list<Fault> faults) {
  for (const Fault fault : faults) weight_of(weights, fault) = 0;
}

std::uint64_t sum_of(const Weights& weights) {
  return std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
}

Fault draw_fault(Prng& prng, const Weights& weights, std::uint64_t sum) {
  std::uint64_t draw = prng.below(sum);
  std::size_t kind = 0;
  while (draw >= weights[kind]) draw -= weights[kind++];
  return static_cast<Fault>(kind);
}

void draw_series(Prng& prng, WorldPlan& world, const Weights& weights) {
  const std::uint64_t sum = sum_of(weights);
  const std::int64_t interval = prng.between(300, 6000) * millisecond;
  auto number = static_cast<std::int32_t>(world.strikes.size());
  for (std::int64_t at = 0; (at += prng.between(1, 2 * interval)) < world.work_us;) {
    const Fault fault = draw_fault(prng, weights, sum);
    const BrokerPlan& broker = world.brokers[prng.below(world.brokers.size())];
    world.strikes.push_back({.number = ++number, .at_us = at, .fault = fault, .broker = broker.id});
  }
}

constexpr auto drawn_apart = static_cast<std::size_t>(Fault::wrong_clock);
constexpr auto drawn_alone = static_cast<std::size_t>(Fault::lost_disk);

void draw_strikes(Prng& prng, WorldPlan& world, bool power_cuts) {
  if (prng.chance(1, 10)) return;
  Weights weights = draw_weights(prng, 0, drawn_apart);
  if (!world.with_zookeeper)
    leave_out(weights,
              {Fault::session_expiry, Fault::coordination_lost, Fault::coordination_silent});
  if (!power_cuts) leave_out(weights, {Fault::power_cut, Fault::cut_at_change});
  if (sum_of(weights) == 0) return;
  world.power_cuts = weight_of(weights, Fault::power_cut) > 0;
  draw_series(prng, world, weights);
}

void put_in_order(WorldPlan& world) {
  std::ranges::sort(world.strikes, {},
                    [](const Strike& strike) { return std::pair(strike.at_us, strike.number); });
}

void draw_strikes_apart(Prng& prng, WorldPlan& world) {
  if (world.strikes.empty()) return;  // a quiet world
  Weights weights = draw_weights(prng, drawn_apart, drawn_alone);
  if (!world.with_zookeeper) leave_out(weights, {Fault::coordination_late});
  if (sum_of(weights) == 0) return;
  draw_series(prng, world, weights);
  put_in_order(world);
}

// Of one broker, and everything has one more replica. Of three in sync the one that has it all
// could be the only one that is not there when a leader must be chosen (rescuer.h).
void draw_lost_disks(Prng& prng, WorldPlan& world) {
  if (world.brokers.size() == 1 || world.strikes.empty() || !prng.chance(1, 4)) return;
  for (TopicPlan& topic : world.topics) topic.replication = 2;
  for (BrokerPlan& broker : world.brokers)
    broker.settings["offsets.topic.replication.factor"] = "2";
  const model::BrokerId broker = world.brokers[prng.below(world.brokers.size())].id;
  world.may_lose_its_disk = broker;
  auto number = static_cast<std::int32_t>(world.strikes.size());
  for (std::int64_t at = 0; (at += prng.between(1, 30 * second)) < world.work_us;)
    world.strikes.push_back(
        {.number = ++number, .at_us = at, .fault = Fault::lost_disk, .broker = broker});
  put_in_order(world);
}

// A log that starts later than its next leader knows would start earlier again.
void draw_unclean_elections(Prng& prng, WorldPlan& world) {
  if (world.brokers.size() == 1 || world.strikes.empty() || !prng.chance(1, 4)) return;
  for (TopicPlan& topic : world.topics)
    if (!topic.loses_its_start() && prng.chance(2, 3))
      topic.configs["unclean.leader.election.enable"] = "true";
}

// After the administrator, which is client 0.
void number_clients(WorldPlan& world) {
  std::int32_t last = 0;
  for (ProducerPlan& producer : world.producers) producer.client.number = ++last;
  for (ConsumerPlan& consumer : world.consumers) consumer.client.number = ++last;
  for (CommitterPlan& committer : world.committers) committer.client.number = ++last;
  for (ClientPlan& reader : world.offset_readers) reader.number = ++last;
  for (MemberPlan& member : world.members) member.client.number = ++last;
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
      "silent coordination",
      "wrong clock",
      "other settings",
      "bounces",
      "slow API",
      "late coordination",
      "lost disk"};
  return names.at(static_cast<std::size_t>(fault));
}

BrokerPlan with_other_settings(Prng& prng, BrokerPlan broker) {
  for (const auto& [setting, values] : chosen_settings())
    if (broker.settings.contains(setting) && prng.chance(1, 2))
      broker.settings[setting] = one_of(prng, values);
  if (prng.chance(1, 2)) broker.shards = static_cast<std::uint32_t>(prng.between(1, 3));
  return broker;
}

WorldPlan plan_of(std::uint64_t seed, std::int32_t brokers) {
  Prng prng(seed);
  WorldPlan world;
  world.seed = seed;
  for (std::int32_t id = 1; id <= brokers; ++id) world.brokers.push_back(draw_broker(prng, id));
  world.with_zookeeper = brokers > 1 || prng.chance(1, 3);
  if (world.with_zookeeper)
    for (BrokerPlan& broker : world.brokers) {
      if (brokers > 1) join_cluster(prng, broker, brokers);
      broker.settings["zookeeper.connect"] = "zookeeper:2181";
      choose(prng, broker, "zookeeper.session.timeout.ms");
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
  world.offset_readers.resize(prng.below(3));
  for (std::int64_t n = prng.between(0, 2); n > 0; --n)
    world.committers.push_back({.client = {},
                                .partitions = some_partitions(prng, world.topics, 3),
                                .replicated = brokers > 1});
  world.work_us = prng.between(10, 60) * second;
  draw_strikes(prng, world, power_cuts);
  for (std::uint64_t i = 0, n = prng.below(3); i < n; ++i)
    draw_group(prng, world, fmt::format("group{}", i));
  number_clients(world);
  world.restart_before_reading = prng.chance(1, 2);
  Prng later(seed ^ 0x6c61746572);
  draw_compaction(later, world);
  draw_racks(later, world);
  draw_static_members(later, world);
  draw_consumer_protocol(later, world);
  draw_batches_in_flight(later, world);
  Prng last(seed ^ 0x6c617374);
  if (last.chance(1, 2)) draw_strikes_apart(last, world);
  const bool altered = last.chance(1, 3);
  const bool moves = brokers > 1 && last.chance(1, 3);
  for (TopicPlan& topic : world.topics) {
    topic.altered = altered && last.chance(2, 3);
    topic.moves = moves && last.chance(2, 3);
  }
  if (world.with_zookeeper && last.chance(1, 3)) draw_server_behind(last, world);
  draw_lost_disks(last, world);
  draw_unclean_elections(last, world);
  return world;
}

}  // namespace gregor::simulation
