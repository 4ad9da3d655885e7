// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Requests as tests write them: one line each, and the values that such a test looks at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/testing/test_node.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/produce.h"
#include "record/batch.h"
#include "record/builder.h"

namespace gregor::broker {

// A batch of records with these values and without keys, its first timestamp that of TestWorld.
base::Bytes batch_of(const std::vector<std::string>& values,
                     const record::BatchOptions& options = {});

protocol::CreateTopicsRequest create_topic_request(
    const std::string& name, std::int32_t partitions = 1,
    const std::vector<std::pair<std::string, std::string>>& configs = {});
// Creates it and expects that to succeed; its id.
model::TopicId create_topic(TestNode& node, const std::string& name, std::int32_t partitions = 1,
                            const std::vector<std::pair<std::string, std::string>>& configs = {});

// Broker 2 registers itself (in a rack, if it is told one), and a topic of one partition is made
// with its replicas there; its id.
model::TopicId create_topic_with_other_broker(
    TestNode& node, const std::string& name, const std::vector<std::int32_t>& replicas,
    const std::vector<std::pair<std::string, std::string>>& configs = {},
    const std::string& other_rack = "");

// The batch must outlive the request.
protocol::ProduceRequest produce_request(const std::string& topic, std::int32_t partition,
                                         base::BytesView batch, std::int16_t acks = -1);
protocol::ProduceResponse::PartitionProduceResponse produce(TestNode& node,
                                                            const std::string& topic,
                                                            std::int32_t partition,
                                                            base::BytesView batch);
// Appends records with these values and expects that to succeed; the offset of the first.
std::int64_t produce(TestNode& node, const std::string& topic, std::int32_t partition,
                     const std::vector<std::string>& values);

struct FetchFrom {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int32_t bytes_max = 1 << 20;
};
protocol::FetchRequest fetch_request(const std::string& topic, const std::vector<FetchFrom>& from,
                                     std::int32_t wait_ms = 0);
protocol::FetchResponse::PartitionData fetch(TestNode& node, const std::string& topic,
                                             std::int32_t partition, std::int64_t offset);

// The values of all records in whole batches, from the given offset on.
std::vector<std::string> values_in(const protocol::FetchResponse::PartitionData& data,
                                   std::int64_t from = 0);

protocol::ListOffsetsResponse::ListOffsetsPartitionResponse list_offset(TestNode& node,
                                                                        const std::string& topic,
                                                                        std::int32_t partition,
                                                                        std::int64_t timestamp);

protocol::MetadataRequest metadata_request(const std::vector<std::string>& topics,
                                           bool auto_create = false);

}  // namespace gregor::broker
