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

namespace {

class Sense {
 public:
  Sense(protocol::AnyMessage& message, base::Prng& prng, model::ApiVersion version,
        const std::vector<model::Uuid>& topic_ids)
      : message_(message), prng_(prng), version_(version.value()), topic_ids_(topic_ids) {}

  void structure(const protocol::StructType& type, std::byte* object) {
    for (const std::span<const Field> fields : {type.fields, type.tagged}) {
      for (const Field& field : fields) {
        if (!field.versions.contains(version_)) continue;
        std::byte* const at = object + field.offset;
        if (field.container == nullptr) {
          if (!is_null(field, at)) value(field, at);
          continue;
        }
        const protocol::Elements elements = field.container->view(at);
        for (std::size_t i = 0; i < elements.count; ++i)
          value(field, const_cast<std::byte*>(elements.data) + i * field.container->stride);
      }
    }
  }

 private:
  static bool is_null(const Field& field, const std::byte* at) {
    if (field.type == FieldType::string)
      return protocol::value_at<std::string>(field, at) == nullptr;
    return false;
  }

  void value(const Field& field, std::byte* at) {
    if (field.structure != nullptr) return structure(*field.structure, at);
    if (prng_.chance(1, 8)) return;  // as random as it was
    switch (field.type) {
      case FieldType::string:
        return name(protocol::emplace_at<std::string>(field, at));
      case FieldType::uuid:
        if (!topic_ids_.empty()) protocol::store(at, topic_ids_[prng_.below(topic_ids_.size())]);
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
    protocol::store(at, number);
  }

  void name(std::string& text) {
    static constexpr std::array<std::string_view, 20> names{"t",
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
    text = names[prng_.below(names.size())];
  }

  protocol::AnyMessage& message_;
  base::Prng& prng_;
  std::int16_t version_;
  const std::vector<model::Uuid>& topic_ids_;
};

}  // namespace

protocol::AnyMessage plausible_message(const protocol::MessageType& type, base::Prng& prng,
                                       model::ApiVersion version,
                                       const std::vector<model::Uuid>& topic_ids) {
  protocol::AnyMessage message = protocol::random_message(type, prng, version);
  Sense(message, prng, version, topic_ids).structure(*type.structure, message.object());
  return message;
}

}  // namespace gregor::fuzz
