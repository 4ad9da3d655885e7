// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Every batch, record, header, timestamp, checksum and control flag of segments that Kafka 4.1
// wrote equals what Kafka's own dump tool says of them (expected.json), and what the Java client
// and broker wrote can be built again byte for byte.
#include "record/record.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "record/builder.h"
#include "record/control.h"
#include "record/validation.h"

namespace gregor::record {
namespace {

using base::Bytes;
using base::BytesView;
using model::Offset;
using model::Timestamp;
using nlohmann::json;

std::string read_path(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_file(const std::string& name) {
  return read_path(std::string(GREGOR_GOLDEN_LOGS) + "/" + name);
}

const json& expected_files() {
  static const json files = json::parse(read_file("expected.json")).at("files");
  return files;
}

// Calls check(name, expected file, batches) for each .log file that expected.json knows by `key`.
template <class Check>
void for_each_log(const std::string& key, Check&& check) {
  int logs = 0;
  for (const auto& [name, file] : expected_files().items()) {
    if (!name.ends_with(".log") || !file.contains(key)) continue;
    SCOPED_TRACE(name);
    ++logs;
    check(file.at(key), base::as_bytes(read_file(name)));
  }
  EXPECT_GT(logs, 0);
}

// The file's batches; a failure of the test unless they fill it.
std::vector<ValidBatch> batches_of(BytesView file) {
  std::vector<ValidBatch> batches;
  while (!file.empty()) {
    const auto batch = ValidBatch::parse(file);
    EXPECT_TRUE(batch.has_value()) << (batch ? "" : batch.error().detail);
    if (!batch) break;
    batches.push_back(*batch);
    file = file.subspan(batch->size_bytes());
  }
  return batches;
}

// How expected.json writes bytes: text where that is possible, hex elsewhere.
json written(const std::optional<BytesView>& bytes, const json& like) {
  if (!bytes) return nullptr;
  if (!like.is_string() || !like.get_ref<const std::string&>().starts_with("hex:"))
    return std::string(base::as_text(*bytes));
  std::string hex = "hex:";
  for (const std::byte byte : *bytes) {
    hex += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
    hex += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
  }
  return hex;
}

void expect_header(const json& expected, const ValidBatch& batch) {
  const auto horizon = batch.delete_horizon();
  const json actual{
      {"baseOffset", batch.base_offset().value()},
      {"lastOffset", batch.last_offset().value()},
      {"count", batch.record_count()},
      {"baseSequence", batch.base_sequence().value()},
      {"lastSequence", batch.last_sequence().value()},
      {"producerId", batch.producer_id().value()},
      {"producerEpoch", batch.producer_epoch().value()},
      {"partitionLeaderEpoch", batch.partition_leader_epoch().value()},
      {"isTransactional", batch.is_transactional()},
      {"isControl", batch.is_control()},
      {"deleteHorizonMs", horizon ? json(horizon->value()) : json(nullptr)},
      {"position", expected.at("position")},
      {"timestampType", name_of(batch.timestamp_type())},
      {"maxTimestamp", batch.max_timestamp().value()},
      {"size", batch.size_bytes()},
      {"magic", batch_magic},
      {"codec", name_of(batch.codec())},
      {"crc", batch.crc()},
      {"valid", true},
      {"records", expected.at("records")},
  };
  EXPECT_EQ(actual, expected);
}

void expect_record(const json& expected, const RecordView& record) {
  json actual{{"offset", record.offset.value()},
              {"timestamp", record.timestamp.value()},
              {"sequence", record.sequence.value()},
              {"key", written(record.key, expected.at("key"))},
              {"value", written(record.value, expected.at("value"))}};
  if (!record.headers.empty()) actual["headers"] = json::array();
  for (const Header& header : record.headers)
    actual["headers"].push_back({header.key, written(header.value, nullptr)});
  if (expected.contains("control")) {
    const auto marker = parse_end_transaction_marker(record).value();
    actual["control"] = std::string("endTxnMarker: ") + (marker.commit ? "COMMIT" : "ABORT") +
                        " coordinatorEpoch: " + std::to_string(marker.coordinator_epoch);
  }
  EXPECT_EQ(actual, expected);
}

TEST(GoldenRecords, SegmentsSayWhatKafkaSaysOfThem) {
  int records = 0;
  for_each_log("batches", [&](const json& expected, BytesView file) {
    const auto batches = batches_of(file);
    ASSERT_EQ(batches.size(), expected.size());
    Decompressor decompressor;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      EXPECT_EQ(batches[i].bytes().data() - file.data(), expected[i].at("position"));
      expect_header(expected[i], batches[i]);
      std::size_t seen = 0;
      const auto walked = for_each_record(batches[i], decompressor, [&](const RecordView& record) {
        expect_record(expected[i].at("records").at(seen++), record);
      });
      EXPECT_TRUE(walked.has_value());
      EXPECT_EQ(seen, expected[i].at("records").size());
      records += static_cast<int>(seen);
    }
  });
  EXPECT_EQ(records, 2173);
}

TEST(GoldenRecords, InternalTopicsHaveTheRecordsThatKafkaListed) {
  for_each_log("records", [&](const json& expected, BytesView file) {
    std::size_t seen = 0;
    Decompressor decompressor;
    const auto size_of = [](const auto& bytes) { return bytes ? std::ssize(*bytes) : -1; };
    for (const ValidBatch& batch : batches_of(file))
      EXPECT_TRUE(for_each_record(batch, decompressor, [&](const RecordView& record) {
        const json& listed = expected.at(seen++);
        EXPECT_EQ(record.offset.value(), listed.at("offset"));
        EXPECT_EQ(record.timestamp.value(), listed.at("timestamp"));
        EXPECT_EQ(size_of(record.key), listed.at("keySize"));
        EXPECT_EQ(size_of(record.value), listed.at("valueSize"));
      }));
    EXPECT_EQ(seen, expected.size());
  });
}

// What follows a batch must not matter, so each file is tried at its first byte only.
TEST(GoldenRecords, OldFormatsAreRefusedByName) {
  for_each_log("entries", [&](const json& expected, BytesView file) {
    const auto batch = ValidBatch::parse(file);
    ASSERT_FALSE(batch.has_value());
    EXPECT_EQ(batch.error().code, model::ErrorCode::unsupported_for_message_format);
    for (const json& entry : expected) {
      const std::size_t position = entry.at("position");
      EXPECT_EQ(peek_batch_size(file.subspan(position)), entry.at("size").get<std::size_t>());
    }
  });
}

BatchOptions options_of(const ValidBatch& batch) {
  return {.base_offset = batch.base_offset(),
          .leader_epoch = batch.partition_leader_epoch(),
          .producer_id = batch.producer_id(),
          .producer_epoch = batch.producer_epoch(),
          .base_sequence = batch.base_sequence(),
          .transactional = batch.is_transactional(),
          .control = batch.is_control(),
          .delete_horizon = batch.delete_horizon()};
}

Bytes built_again(const ValidBatch& batch, Decompressor& decompressor) {
  BatchBuilder builder(options_of(batch));
  Offset last = batch.base_offset() - 1;
  EXPECT_TRUE(for_each_record(batch, decompressor, [&](const RecordView& record) {
    const std::vector<Header> headers(record.headers.begin(), record.headers.end());
    last = record.offset;
    builder.add_at(record.offset, {.timestamp = record.timestamp,
                                   .key = record.key,
                                   .value = record.value,
                                   .headers = headers});
  }));
  if (last < batch.last_offset()) builder.end_at(batch.last_offset());
  return builder.finish();
}

// With LogAppendTime the producers' own times cannot be seen any more, hence not be built again.
TEST(GoldenRecords, BatchesAreBuiltAgainByteForByte) {
  int batches = 0;
  for_each_log("batches", [&](const json&, BytesView file) {
    Decompressor decompressor;
    for (const ValidBatch& batch : batches_of(file)) {
      if (batch.timestamp_type() == TimestampType::log_append_time) continue;
      const Bytes plain = recompress(batch, Codec::none, std::nullopt, decompressor).value();
      EXPECT_EQ(built_again(batch, decompressor), plain);
      if (batch.codec() == Codec::none) {
        EXPECT_EQ(plain, base::to_bytes(batch.bytes()));
        ++batches;
      }
    }
  });
  EXPECT_GT(batches, 50);
}

TEST(GoldenRecords, MarkersAreBuiltByteForByte) {
  int markers = 0;
  for_each_log("batches", [&](const json&, BytesView file) {
    Decompressor decompressor;
    for (const ValidBatch& batch : batches_of(file)) {
      if (!batch.is_control()) continue;
      RecordReader reader(batch, decompressor);
      const auto marker = parse_end_transaction_marker(*reader.next().value()).value();
      const Bytes built = build_end_transaction_marker(
          marker, batch.producer_id(), batch.producer_epoch(), batch.max_timestamp());
      const auto valid = ValidBatch::parse(built).value();
      Bytes placed = base::to_bytes(
          patched_header(valid, batch.base_offset(), batch.partition_leader_epoch()));
      base::append(placed, valid.records());
      EXPECT_EQ(placed, base::to_bytes(batch.bytes()));
      ++markers;
    }
  });
  EXPECT_EQ(markers, 11);
}

// The leader's part of an append, undone and done again: what the producer sent would be accepted,
// and placed where Kafka placed it gives Kafka's bytes.
TEST(GoldenRecords, AppendingGivesTheBytesThatKafkaAppended) {
  for_each_log("batches", [&](const json&, BytesView file) {
    Decompressor decompressor;
    for (const ValidBatch& batch : batches_of(file)) {
      const bool compacted = batch.record_count() != batch.last_offset_delta() + 1;
      if (batch.is_control() || compacted || batch.delete_horizon()) continue;
      Bytes sent =
          base::to_bytes(patched_header(batch, Offset(0), model::no_leader_epoch,
                                        TimestampStamp{TimestampType::create_time, Timestamp(0)}));
      base::append(sent, batch.records());
      const ProduceRules rules{.timestamp_type = batch.timestamp_type()};
      const auto taken = take_produced_batch(sent, model::ApiVersion(9)).value();
      const auto produced = validate_produced(taken, rules, batch.max_timestamp(), decompressor);
      ASSERT_TRUE(produced.has_value());
      Bytes appended = base::to_bytes(patched_header(
          produced->batch, batch.base_offset(), batch.partition_leader_epoch(), produced->stamp));
      base::append(appended, produced->batch.records());
      EXPECT_EQ(appended, base::to_bytes(batch.bytes()));
    }
  });
}

// Requests and responses as many clients and brokers exchanged them: wherever a batch with a right
// checksum lies, its records can be read; librdkafka's raw snappy is among them, and xerial snappy.
TEST(GoldenRecords, BatchesOfEveryClientAreRead) {
  const std::string frames = read_path(GREGOR_GOLDEN_FRAMES);
  std::map<std::string, int> found;
  Decompressor decompressor;
  for (BytesView rest = base::as_bytes(frames); rest.size() >= batch_header_bytes;) {
    const auto batch = ValidBatch::parse(rest);
    rest = rest.subspan(batch ? batch->size_bytes() : 1);
    if (!batch) continue;
    const bool xerial = base::as_text(batch->records()).starts_with("\x82SNAPPY");
    ++found[std::string(name_of(batch->codec())) + (xerial ? ", xerial" : "")];
    EXPECT_TRUE(for_each_record(*batch, decompressor, [](const RecordView&) {}).has_value());
  }
  EXPECT_EQ(found.size(), codecs + 1U) << json(found).dump();
  EXPECT_GE(found["none"], 100);
}

}  // namespace
}  // namespace gregor::record
