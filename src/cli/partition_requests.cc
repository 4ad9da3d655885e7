// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/partition_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "protocol/messages/delete_records.h"
#include "protocol/messages/list_offsets.h"

namespace gregor::cli {

using model::BrokerId;
using model::ErrorCode;
using model::Offset;
using model::PartitionIndex;
using model::Result;
using model::TopicPartition;

namespace {

using Partitions = std::vector<TopicPartition>;
// Asks one leader about some partitions.
using AskLeader = std::function<Result<OffsetResults>(BrokerId, const Partitions&)>;

// Who leads what; partitions without a leader fail.
Result<std::map<BrokerId, Partitions>> by_leader(Cluster& cluster, const Partitions& partitions,
                                                 OffsetResults& results) {
  std::set<std::string> topics;
  for (const auto& partition : partitions) topics.insert(partition.topic);
  const auto metadata = cluster.metadata(std::vector<std::string>(topics.begin(), topics.end()));
  if (!metadata) return model::fail(metadata.error());
  std::map<TopicPartition, std::pair<BrokerId, ErrorCode>> leaders;
  for (const auto& topic : metadata->topics)
    for (const auto& partition : topic.partitions)
      leaders[{topic.name.value_or(""), PartitionIndex{partition.partition_index}}] = {
          BrokerId{partition.leader_id}, partition.error_code};
  std::map<BrokerId, Partitions> grouped;
  for (const TopicPartition& partition : partitions) {
    const auto leader = leaders.find(partition);
    if (leader == leaders.end())
      results.insert_or_assign(partition, model::fail(ErrorCode::unknown_topic_or_partition,
                                                      "there is no such partition"));
    else if (leader->second.first == model::no_broker)
      results.insert_or_assign(partition, model::fail(ErrorCode::leader_not_available,
                                                      "the partition has no leader at present"));
    else
      grouped[leader->second.first].push_back(partition);
  }
  return grouped;
}

// Asks the leaders, again for those partitions whose failure passes.
OffsetResults ask_leaders(Cluster& cluster, const Partitions& partitions, const AskLeader& ask) {
  OffsetResults results;
  Partitions open = partitions;
  const auto done = cluster.persist([&]() -> Result<> {
    const auto grouped = by_leader(cluster, open, results);
    if (!grouped) return model::fail(grouped.error());
    for (const auto& [leader, some] : *grouped) {
      auto answers = ask(leader, some);
      for (const TopicPartition& partition : some) {
        const auto answer = answers ? answers->find(partition) : OffsetResults::iterator{};
        if (!answers)
          results.insert_or_assign(partition, model::fail(answers.error()));
        else if (answer == answers->end())
          results.insert_or_assign(partition, model::fail(ErrorCode::unknown_server_error,
                                                          "the leader said nothing about it"));
        else
          results.insert_or_assign(partition, std::move(answer->second));
      }
    }
    open.clear();
    Result<> passing;
    for (const auto& [partition, result] : results)
      // A partition that is not there will hardly come while we wait.
      if (!result && model::is_retriable(result.error().code) &&
          result.error().code != ErrorCode::unknown_topic_or_partition) {
        open.push_back(partition);
        passing = model::fail(result.error());
      }
    return passing;
  });
  if (!done)
    for (const TopicPartition& partition : partitions)
      if (!results.contains(partition))
        results.insert_or_assign(partition, model::fail(done.error()));
  return results;
}

// Adds a partition to the topic's entry of a request, which is made if it is not the last one.
template <class Topics>
auto& topic_in(Topics& topics, const std::string& name) {
  if (topics.empty() || topics.back().name != name) topics.emplace_back().name = name;
  return topics.back();
}

Result<Offset> to_offset(ErrorCode code, std::int64_t offset) {
  if (code != ErrorCode::none) return model::fail(code);
  return Offset{offset};
}

}  // namespace

OffsetResults offsets_at(Cluster& cluster, const Partitions& partitions, model::Timestamp time) {
  return ask_leaders(
      cluster, partitions, [&](BrokerId leader, const Partitions& some) -> Result<OffsetResults> {
        protocol::ListOffsetsRequest request;
        request.replica_id = -1;
        for (const TopicPartition& partition : some)
          topic_in(request.topics, partition.topic)
              .partitions.push_back(
                  {.partition_index = partition.partition.value(), .timestamp = time.value()});
        constexpr protocol::Versions with_one_offset{1, 10};
        const auto answer =
            cluster.ask<protocol::ListOffsetsResponse>(leader, request, with_one_offset);
        if (!answer) return model::fail(answer.error());
        OffsetResults found;
        for (const auto& topic : answer->topics)
          for (const auto& one : topic.partitions)
            found.insert_or_assign({topic.name, PartitionIndex{one.partition_index}},
                                   to_offset(one.error_code, one.offset));
        return found;
      });
}

OffsetResults delete_records(Cluster& cluster, const std::map<TopicPartition, Offset>& before,
                             const std::function<void(std::size_t)>& progress) {
  Partitions partitions;
  partitions.reserve(before.size());
  for (const auto& [partition, offset] : before) partitions.push_back(partition);
  std::size_t done = 0;
  return ask_leaders(
      cluster, partitions, [&](BrokerId leader, const Partitions& some) -> Result<OffsetResults> {
        protocol::DeleteRecordsRequest request;
        request.timeout_ms = static_cast<std::int32_t>(cluster.timeout().count());
        for (const TopicPartition& partition : some)
          topic_in(request.topics, partition.topic)
              .partitions.push_back({.partition_index = partition.partition.value(),
                                     .offset = before.at(partition).value()});
        const auto answer = cluster.ask<protocol::DeleteRecordsResponse>(leader, request);
        if (!answer) return model::fail(answer.error());
        OffsetResults found;
        for (const auto& topic : answer->topics)
          for (const auto& one : topic.partitions)
            found.insert_or_assign({topic.name, PartitionIndex{one.partition_index}},
                                   to_offset(one.error_code, one.low_watermark));
        progress(done += some.size());
        return found;
      });
}

Result<Partitions> partitions_of(Cluster& cluster, const std::string& topic) {
  const auto metadata = cluster.metadata(std::vector{topic});
  if (!metadata) return model::fail(metadata.error());
  Partitions found;
  for (const auto& one : metadata->topics) {
    if (one.error_code != ErrorCode::none)
      return model::fail(one.error_code, fmt::format("topic '{}'", topic));
    for (const auto& partition : one.partitions)
      found.push_back({topic, PartitionIndex{partition.partition_index}});
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace gregor::cli
