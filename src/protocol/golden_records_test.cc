// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Records of Kafka's internal topics: our decoding says what Kafka's own dump tool said about them,
// and the bytes leave as they came (testdata/pack_golden_records.py describes the file).

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "protocol/codec.h"
#include "protocol/json.h"
#include "protocol/messages/consumer_protocol.h"
#include "protocol/test_support.h"

namespace gregor::protocol {
namespace {

using Json = nlohmann::json;

struct GoldenRecord {
  std::string kind;
  std::string topic;
  std::string id;
  model::ApiVersion version;
  base::Bytes bytes;
  Json expected;
};

base::Bytes from_hex(std::string_view hex) {
  base::Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

std::vector<GoldenRecord> read_golden_records() {
  std::ifstream file("testdata/golden_records.txt");
  std::vector<GoldenRecord> records;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    GoldenRecord record;
    std::string hex;
    std::string json;
    std::int16_t version = 0;
    words >> record.kind;
    words.ignore();
    std::getline(words, record.topic, ':');
    words >> record.id >> version >> hex;
    std::getline(words, json);
    record.version = model::ApiVersion{version};
    record.bytes = from_hex(hex);
    record.expected = Json::parse(json);
    records.push_back(std::move(record));
  }
  return records;
}

// Ids are unique in one topic only; the messages of the others begin with these words.
bool belongs_to(std::string_view message, std::string_view topic) {
  if (message.starts_with("TransactionLog")) return topic == "__transaction_state";
  if (message.starts_with("ShareSnapshot") || message.starts_with("ShareUpdate"))
    return topic == "__share_group_state";
  if (message.starts_with("Remote") && !message.starts_with("Remove"))
    return topic == "__remote_log_metadata";
  return topic == "__consumer_offsets" || topic == "__cluster_metadata";
}

const MessageType* type_of(const GoldenRecord& record) {
  if (record.kind == "data") return find_message(record.id);
  const auto kind = record.kind == "record-key"     ? MessageKind::record_key
                    : record.kind == "record-value" ? MessageKind::record_value
                                                    : MessageKind::record;
  const auto found = std::ranges::find_if(all_messages(), [&](const MessageType* type) {
    return type->kind == kind && std::to_string(type->id) == record.id &&
           belongs_to(type->name, record.topic);
  });
  return found == all_messages().end() ? nullptr : *found;
}

std::string base64_to_hex(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::string_view hex_digits = "0123456789abcdef";
  std::string hex;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(digits.find(c));
    for (count += 6; count >= 4; count -= 4) hex += hex_digits[bits >> (count - 4) & 15];
  }
  return hex.substr(0, hex.size() / 2 * 2);
}

bool agrees(const Json& kafka, const Json& ours);

// A member's subscription or assignment: Kafka prints what is inside the bytes.
template <Message M>
bool agrees_inside(const Json& kafka, const base::Bytes& bytes) {
  base::BytesView rest = bytes;
  if (rest.size() < 2) return false;
  const model::ApiVersion version{
      std::min(M::versions.last, base::load_big_endian<std::int16_t>(rest.data()))};
  rest = rest.subspan(2);
  const auto inside = decode<M>(rest, version);
  return inside && agrees(kafka, Json::parse(to_json(*inside, version)));
}

// Kafka's tool begins names with a small letter, leaves out tags that are not set and writes bytes
// in base64.
bool agrees(const Json& kafka, const Json& ours) {
  if (kafka.is_object() && ours.is_string()) {
    const base::Bytes bytes = from_hex(ours.get<std::string>());
    return kafka.contains("topics") ? agrees_inside<ConsumerProtocolSubscription>(kafka, bytes)
                                    : agrees_inside<ConsumerProtocolAssignment>(kafka, bytes);
  }
  if (kafka.is_object()) {
    return ours.is_object() && std::ranges::all_of(kafka.items(), [&](const auto& item) {
             std::string name = item.key();
             if (!ours.contains(name)) name[0] = static_cast<char>(std::toupper(name[0]));
             return ours.contains(name) && agrees(item.value(), ours[name]);
           });
  }
  if (kafka.is_array())
    return ours.is_array() &&
           std::equal(kafka.begin(), kafka.end(), ours.begin(), ours.end(), agrees);
  if (kafka.is_string() && ours.is_string())
    return kafka == ours || base64_to_hex(kafka.get<std::string>()) == ours.get<std::string>();
  return kafka == ours;
}

TEST(GoldenRecords, SayWhatKafkasDumpToolSaysAndLeaveAsTheyCame) {
  const auto records = read_golden_records();
  EXPECT_GT(records.size(), 80U);
  for (const GoldenRecord& record : records) {
    SCOPED_TRACE(record.kind + " " + record.topic + ":" + record.id + " " +
                 record.expected.dump().substr(0, 100));
    const MessageType* const type = type_of(record);
    ASSERT_NE(type, nullptr);
    base::BytesView rest = record.bytes;
    const auto message = decode(*type, rest, record.version);
    ASSERT_TRUE(message) << message.error().detail;
    EXPECT_TRUE(rest.empty());
    const std::string text = to_json(*message, record.version);
    EXPECT_TRUE(agrees(record.expected, Json::parse(text))) << type->name << text;
    EXPECT_EQ(encode(*message, record.version), record.bytes);
  }
}

}  // namespace
}  // namespace gregor::protocol
