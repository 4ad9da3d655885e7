// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/limits.h"

#include <algorithm>

#include "fuzz/messages.h"
#include "fuzz/wire/frame_splitter.h"
#include "model/topic_name.h"
#include "protocol/api_keys.h"
#include "protocol/frame.h"

namespace gregor::fuzz::wire {
namespace {

using protocol::Field;
using protocol::FieldType;

constexpr std::string_view safe[] = {
    "Produce",
    "Fetch",
    "ListOffsets",
    "Metadata",
    "OffsetCommit",
    "OffsetFetch",
    "FindCoordinator",
    "JoinGroup",
    "Heartbeat",
    "LeaveGroup",
    "SyncGroup",
    "DescribeGroups",
    "ListGroups",
    "SaslHandshake",
    "ApiVersions",
    "CreateTopics",
    "InitProducerId",
    "OffsetForLeaderEpoch",
    "AddPartitionsToTxn",
    "AddOffsetsToTxn",
    "EndTxn",
    "TxnOffsetCommit",
    "DescribeAcls",
    "DescribeConfigs",
    "DescribeLogDirs",
    "SaslAuthenticate",
    "CreatePartitions",
    "DescribeDelegationToken",
    "ListPartitionReassignments",
    "DescribeClientQuotas",
    "DescribeUserScramCredentials",
    "DescribeQuorum",
    "DescribeCluster",
    "DescribeProducers",
    "DescribeTransactions",
    "ListTransactions",
    "ConsumerGroupHeartbeat",
    "ConsumerGroupDescribe",
    "GetTelemetrySubscriptions",
    "PushTelemetry",
    "ListConfigResources",
    "DescribeTopicPartitions",
    "ShareGroupHeartbeat",
    "ShareGroupDescribe",
    "ShareFetch",
    "ShareAcknowledge",
    "StreamsGroupHeartbeat",
    "StreamsGroupDescribe",
    "DescribeShareGroupOffsets",
};

// What a request would make: every text that names a topic, and every count of partitions.
class Wishes {
 public:
  Wishes(const protocol::AnyMessage& message, std::string_view prefix) : prefix_(prefix) {
    look(*message.type().structure, message.object());
  }
  [[nodiscard]] bool modest() const { return own_topics_ && partitions_ <= partitions_max; }

 private:
  void look(const protocol::StructType& type, const std::byte* object) {
    for (const std::span<const Field> fields : {type.fields, type.tagged}) {
      for (const Field& field : fields) {
        const std::byte* const at = object + field.offset;
        if (field.container == nullptr) {
          look(type, field, at);
          continue;
        }
        const protocol::Elements elements = field.container->view(at);
        if (field.name == "Assignments") partitions_ += static_cast<std::int64_t>(elements.count);
        for (std::size_t i = 0; i < elements.count; ++i)
          look(type, field, elements.data + i * field.container->stride);
      }
    }
  }

  void look(const protocol::StructType& type, const Field& field, const std::byte* at) {
    if (field.structure != nullptr) return look(*field.structure, at);
    if (field.type == FieldType::string && names_topic(type, field)) {
      const auto* const name = protocol::value_at<std::string>(field, at);
      // A name that no topic can have makes none.
      if (name != nullptr && !name->starts_with(prefix_) && model::check_topic_name(*name))
        own_topics_ = false;
    }
    if (field.name == "NumPartitions" || field.name == "Count")
      partitions_ += std::max(0, protocol::load<std::int32_t>(at));
  }

  std::string_view prefix_;
  bool own_topics_ = true;
  std::int64_t partitions_ = 0;
};

bool makes_topics(model::ApiKey key) {
  using namespace protocol::api_key;
  return key == metadata || key == create_topics || key == create_partitions;
}

bool frame_permitted(const Limits& limits, const Served& served, base::BytesView frame) {
  if (frame.size() < 4) return true;  // no API
  const model::ApiKey key{base::load_big_endian<std::int16_t>(frame.data())};
  const model::ApiVersion version{base::load_big_endian<std::int16_t>(frame.data() + 2)};
  if (!limits.apis.contains(key))
    return protocol::find_api(key) == nullptr && !served.contains(key);
  const protocol::Api* const api = protocol::find_api(key);
  if (!makes_topics(key) || api == nullptr || !api->versions.contains(version)) return true;
  if (!protocol::decode_request_header(frame)) return true;
  const auto message = protocol::decode(*api->request, frame, version);
  return !message || Wishes(*message, limits.topic_prefix).modest();
}

}  // namespace

std::span<const std::string_view> safe_apis() { return safe; }

bool permitted(const Limits& limits, const Served& served, base::BytesView stream) {
  if (limits.anything) return true;
  FrameSplitter splitter;
  splitter.add(stream);
  while (const auto frame = splitter.next())
    if (!frame_permitted(limits, served, *frame)) return false;
  return true;
}

}  // namespace gregor::fuzz::wire
