// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a request asks of one partition, and what comes of it: plain data, because the partition may
// belong to another shard than the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "broker/effects.h"
#include "group/requests.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/validation.h"

namespace gregor::broker {

struct ProduceTask {
  model::ApiVersion version = {};
  std::int16_t acks = 0;
  bool transactional = false;  // the request has a transactional id
  base::BytesView records =
      {};  // lie in the request's frame, or in the message that brings the task
};
struct ProduceResult {
  model::ErrorCode error = model::ErrorCode::none;
  std::optional<std::string> message = {};
  std::vector<record::RecordRefusal> refusals = {};
  model::Offset base_offset = model::no_offset;
  model::Timestamp log_append_time = model::no_timestamp;
  model::Offset log_start = model::no_offset;
};

enum class Isolation : std::uint8_t { read_uncommitted, read_committed };

// The brokers in the rack of a consumer, as far as it can reach them (KIP-392).
using NearbyPtr = std::shared_ptr<const std::set<model::BrokerId>>;

struct FetchTask {
  model::Offset offset = {};
  model::LeaderEpoch current_leader_epoch = model::no_leader_epoch;
  model::LeaderEpoch last_fetched_epoch = model::no_leader_epoch;
  Isolation isolation = Isolation::read_uncommitted;
  std::size_t bytes_max = 0;
  bool at_least_one_batch = true;
  // A follower reads: to the end of the log, and what it has is counted. no_broker: a consumer.
  model::BrokerId replica = model::no_broker;
  model::BrokerEpoch replica_epoch{-1};
  model::Offset replica_log_start = model::no_offset;
  // A consumer that reads at followers, too; and who is in its rack, if it wants to be told of a
  // nearer replica, and is not there already.
  bool any_replica = false;
  NearbyPtr nearby = nullptr;
};
struct EpochEnd {
  model::LeaderEpoch epoch = model::no_leader_epoch;
  model::Offset end = model::no_offset;
};
struct AbortedTransaction {
  model::ProducerId producer;
  model::Offset first_offset;
};
struct FetchResult {
  model::ErrorCode error = model::ErrorCode::none;
  model::Offset high_watermark = model::no_offset;
  model::Offset last_stable = model::no_offset;
  model::Offset log_start = model::no_offset;
  EpochEnd diverging = {};  // epoch no_leader_epoch: the logs agree
  std::optional<std::vector<AbortedTransaction>> aborted = {};
  std::optional<FileSlice> records = {};
  bool is_throttled = false;  // a follower has to wait for what there is
  bool is_news = false;       // a follower does not know this high watermark yet
  model::BrokerId preferred_replica = model::no_broker;  // where a consumer should rather read
};

// The timestamps with a meaning of their own.
inline constexpr std::int64_t latest_timestamp = -1;
inline constexpr std::int64_t earliest_timestamp = -2;
inline constexpr std::int64_t max_timestamp = -3;
inline constexpr std::int64_t earliest_local_timestamp = -4;
inline constexpr std::int64_t latest_tiered_timestamp = -5;
// Not every version knows them all.
bool is_known_timestamp(std::int64_t timestamp, model::ApiVersion version);

struct ListOffsetsTask {
  std::int64_t timestamp = 0;
  model::LeaderEpoch current_leader_epoch = model::no_leader_epoch;
  Isolation isolation = Isolation::read_uncommitted;
  bool from_replica = false;  // the end is that of the log
};
struct ListOffsetsResult {
  model::ErrorCode error = model::ErrorCode::none;
  model::Timestamp timestamp = model::no_timestamp;
  model::Offset offset = model::no_offset;
  model::LeaderEpoch leader_epoch = model::no_leader_epoch;
};

struct EpochEndTask {
  model::LeaderEpoch current_leader_epoch = model::no_leader_epoch;
  model::LeaderEpoch epoch = {};
};
struct EpochEndResult {
  model::ErrorCode error = model::ErrorCode::none;
  EpochEnd end = {};
};

struct DeleteRecordsTask {
  model::Offset before;  // -1: the high watermark
};
struct DeleteRecordsResult {
  model::ErrorCode error = model::ErrorCode::none;
  model::Offset low_watermark = model::no_offset;
};

// How much a partition holds, and in which of the data folders.
struct DescribeLogTask {};
// The copy in the folder to which the log is being moved.
struct LogCopy {
  std::size_t data_folder = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t lag = 0;  // records that it has still to get
};
struct DescribeLogResult {
  model::ErrorCode error = model::ErrorCode::none;
  std::size_t data_folder = 0;  // index into log.dirs
  std::uint64_t size_bytes = 0;
  std::optional<LogCopy> copy = {};
};

// To another data folder, or to where it is: then a move that is under way ends.
struct MoveLogTask {
  std::size_t data_folder = 0;
};
struct MoveLogResult {
  model::ErrorCode error = model::ErrorCode::none;
};

// Who writes to a partition, for whoever looks for a transaction that hangs.
struct DescribeProducersTask {};
struct ActiveProducer {
  model::ProducerId id;
  model::ProducerEpoch epoch;
  model::SequenceNumber last_sequence = model::no_sequence;
  model::Timestamp last_timestamp = model::no_timestamp;
  std::int32_t coordinator_epoch = -1;
  model::Offset transaction_start = model::no_offset;  // none is open
};
struct DescribeProducersResult {
  model::ErrorCode error = model::ErrorCode::none;
  std::vector<ActiveProducer> producers = {};
};

// For the coordinator of the groups that live on the partition.
struct GroupTask {
  group::RequestBody body;
  model::ApiVersion version = {};
  std::string client_id = {};
  std::string client_host = {};  // "/127.0.0.1"
};
struct GroupResult {
  group::Response response;
};

using Task = std::variant<ProduceTask, FetchTask, ListOffsetsTask, EpochEndTask, DeleteRecordsTask,
                          DescribeLogTask, MoveLogTask, DescribeProducersTask, GroupTask>;
using TaskResult =
    std::variant<ProduceResult, FetchResult, ListOffsetsResult, EpochEndResult, DeleteRecordsResult,
                 DescribeLogResult, MoveLogResult, DescribeProducersResult, GroupResult>;

// Whether any replica will do: it is about the replica itself, or reads what is committed.
bool asks_any_replica(const Task& task);
// The result of a task whose partition could not be asked.
TaskResult refused(const Task& task, model::ErrorCode error);

}  // namespace gregor::broker
