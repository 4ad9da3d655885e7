// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/parse_number.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/init_producer_id.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_fetch.h"
#include "protocol/messages/produce.h"
#include "record/builder.h"
#include "record/record.h"

namespace gregor::jepsen {

using model::ErrorCode;
using model::TopicPartition;
using protocol::AnyMessage;
using protocol::MessageView;
using protocol::Versions;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds between_attempts{50};

// The answers after which nothing was written, whoever led in between. All others may hide an
// effect: a leader that has appended and then lost its office says NOT_LEADER_OR_FOLLOWER, too.
bool certainly_without_effect(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_enough_replicas:
    case ErrorCode::leader_not_available:
    case ErrorCode::message_too_large:
    case ErrorCode::record_list_too_large:
    case ErrorCode::invalid_required_acks:
    case ErrorCode::coordinator_load_in_progress:
    case ErrorCode::out_of_order_sequence_number:
    case ErrorCode::invalid_producer_epoch:
      return true;
    default:
      return false;
  }
}

Failure refused(ErrorCode code) {
  return {certainly_without_effect(code), code, model::name_of(code)};
}

// Of requests that change nothing.
Failure read_refused(ErrorCode code) { return {true, code, model::name_of(code)}; }

template <class T>
std::unexpected<Failure> hand_on(const Attempt<T>& attempt) {
  return std::unexpected(attempt.error());
}

base::Bytes batch_of(const std::vector<std::int64_t>& values, const Producer& producer) {
  const auto now =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  record::BatchOptions options;
  if (producer.id >= 0) {
    options.producer_id = model::ProducerId{producer.id};
    options.producer_epoch = model::ProducerEpoch{producer.epoch};
    options.base_sequence = model::SequenceNumber{producer.sequence};
  }
  record::BatchBuilder builder(options);
  for (const std::int64_t value : values) {
    const std::string text = std::to_string(value);
    builder.add({.timestamp = model::Timestamp{now.count()},
                 .key = std::nullopt,
                 .value = base::as_bytes(text)});
  }
  return builder.finish();
}

// Batches that came whole, from this offset on; markers of transactions are passed over.
Attempt<Fetched> read_batches(base::BytesView bytes, std::int64_t from) {
  Fetched result{.records = {}, .next = from};
  record::Decompressor decompressor;
  const auto garbled = [](const std::string& what) {
    return std::unexpected(Failure{true, ErrorCode::corrupt_message, what});
  };
  while (true) {
    const auto size = record::peek_batch_size(bytes);
    if (!size || *size > bytes.size()) return result;
    const auto batch = record::ValidBatch::parse(bytes.first(*size));
    if (!batch) return garbled(batch.error().detail);
    bytes = bytes.subspan(*size);
    result.next = std::max(result.next, batch->next_offset().value());
    if (batch->is_control()) continue;
    bool numbers = true;
    const auto read =
        record::for_each_record(*batch, decompressor, [&](const record::RecordView& record) {
          if (record.offset.value() < from) return;
          const std::string_view text = base::as_text(record.value.value_or(base::BytesView{}));
          const auto value = base::parse_number<std::int64_t>(text);
          numbers = numbers && value.has_value();
          result.records.push_back({record.offset.value(), value.value_or(0)});
        });
    if (!read) return garbled(read.error().detail);
    if (!numbers) return garbled("a record whose value is no number of ours");
  }
}

}  // namespace

std::unexpected<Failure> Client::forget(const TopicPartition& partition, Failure why) {
  leaders_.erase(partition);
  return std::unexpected(std::move(why));
}

Attempt<cli::BrokerConnection*> Client::connection_to(std::int32_t broker) {
  if (const auto open = connections_.find(broker); open != connections_.end()) return &open->second;
  const auto address = addresses_.find(broker);
  if (address == addresses_.end())
    return std::unexpected(Failure{true, ErrorCode::broker_not_available, "no such broker"});
  auto opened = cli::BrokerConnection::open(address->second, settings_.timeout, "gregor-jepsen");
  if (!opened) return std::unexpected(Failure{true, opened.error().code, opened.error().detail});
  return &connections_.emplace(broker, std::move(*opened)).first->second;
}

Attempt<AnyMessage> Client::ask(std::int32_t broker, MessageView request, Versions usable) {
  const auto connection = connection_to(broker);
  if (!connection) return hand_on(connection);
  auto answer = (*connection)->call(request, usable);
  if (answer) return std::move(*answer);
  const bool never_sent = answer.error().code == ErrorCode::unsupported_version;
  connections_.erase(broker);
  return std::unexpected(Failure{never_sent, answer.error().code, answer.error().detail});
}

Attempt<AnyMessage> Client::ask_any(MessageView request, Versions usable) {
  Failure last{true, ErrorCode::broker_not_available, "no bootstrap server"};
  for (std::size_t tried = 0; tried < settings_.bootstrap.size(); ++tried) {
    const auto& address = settings_.bootstrap[next_bootstrap_++ % settings_.bootstrap.size()];
    auto connection = cli::BrokerConnection::open(address, settings_.timeout, "gregor-jepsen");
    if (!connection) {
      last.what = connection.error().detail;
      continue;
    }
    auto answer = connection->call(request, usable);
    if (answer) return std::move(*answer);
    last = {false, answer.error().code, answer.error().detail};
  }
  return std::unexpected(last);
}

Attempt<protocol::MetadataResponse> Client::metadata(const std::vector<std::string>& topics) {
  protocol::MetadataRequest request;
  for (const std::string& name : topics) request.topics->push_back({.name = name});
  return look_up(std::move(request));
}

Attempt<protocol::MetadataResponse> Client::metadata_of_all() {
  protocol::MetadataRequest request;
  request.topics = std::nullopt;
  return look_up(std::move(request));
}

Attempt<protocol::MetadataResponse> Client::look_up(protocol::MetadataRequest request) {
  request.allow_auto_topic_creation = false;
  const auto answer = ask_any(request, {4, 12});
  if (!answer) return std::unexpected(Failure{true, answer.error().code, answer.error().what});
  const auto& metadata = answer->as<protocol::MetadataResponse>();
  for (const auto& broker : metadata.brokers) {
    const cli::Address address{broker.host, std::to_string(broker.port)};
    if (addresses_[broker.node_id] != address) connections_.erase(broker.node_id);
    addresses_[broker.node_id] = address;
  }
  return metadata;
}

Attempt<std::int32_t> Client::leader_of(const TopicPartition& partition) {
  if (const auto known = leaders_.find(partition); known != leaders_.end()) return known->second;
  const auto answer = metadata({partition.topic});
  if (!answer) return hand_on(answer);
  for (const auto& topic : answer->topics)
    for (const auto& one : topic.partitions)
      if (one.leader_id >= 0)
        leaders_[{topic.name.value_or(""), model::PartitionIndex{one.partition_index}}] =
            one.leader_id;
  if (const auto known = leaders_.find(partition); known != leaders_.end()) return known->second;
  return std::unexpected(Failure{true, ErrorCode::leader_not_available, "no leader is known"});
}

Attempt<std::int32_t> Client::coordinator_of(const std::string& group) {
  if (const auto known = coordinators_.find(group); known != coordinators_.end())
    return known->second;
  protocol::FindCoordinatorRequest request;
  request.coordinator_keys = {group};
  const auto answer = ask_any(request, {4, 4});
  if (!answer) return std::unexpected(Failure{true, answer.error().code, answer.error().what});
  const auto& found = answer->as<protocol::FindCoordinatorResponse>().coordinators;
  if (found.empty() || found.front().error_code != ErrorCode::none)
    return std::unexpected(read_refused(found.empty() ? ErrorCode::coordinator_not_available
                                                      : found.front().error_code));
  const auto& coordinator = found.front();
  addresses_[coordinator.node_id] = {coordinator.host, std::to_string(coordinator.port)};
  return coordinators_[group] = coordinator.node_id;
}

Attempt<> Client::create_topic(const Topic& topic, milliseconds deadline) {
  protocol::CreateTopicsRequest request;
  request.timeout_ms = static_cast<std::int32_t>(settings_.timeout.count());
  auto& wanted = request.topics.emplace_back();
  wanted.name = topic.name;
  wanted.num_partitions = topic.partitions;
  wanted.replication_factor = topic.replicas;
  for (const auto& [key, value] : topic.configs)
    wanted.configs.push_back({.name = key, .value = value});
  const auto until = std::chrono::steady_clock::now() + deadline;
  Failure last;
  while (std::chrono::steady_clock::now() < until) {
    const auto known = metadata({topic.name});
    if (known && !known->topics.empty() && known->topics.front().error_code == ErrorCode::none &&
        std::ranges::none_of(known->topics.front().partitions,
                             [](const auto& one) { return one.leader_id < 0; }))
      return {};
    if (!known) {
      last = known.error();
    } else if (const auto answer = ask(known->controller_id, request, {2, 7}); !answer) {
      last = answer.error();
    } else {
      const auto& result = answer->as<protocol::CreateTopicsResponse>().topics.front();
      last = {true, result.error_code,
              fmt::format("topic {}: {} {}", topic.name, model::name_of(result.error_code),
                          result.error_message.value_or(""))};
      if (result.error_code == ErrorCode::invalid_config) break;
    }
    std::this_thread::sleep_for(between_attempts);
  }
  return std::unexpected(last);
}

Attempt<std::optional<std::int64_t>> Client::produce(const TopicPartition& partition,
                                                     const std::vector<std::int64_t>& values,
                                                     const Producer& producer) {
  const auto leader = leader_of(partition);
  if (!leader) return hand_on(leader);
  const base::Bytes batch = batch_of(values, producer);
  protocol::ProduceRequest request;
  request.acks = settings_.acks;
  request.timeout_ms = static_cast<std::int32_t>(settings_.timeout.count() * 3 / 4);
  auto& data = request.topic_data.emplace_back();
  data.name = partition.topic;
  data.partition_data.push_back(
      {.index = partition.partition.value(), .records = protocol::Records(batch)});
  const auto answer = ask(*leader, request, {3, 12});
  if (!answer) return forget(partition, answer.error());
  const auto& result =
      answer->as<protocol::ProduceResponse>().responses.at(0).partition_responses.at(0);
  if (result.error_code == ErrorCode::duplicate_sequence_number) return std::nullopt;
  if (result.error_code != ErrorCode::none) return forget(partition, refused(result.error_code));
  if (result.base_offset < 0) return std::nullopt;
  return result.base_offset;
}

Attempt<Fetched> Client::fetch(const TopicPartition& partition, std::int64_t offset,
                               std::int32_t bytes_max, const std::optional<model::Uuid>& id) {
  const auto leader = leader_of(partition);
  if (!leader) return hand_on(leader);
  protocol::FetchRequest request;
  request.max_wait_ms = 100;
  request.min_bytes = 1;
  request.max_bytes = bytes_max;
  request.isolation_level = static_cast<std::int8_t>(Isolation::read_committed);
  auto& topic = request.topics.emplace_back();
  topic.topic = partition.topic;
  topic.topic_id = id.value_or(model::Uuid{});
  topic.partitions.push_back({.partition = partition.partition.value(),
                              .fetch_offset = offset,
                              .partition_max_bytes = bytes_max});
  const auto answer = ask(*leader, request, id ? Versions{13, 16} : Versions{4, 12});
  if (!answer) return forget(partition, {true, answer.error().code, answer.error().what});
  const auto& response = answer->as<protocol::FetchResponse>();
  if (response.error_code != ErrorCode::none)
    return forget(partition, read_refused(response.error_code));
  const auto& data = response.responses.at(0).partitions.at(0);
  if (data.error_code != ErrorCode::none) return forget(partition, read_refused(data.error_code));
  if (!data.records) return Fetched{.records = {}, .next = offset};
  return read_batches(data.records->bytes(), offset);
}

Attempt<std::int64_t> Client::end_offset(const TopicPartition& partition, Isolation isolation) {
  const auto leader = leader_of(partition);
  if (!leader) return hand_on(leader);
  protocol::ListOffsetsRequest request;
  request.replica_id = -1;
  request.isolation_level = static_cast<std::int8_t>(isolation);
  auto& topic = request.topics.emplace_back();
  topic.name = partition.topic;
  topic.partitions.push_back({.partition_index = partition.partition.value(), .timestamp = -1});
  const auto answer = ask(*leader, request, {2, 9});
  if (!answer) return forget(partition, {true, answer.error().code, answer.error().what});
  const auto& result = answer->as<protocol::ListOffsetsResponse>().topics.at(0).partitions.at(0);
  if (result.error_code != ErrorCode::none)
    return forget(partition, read_refused(result.error_code));
  return result.offset;
}

Attempt<Producer> Client::init_producer() {
  protocol::InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  request.transaction_timeout_ms = 60'000;
  const auto answer = ask_any(request, {0, 4});
  if (!answer) return hand_on(answer);
  const auto& given = answer->as<protocol::InitProducerIdResponse>();
  if (given.error_code != ErrorCode::none) return std::unexpected(read_refused(given.error_code));
  return Producer{given.producer_id, given.producer_epoch, 0};
}

Attempt<> Client::commit(const std::string& group, const TopicPartition& partition,
                         std::int64_t offset) {
  const auto coordinator = coordinator_of(group);
  if (!coordinator) return hand_on(coordinator);
  protocol::OffsetCommitRequest request;
  request.group_id = group;
  auto& topic = request.topics.emplace_back();
  topic.name = partition.topic;
  topic.partitions.push_back(
      {.partition_index = partition.partition.value(), .committed_offset = offset});
  const auto answer = ask(*coordinator, request, {2, 8});
  if (!answer) {
    coordinators_.erase(group);
    return hand_on(answer);
  }
  const ErrorCode code =
      answer->as<protocol::OffsetCommitResponse>().topics.at(0).partitions.at(0).error_code;
  if (code == ErrorCode::none) return {};
  coordinators_.erase(group);
  return std::unexpected(refused(code));
}

Attempt<std::optional<std::int64_t>> Client::committed(const std::string& group,
                                                       const TopicPartition& partition) {
  const auto coordinator = coordinator_of(group);
  if (!coordinator) return hand_on(coordinator);
  protocol::OffsetFetchRequest request;
  auto& wanted = request.groups.emplace_back();
  wanted.group_id = group;
  auto& topic = wanted.topics->emplace_back();
  topic.name = partition.topic;
  topic.partition_indexes = {partition.partition.value()};
  const auto answer = ask(*coordinator, request, {8, 9});
  const auto failed = [&](Failure why) {
    coordinators_.erase(group);
    why.certain = true;
    return std::unexpected(std::move(why));
  };
  if (!answer) return failed(answer.error());
  const auto& result = answer->as<protocol::OffsetFetchResponse>().groups.at(0);
  if (result.error_code != ErrorCode::none) return failed(read_refused(result.error_code));
  const auto& one = result.topics.at(0).partitions.at(0);
  if (one.error_code != ErrorCode::none) return failed(read_refused(one.error_code));
  if (one.committed_offset < 0) return std::nullopt;
  return one.committed_offset;
}

}  // namespace gregor::jepsen
