// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "base/ranges.h"
#include "simulation/group_ledger.h"
#include "simulation/toml_section.h"

namespace gregor::simulation {
namespace {

class Reader {
 public:
  std::expected<Scenario, std::string> read(const toml::table& file);

 private:
  [[nodiscard]] TomlSection section(const toml::table& table, std::string_view what) {
    return {table, what, error_};
  }
  void read_brokers(TomlSection& file);
  void read_topic(TomlSection section);
  void read_producer(TomlSection section);
  void read_consumer(TomlSection section);
  void read_member(TomlSection section);
  void read_committer(TomlSection section);
  void read_step(TomlSection section);
  void read_deed(TomlSection& section, Step& step);
  void read_operations(TomlSection& section, Step& step);
  Group read_group(TomlSection& section, std::string_view key);
  std::vector<Condition> read_condition(TomlSection& section, std::string_view key);
  std::vector<model::TopicPartition> read_partitions(TomlSection& section);
  void check_names(TomlSection& section, std::string_view key, const Group& group);
  void check_partition(TomlSection& section, std::string_view key,
                       const model::TopicPartition& partition);
  std::int32_t next_client() { return ++clients_; }

  Scenario scenario_;
  WorldPlan& plan_ = scenario_.plan;
  std::string error_;
  std::int32_t clients_ = 0;
  std::set<std::string> called_;
};

// What every broker of a story is told, unless the story says otherwise: patience that fits one.
const model::SettingMap& usual_settings() {
  static const std::string session_timeout =
      std::to_string(GroupLedger::session_timeout_us / millisecond);
  static const model::SettingMap settings = {
      {"auto.create.topics.enable", "false"},
      {"controlled.shutdown.retry.backoff.ms", "500"},
      {"controller.socket.timeout.ms", "2000"},
      {"group.consumer.min.session.timeout.ms", session_timeout},
      {"group.consumer.session.timeout.ms", session_timeout},
      {"group.initial.rebalance.delay.ms", "100"},
      {"log.flush.offset.checkpoint.interval.ms", "500"},
      {"offsets.topic.num.partitions", "1"},
      {"replica.fetch.backoff.ms", "100"},
      {"replica.fetch.wait.max.ms", "100"},
      {"replica.high.watermark.checkpoint.interval.ms", "500"},
      {"replica.lag.time.max.ms", "1000"},
      {"replica.socket.timeout.ms", "2000"},
      {"zookeeper.connect", "zookeeper:2181"},
      {"zookeeper.session.timeout.ms", "2000"},
  };
  return settings;
}

std::expected<Scenario, std::string> Reader::read(const toml::table& file) {
  TomlSection all = section(file, "the file");
  scenario_.story = all.take<std::string>("story", "");
  if (scenario_.story.empty()) all.fail("story", "is missing: what happened, and to whom");
  plan_.seed = static_cast<std::uint64_t>(all.take<std::int64_t>("seed", 1));
  plan_.with_zookeeper = true;
  std::tie(plan_.latency.least, plan_.latency.most) = all.take_range("latency", {50, 1000});
  plan_.zookeeper_lag_us = all.take_seconds("zookeeper_lag");
  plan_.administrator.operations = all.take<std::int64_t>("administrator", 0);
  plan_.power_cuts = true;
  read_brokers(all);
  for (const auto* table : all.take_tables("topics")) read_topic(section(*table, "a topic"));
  if (plan_.topics.empty()) all.fail("topics", "is missing");
  for (const auto* table : all.take_tables("producers"))
    read_producer(section(*table, "a producer"));
  for (const auto* table : all.take_tables("consumers"))
    read_consumer(section(*table, "a consumer"));
  for (const auto* table : all.take_tables("committers"))
    read_committer(section(*table, "a committer"));
  for (const auto* table : all.take_tables("members")) read_member(section(*table, "a member"));
  for (std::int64_t n = all.take<std::int64_t>("end_readers", 0); n > 0; --n)
    plan_.offset_readers.push_back({.number = next_client()});
  for (const auto* table : all.take_tables("timeline")) read_step(section(*table, "a step"));
  if (plan_.script.empty()) all.fail("timeline", "is missing");
  const auto rounds = std::clamp<std::int64_t>(all.take<std::int64_t>("rounds", 1), 1, 100);
  const std::vector<Step> round = plan_.script;
  for (std::int64_t n = 1; n < rounds; ++n)
    plan_.script.insert(plan_.script.end(), round.begin(), round.end());
  plan_.restart_before_reading = all.take("restart_before_reading", false);
  all.end();
  if (!error_.empty()) return std::unexpected(error_);
  return std::move(scenario_);
}

// --- the cluster ---

void Reader::read_brokers(TomlSection& file) {
  const auto brokers = file.take<std::int64_t>("brokers", 3);
  const auto shards = file.take<std::int64_t>("shards", 1);
  if (brokers < 1 || brokers > 7) file.fail("brokers", "is none of 1 to 7");
  if (shards < 1 || shards > 8) file.fail("shards", "is none of 1 to 8");
  const auto [sync_least, sync_most] = file.take_range("sync", {100, 5000});
  const bool syncs_read_late = file.take("syncs_read_late", false);
  model::SettingMap settings = file.take_settings("settings");
  settings.insert(usual_settings().begin(), usual_settings().end());
  settings.try_emplace("offsets.topic.replication.factor", std::to_string(brokers));
  for (std::int32_t id = 1; error_.empty() && id <= brokers; ++id)
    plan_.brokers.push_back({.id = model::BrokerId(id),
                             .shards = static_cast<std::uint32_t>(shards),
                             .settings = settings,
                             .sync = {.least = sync_least, .most = sync_most},
                             .syncs_read_late = syncs_read_late});
}

void Reader::read_topic(TomlSection section) {
  TopicPlan topic{.name = section.take<std::string>("name", ""), .configs = {}};
  if (topic.name.empty()) section.fail("name", "is missing");
  const auto brokers = static_cast<std::int64_t>(plan_.brokers.size());
  const auto partitions = section.take<std::int64_t>("partitions", 1);
  const auto placed = section.take_numbers("placed");
  const auto replicas = placed.empty() ? section.take<std::int64_t>("replicas", brokers)
                                       : static_cast<std::int64_t>(placed.size());
  if (partitions < 1 || partitions > 100) section.fail("partitions", "is none of 1 to 100");
  if (replicas < 1 || replicas > brokers)
    section.fail("replicas", "is more than there are brokers");
  for (const std::int64_t id : placed) {
    if (id < 1 || id > brokers) section.fail("placed", "names a broker that is not there");
    topic.replicas.push_back(static_cast<std::int32_t>(id));
  }
  topic.partitions = static_cast<std::int32_t>(partitions);
  topic.replication = static_cast<std::int16_t>(replicas);
  for (auto& [key, value] : section.take_settings("configs")) topic.configs[key] = value;
  // Whether nothing that was acknowledged may be missing even after power cuts.
  topic.durable = section.take("durable", true);
  section.end();
  plan_.topics.push_back(std::move(topic));
}

// --- clients ---

std::vector<model::TopicPartition> Reader::read_partitions(TomlSection& section) {
  std::vector<model::TopicPartition> partitions;
  for (const TopicPlan& topic : plan_.topics)
    for (std::int32_t i = 0; i < topic.partitions; ++i)
      partitions.push_back({topic.name, model::PartitionIndex(i)});
  const auto wanted = section.take_strings("partitions");
  if (wanted.empty()) return partitions;
  const auto is_wanted = [&](const auto& one) { return base::contains(wanted, to_string(one)); };
  std::erase_if(partitions, [&](const auto& one) { return !is_wanted(one); });
  if (partitions.size() != wanted.size()) section.fail("partitions", "names one that is not there");
  return partitions;
}

void Reader::read_producer(TomlSection section) {
  ProducerPlan producer{.client = {}, .partitions = read_partitions(section)};
  const auto acks = section.take<std::string>("acks", "all");
  if (acks != "all" && acks != "0" && acks != "1") section.fail("acks", "is none of all, 1, 0");
  producer.acks = static_cast<std::int16_t>(acks == "all" ? -1 : acks == "1" ? 1 : 0);
  producer.idempotent = section.take("idempotent", producer.acks == -1);
  producer.records_max = std::max<std::int64_t>(section.take<std::int64_t>("records_max", 4), 1);
  producer.in_flight_max = std::clamp(section.take<std::int64_t>("in_flight", 1), std::int64_t{1},
                                      producer.idempotent ? ProducerPlan::in_flight_limit : 1);
  producer.spacing_max_us =
      std::max<std::int64_t>(section.take<std::int64_t>("spacing_ms", 0), 0) * millisecond;
  const auto count = section.take<std::int64_t>("count", 1);
  section.end();
  for (std::int64_t n = 0; n < count && error_.empty(); ++n) {
    producer.client.number = next_client();
    plan_.producers.push_back(producer);
  }
}

void Reader::read_consumer(TomlSection section) {
  ConsumerPlan consumer{.client = {}, .partitions = read_partitions(section), .rack = {}};
  consumer.by_sessions = section.take("by_sessions", false);
  consumer.tells_epoch = section.take("tells_epoch", false);
  const auto count = section.take<std::int64_t>("count", 1);
  section.end();
  for (std::int64_t n = 0; n < count && error_.empty(); ++n) {
    consumer.client.number = next_client();
    plan_.consumers.push_back(consumer);
  }
}

void Reader::read_committer(TomlSection section) {
  CommitterPlan committer{.client = {}, .partitions = read_partitions(section), .replicated = true};
  section.end();
  committer.client.number = next_client();
  plan_.committers.push_back(std::move(committer));
}

void Reader::read_member(TomlSection section) {
  MemberPlan member{.client = {},
                    .group = section.take<std::string>("group", "group"),
                    .partitions = read_partitions(section),
                    .instance = {}};
  const bool is_static = section.take("static", false);
  member.by_heartbeats = section.take("by_heartbeats", false);
  const auto count = section.take<std::int64_t>("count", 1);
  section.end();
  for (std::int64_t n = 0; n < count && error_.empty(); ++n) {
    member.client.number = next_client();
    if (is_static) member.instance = fmt::format("instance-{}", member.client.number);
    plan_.members.push_back(member);
  }
}

// --- the timeline ---

void Reader::check_partition(TomlSection& section, std::string_view key,
                             const model::TopicPartition& partition) {
  if (partition.topic.empty() || partition.topic.starts_with("__")) return;
  if (std::ranges::none_of(plan_.topics, [&](const TopicPlan& topic) {
        return topic.name == partition.topic && partition.partition.value() < topic.partitions;
      }))
    section.fail(key, "names a partition that is not there");
}

void Reader::check_names(TomlSection& section, std::string_view key, const Group& group) {
  for (const Whom& whom : group) {
    check_partition(section, key, whom.partition);
    const auto brokers = static_cast<std::int32_t>(plan_.brokers.size());
    if (whom.kind == Whom::Kind::broker && (whom.id.value() < 1 || whom.id.value() > brokers))
      section.fail(key, "names a broker that is not there");
    if (whom.kind == Whom::Kind::called && !called_.contains(whom.name))
      section.fail(key, fmt::format("names {}, whom no step before has called so", whom.name));
  }
}

Group Reader::read_group(TomlSection& section, std::string_view key) {
  auto group = parse_group(section.take<std::string>(key, ""));
  if (!group) {
    section.fail(key, "is nobody: " + group.error());
    return {};
  }
  check_names(section, key, *group);
  return std::move(*group);
}

std::vector<Condition> Reader::read_condition(TomlSection& section, std::string_view key) {
  if (!section.has(key)) return {};
  auto condition = parse_condition(section.take<std::string>(key, ""));
  if (!condition) {
    section.fail(key, "cannot be read: " + condition.error());
    return {};
  }
  check_partition(section, key, condition->partition);
  check_names(section, key, condition->who);
  check_names(section, key, condition->others);
  return {std::move(*condition)};
}

void Reader::read_step(TomlSection section) {
  Step step;
  step.line = section.line();
  step.at_us = section.take_seconds("at");
  step.after_us = section.take_seconds("after");
  step.when = read_condition(section, "when");
  step.within_us = section.take_seconds("within");
  step.for_us = section.take_seconds("for");
  read_deed(section, step);
  section.end();
  plan_.script.push_back(std::move(step));
}

// The key that says what is done; its value says to whom.
void Reader::read_deed(TomlSection& section, Step& step) {
  std::string_view found;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Deed::expect); ++i) {
    const auto deed = static_cast<Deed>(i);
    if (!section.has(name_of(deed))) continue;
    if (!found.empty()) section.fail(name_of(deed), fmt::format("comes beside {}", found));
    found = name_of(deed);
    step.deed = deed;
  }
  if (found.empty()) return section.fail("", "is all there is: what is done?");
  switch (step.deed) {
    case Deed::expect:
      step.expects = read_condition(section, found);
      return;
    case Deed::silence_zookeeper:
      if (!section.take(found, false)) section.fail(found, "is not true");
      break;
    default:
      step.whom = read_group(section, found);
  }
  const bool is_cut = step.deed == Deed::cut;
  if (is_cut || step.deed == Deed::block || step.deed == Deed::slow)
    step.others = read_group(section, is_cut ? "from" : "to");
  if (step.deed == Deed::slow) step.by_us = section.take_seconds("by");
  if (step.deed == Deed::fail_disk) read_operations(section, step);
  if (step.deed == Deed::fill_disk) {
    const auto left = section.take<std::int64_t>("left", 0);
    if (left < 0) section.fail("left", "is less than nothing");
    step.left = static_cast<std::uint64_t>(left);
  }
  if (step.deed == Deed::call) {
    step.name = section.take<std::string>("as", "");
    if (step.name.empty()) section.fail("as", "is missing");
    called_.insert(step.name);
  }
  if (step.deed == Deed::power_off && section.has("unsynced")) {
    const auto unsynced = section.take<std::string>("unsynced", "");
    if (unsynced != "lost" && unsynced != "kept" && unsynced != "by chance")
      section.fail("unsynced", "is none of lost, kept, by chance");
    step.unsynced = unsynced == "lost"   ? log::Unsynced::all_lost
                    : unsynced == "kept" ? log::Unsynced::all_kept
                                         : log::Unsynced::by_chance;
  }
  constexpr std::array ends = {Deed::pause, Deed::cut, Deed::block, Deed::silence_zookeeper,
                               Deed::fill_disk};
  if (base::contains(ends, step.deed) && step.for_us == 0)
    section.fail("for", "is missing: how long?");
}

void Reader::read_operations(TomlSection& section, Step& step) {
  using Operation = log::DiskOperation;
  constexpr std::array<std::pair<std::string_view, Operation>, 6> names = {
      {{"write", Operation::write},
       {"sync", Operation::sync},
       {"truncate", Operation::truncate},
       {"rename", Operation::rename},
       {"open", Operation::open},
       {"read", Operation::read}}};
  for (const std::string& wanted : section.take_strings("operations")) {
    const auto found = std::ranges::find(names, wanted, &decltype(names)::value_type::first);
    if (found == names.end())
      section.fail("operations", "names one that is not known: " + wanted);
    else
      step.operations.push_back(found->second);
  }
  if (step.operations.empty()) section.fail("operations", "is missing: which kinds fail?");
  const auto times = section.take<std::int64_t>("times", 1);
  if (times < 1 || times > 1'000'000) section.fail("times", "is none of 1 to 1000000");
  step.times = static_cast<std::uint32_t>(times);
}

}  // namespace

std::expected<Scenario, std::string> parse_scenario(std::string_view text) {
  const toml::parse_result file = toml::parse(text);
  if (!file)
    return std::unexpected(
        fmt::format("line {}: {}", file.error().source().begin.line, file.error().description()));
  return Reader().read(file.table());
}

}  // namespace gregor::simulation
