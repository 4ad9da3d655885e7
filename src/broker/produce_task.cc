// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A batch from a producer, at its partition: checked, perhaps compressed differently, appended, and
// acknowledged as soon as it is as safe as the topic demands.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/partition_tasks.h"
#include "record/builder.h"

namespace gregor::broker {

namespace {

using model::ErrorCode;

// Producers that know this code end their transaction in good order; others get the older one.
constexpr model::ApiVersion knows_transaction_abortable{12};

ProduceResult no_transactions(model::ApiVersion version) {
  return {.error = version >= knows_transaction_abortable ? ErrorCode::transaction_abortable
                                                          : ErrorCode::invalid_txn_state,
          .message = "this broker does not serve transactions"};
}

record::ProduceRules rules_of(const model::TopicSettings& settings) {
  const bool append_time = settings.message_timestamp_type == model::TimestampType::log_append_time;
  return {.batch_bytes_max = static_cast<std::size_t>(settings.max_message_bytes),
          .timestamp_type = append_time ? record::TimestampType::log_append_time
                                        : record::TimestampType::create_time,
          .before_ms_max = settings.message_timestamp_before_max_ms,
          .after_ms_max = settings.message_timestamp_after_max_ms,
          .key_required = settings.cleanup_policy_compact};
}

struct Compression {
  record::Codec codec;
  std::optional<int> level;
};

// What the topic wants; nullopt: as the producer did it.
std::optional<Compression> wanted_compression(const model::TopicSettings& settings) {
  using enum model::TopicCompression;
  switch (settings.compression_type) {
    case producer:
      return std::nullopt;
    case uncompressed:
      return Compression{record::Codec::none, std::nullopt};
    case gzip:
      return Compression{record::Codec::gzip, settings.compression_gzip_level};
    case snappy:
      return Compression{record::Codec::snappy, std::nullopt};
    case lz4:
      return Compression{record::Codec::lz4, settings.compression_lz4_level};
    case zstd:
      return Compression{record::Codec::zstd, settings.compression_zstd_level};
  }
  return std::nullopt;
}

// Errors that say nothing about the log come without its start, as from Kafka.
bool tells_log_start(ErrorCode error) {
  return error != ErrorCode::message_too_large && error != ErrorCode::record_list_too_large &&
         error != ErrorCode::corrupt_message && error != ErrorCode::kafka_storage_error;
}

ProduceResult failed(const Partition& partition, const model::Error& error) {
  ProduceResult result{.error = error.code};
  if (tells_log_start(error.code)) result.log_start = partition.log().log_start();
  return result;
}

ProduceResult not_taken(const Partition& partition, record::NotTaken reason) {
  using enum record::NotTaken::Fault;
  if (reason.fault == header) return failed(partition, reason);
  ProduceResult result{.error = reason.code};
  if (reason.fault == no_format) result.message = std::move(reason.detail);
  return result;
}

ProduceResult refused(const Partition& partition, record::Refusal refusal) {
  ProduceResult result = failed(partition, refusal.error);
  if (!refusal.records.empty()) result.message = std::move(refusal.error.detail);
  result.refusals = std::move(refusal.records);
  return result;
}

ProduceResult accepted(const Partition& partition, const log::Appended& appended) {
  const bool append_time =
      partition.log().settings().message_timestamp_type == model::TimestampType::log_append_time;
  ProduceResult result{.base_offset = appended.first_offset,
                       .log_start = partition.log().log_start()};
  if (append_time || appended.duplicate) result.log_append_time = appended.max_timestamp;
  return result;
}

// Appends the batch as the topic wants it compressed.
model::Result<log::Appended> append(ShardState& shard, Partition& partition,
                                    const record::ProducedBatch& produced) {
  const model::TopicSettings& settings = partition.log().settings();
  const auto wanted = wanted_compression(settings);
  if (!wanted || wanted->codec == produced.batch.codec())
    return partition.append(produced.batch, produced.stamp, shard.now);
  const auto bytes =
      record::recompress(produced.batch, wanted->codec, wanted->level, shard.decompressor);
  if (!bytes) return model::fail(bytes.error());
  if (bytes->size() > static_cast<std::size_t>(settings.max_message_bytes))
    return model::fail(ErrorCode::message_too_large,
                       fmt::format("{} bytes after compressing, {} allowed", bytes->size(),
                                   settings.max_message_bytes));
  const auto batch = record::ValidBatch::parse(*bytes);
  if (!batch) return model::fail(batch.error());
  return partition.append(*batch, produced.stamp, shard.now);
}

}  // namespace

std::optional<TaskResult> run(ShardState& shard, Partition& partition, const ProduceTask& task,
                              const Address& address) {
  if (const ErrorCode error = partition.check_leader(model::no_leader_epoch);
      error != ErrorCode::none)
    return ProduceResult{.error = error};
  auto batch = record::take_produced_batch(task.records, task.version);
  if (!batch) return not_taken(partition, std::move(batch.error()));
  if (task.transactional) return no_transactions(task.version);
  // Nobody may write for a transaction who does not say which.
  if (batch->is_transactional())
    return ProduceResult{.error = ErrorCode::transactional_id_authorization_failed};
  if (const ErrorCode error = partition.replica().check_append(task.acks); error != ErrorCode::none)
    return failed(partition, {error, {}});

  auto produced = record::validate_produced(*batch, rules_of(partition.log().settings()),
                                            shard.now.wall, shard.decompressor);
  if (!produced) return refused(partition, std::move(produced.error()));
  const auto appended = append(shard, partition, *produced);
  if (!appended) {
    if (appended.error().code == ErrorCode::kafka_storage_error)
      shard.storage.report_failure(shard, partition, appended.error().detail);
    return failed(partition, appended.error());
  }
  shard.touched.push_back(partition.number());
  ProduceResult result = accepted(partition, *appended);
  const model::Offset needs = appended->last_offset + 1;
  const bool by_all = task.acks == -1;
  if (by_all ? partition.is_acknowledged(needs) : partition.is_kept(needs)) return result;
  AckWaiter waiter{needs, address, std::move(result)};
  if (by_all)
    partition.wait_for_ack(std::move(waiter));
  else
    partition.wait_until_kept(std::move(waiter));
  return std::nullopt;
}

}  // namespace gregor::broker
