// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "messages.h"

#include <array>
#include <sstream>

#include "bytes.h"
#include "protocol/random_message.h"
#include "record/builder.h"

namespace gregor::fuzz {

using protocol::Field;
using protocol::FieldType;

std::vector<GoldenFrame> read_golden_frames(const std::string& checkout) {
  const std::string folder = checkout + "/src/protocol/testdata/";
  const base::Bytes index = read_file(folder + "golden_frames.txt");
  const base::Bytes all = read_file(folder + "golden_frames.bin");
  std::istringstream lines{std::string(base::as_text(index))};
  std::vector<GoldenFrame> frames;
  std::size_t at = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::size_t size = 0;
    std::string direction;
    std::int16_t key = 0;
    std::int16_t version = 0;
    words >> size >> direction >> key >> version;
    GoldenFrame frame{.is_request = direction == "request",
                      .api = protocol::find_api(model::ApiKey{key}),
                      .version = model::ApiVersion{version},
                      .bytes = base::to_bytes(base::BytesView(all).subspan(at, size))};
    at += size;
    if (frame.api != nullptr && frame.api->versions.contains(frame.version))
      frames.push_back(std::move(frame));
  }
  return frames;
}

base::Bytes random_batch(base::Prng& prng) {
  record::BatchOptions options;
  options.codec = static_cast<record::Codec>(prng.below(record::codecs));
  if (prng.chance(1, 3)) {
    options.producer_id = model::ProducerId(prng.between(0, 3));
    options.producer_epoch = model::ProducerEpoch(static_cast<std::int16_t>(prng.below(3)));
    options.base_sequence = model::SequenceNumber(static_cast<std::int32_t>(prng.below(8)));
    options.transactional = prng.chance(1, 3);
  }
  record::BatchBuilder builder(options);
  static constexpr std::array<std::string_view, 4> texts{"", "a", "value", "another value"};
  for (std::uint64_t left = 1 + prng.below(4); left > 0; --left) {
    const std::array headers{record::Header{"h", base::as_bytes(texts[prng.below(texts.size())])}};
    record::NewRecord record{
        .timestamp = model::Timestamp(1'700'000'000'000 + prng.between(-5, 5)),
        .key = std::nullopt,
        .value = base::as_bytes(texts[prng.below(texts.size())]),
    };
    if (prng.chance(1, 2)) record.key = base::as_bytes(texts[prng.below(texts.size())]);
    if (prng.chance(1, 4)) record.headers = headers;
    builder.add(record);
  }
  return builder.finish();
}

std::vector<std::string> common_names() {
  return {"t",
          "t",
          "t",
          "u",
          "u",
          "new",
          "1",
          "group",
          "retention.ms",
          "1000",
          "segment.bytes",
          "cleanup.policy",
          "compact",
          "delete",
          "PLAINTEXT",
          "flush.messages",
          "max.message.bytes",
          "/data",
          "__consumer_offsets",
          ""};
}

bool names_topic(const protocol::StructType& type, const Field& field) {
  if (field.name.starts_with("TopicName") || field.name == "Topic") return true;
  const bool of_topic = type.name.contains("Topic") && !type.name.contains("Config");
  return of_topic && (field.name == "Name" || field.name == "Topics");
}

namespace {

bool names_group(const Field& field) {
  return field.name.starts_with("Group") || field.name.starts_with("TransactionalId") ||
         field.name == "Key" || field.name == "CoordinatorKeys";
}

class Sense {
 public:
  Sense(protocol::AnyMessage& message, base::Prng& prng, model::ApiVersion version,
        const Vocabulary& vocabulary)
      : message_(message), prng_(prng), version_(version.value()), vocabulary_(vocabulary) {}

  void structure(const protocol::StructType& type, std::byte* object) {
    for (const std::span<const Field> fields : {type.fields, type.tagged}) {
      for (const Field& field : fields) {
        if (!field.versions.contains(version_)) continue;
        std::byte* const at = object + field.offset;
        if (field.container == nullptr) {
          if (!is_null(field, at)) value(type, field, at);
          continue;
        }
        const protocol::Elements elements = field.container->view(at);
        for (std::size_t i = 0; i < elements.count; ++i)
          value(type, field, const_cast<std::byte*>(elements.data) + i * field.container->stride);
      }
    }
  }

 private:
  static bool is_null(const Field& field, const std::byte* at) {
    if (field.type == FieldType::string)
      return protocol::value_at<std::string>(field, at) == nullptr;
    return false;
  }

  // Of a field of this struct.
  void value(const protocol::StructType& type, const Field& field, std::byte* at) {
    if (field.structure != nullptr) return structure(*field.structure, at);
    if (prng_.chance(1, 8)) return;  // as random as it was
    switch (field.type) {
      case FieldType::string:
        protocol::emplace_at<std::string>(field, at) = one_of(names_for(type, field));
        return;
      case FieldType::uuid:
        if (!vocabulary_.topic_ids.empty()) protocol::store(at, one_of(vocabulary_.topic_ids));
        return;
      case FieldType::records:
        protocol::emplace_at<protocol::Records>(field, at) =
            protocol::Records(message_.keep(random_batch(prng_)));
        return;
      case FieldType::int8:
        return protocol::store(at, static_cast<std::int8_t>(prng_.between(-1, 2)));
      case FieldType::int16:
        return protocol::store(at, static_cast<std::int16_t>(prng_.between(-1, 2)));
      case FieldType::int32:
        return number32(field, at);
      case FieldType::int64:
        return protocol::store(at, prng_.between(-2, 12));
      default:
        return;
    }
  }

  void number32(const Field& field, std::byte* at) {
    std::int32_t number = static_cast<std::int32_t>(prng_.between(-1, 3));
    if (field.name.ends_with("Bytes") && prng_.chance(7, 8)) number = 1 << prng_.below(21);
    if (field.name.ends_with("Ms") && prng_.chance(7, 8))
      number = static_cast<std::int32_t>(prng_.below(1'000));
    // The least that groups allow.
    if (field.name == "SessionTimeoutMs" && !vocabulary_.groups.empty()) number = 6'000;
    protocol::store(at, number);
  }

  template <class T>
  const T& one_of(const std::vector<T>& values) {
    return values[prng_.below(values.size())];
  }

  [[nodiscard]] const std::vector<std::string>& names_for(const protocol::StructType& type,
                                                          const Field& field) const {
    const Vocabulary& known = vocabulary_;
    if (!known.topics.empty() && names_topic(type, field)) return known.topics;
    if (!known.groups.empty() && names_group(field)) return known.groups;
    return known.names;
  }

  protocol::AnyMessage& message_;
  base::Prng& prng_;
  std::int16_t version_;
  const Vocabulary& vocabulary_;
};

}  // namespace

protocol::AnyMessage plausible_message(const protocol::MessageType& type, base::Prng& prng,
                                       model::ApiVersion version, const Vocabulary& vocabulary) {
  ASSERT(!vocabulary.names.empty());
  protocol::AnyMessage message = protocol::random_message(type, prng, version);
  Sense(message, prng, version, vocabulary).structure(*type.structure, message.object());
  return message;
}

}  // namespace gregor::fuzz
