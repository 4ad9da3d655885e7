// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/testing/requests.h"

namespace gregor::broker {

using namespace protocol;

base::Bytes batch_of(const std::vector<std::string>& values, const record::BatchOptions& options) {
  record::BatchBuilder builder(options);
  for (const std::string& value : values)
    builder.add({.timestamp = TestWorld().now.wall, .key = {}, .value = base::as_bytes(value)});
  return builder.finish();
}

CreateTopicsRequest create_topic_request(
    const std::string& name, std::int32_t partitions,
    const std::vector<std::pair<std::string, std::string>>& configs) {
  CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = 1;
  for (const auto& [key, value] : configs) topic.configs.push_back({key, value, {}});
  return request;
}

namespace {

model::TopicId created(TestNode& node, const CreateTopicsRequest& request) {
  const auto topic = node.call<CreateTopicsResponse>(request, 7).topics.at(0);
  ASSERT(topic.error_code == model::ErrorCode::none, topic.error_message.value_or(""));
  return topic.topic_id;
}

}  // namespace

model::TopicId create_topic(TestNode& node, const std::string& name, std::int32_t partitions,
                            const std::vector<std::pair<std::string, std::string>>& configs) {
  return created(node, create_topic_request(name, partitions, configs));
}

model::TopicId create_topic_with_other_broker(
    TestNode& node, const std::string& name, const std::vector<std::int32_t>& replicas,
    const std::vector<std::pair<std::string, std::string>>& configs,
    const std::string& other_rack) {
  const std::string rack = other_rack.empty() ? "" : R"("rack":")" + other_rack + R"(",)";
  const auto session = node.tree().open_session(node.now().wall).transaction->session;
  node.change_tree(
      session,
      coordination::Multi{{coordination::Create{
          .path = "/brokers/ids/2",
          .data = R"({"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},)"
                  R"("endpoints":["PLAINTEXT://other:9093"],)" +
                  rack +
                  R"("jmx_port":-1,"port":9093,)"
                  R"("host":"other","version":5,"timestamp":"1"})",
          .mode = coordination::CreateMode::ephemeral}}});
  CreateTopicsRequest request = create_topic_request(name, -1, configs);
  request.topics[0].replication_factor = -1;
  request.topics[0].assignments.push_back({0, replicas, {}});
  return created(node, request);
}

ProduceRequest produce_request(const std::string& topic, std::int32_t partition,
                               base::BytesView batch, std::int16_t acks) {
  ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = 1000;
  auto& data = request.topic_data.emplace_back();
  data.name = topic;
  data.partition_data.push_back({partition, Records(batch), {}});
  return request;
}

ProduceResponse::PartitionProduceResponse produce(TestNode& node, const std::string& topic,
                                                  std::int32_t partition, base::BytesView batch) {
  const auto response = node.call<ProduceResponse>(produce_request(topic, partition, batch), 12);
  return response.responses.at(0).partition_responses.at(0);
}

std::int64_t produce(TestNode& node, const std::string& topic, std::int32_t partition,
                     const std::vector<std::string>& values) {
  const auto response = produce(node, topic, partition, batch_of(values));
  ASSERT(response.error_code == model::ErrorCode::none, model::name_of(response.error_code));
  return response.base_offset;
}

FetchRequest fetch_request(const std::string& topic, const std::vector<FetchFrom>& from,
                           std::int32_t wait_ms) {
  FetchRequest request;
  request.max_wait_ms = wait_ms;
  request.min_bytes = 1;
  auto& asked = request.topics.emplace_back();
  asked.topic = topic;
  for (const FetchFrom& one : from) {
    auto& partition = asked.partitions.emplace_back();
    partition.partition = one.partition;
    partition.fetch_offset = one.offset;
    partition.partition_max_bytes = one.bytes_max;
  }
  return request;
}

FetchResponse::PartitionData fetch(TestNode& node, const std::string& topic, std::int32_t partition,
                                   std::int64_t offset) {
  const auto response = node.call<FetchResponse>(
      fetch_request(topic, {{.partition = partition, .offset = offset}}), 12);
  ASSERT(response.error_code == model::ErrorCode::none);
  return response.responses.at(0).partitions.at(0);
}

std::vector<std::string> values_in(const FetchResponse::PartitionData& data, std::int64_t from) {
  std::vector<std::string> values;
  record::Decompressor decompressor;
  base::BytesView rest = data.records->bytes();
  while (const auto batch = record::BatchView::parse(rest)) {
    ASSERT(batch->crc_matches());
    rest = rest.subspan(batch->size_bytes());
    const auto read =
        record::for_each_record(*batch, decompressor, [&](const record::RecordView& record) {
          if (record.offset.value() < from) return;
          values.emplace_back(record.value ? base::as_text(*record.value) : "null");
        });
    ASSERT(read);
  }
  return values;
}

ListOffsetsResponse::ListOffsetsPartitionResponse list_offset(TestNode& node,
                                                              const std::string& topic,
                                                              std::int32_t partition,
                                                              std::int64_t timestamp) {
  ListOffsetsRequest request;
  request.replica_id = -1;
  auto& asked = request.topics.emplace_back();
  asked.name = topic;
  auto& one = asked.partitions.emplace_back();
  one.partition_index = partition;
  one.timestamp = timestamp;
  return node.call<ListOffsetsResponse>(request, 10).topics.at(0).partitions.at(0);
}

MetadataRequest metadata_request(const std::vector<std::string>& topics, bool auto_create) {
  MetadataRequest request;
  request.topics.emplace();
  for (const std::string& name : topics) request.topics->emplace_back().name = name;
  request.allow_auto_topic_creation = auto_create;
  return request;
}

}  // namespace gregor::broker
