// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What Gregor makes of the inputs of frame_fuzz and record_batch_fuzz, for comparison with what
// Kafka makes of them (differential.py): a line for each input,
//
//   name TAB what TAB API key TAB version TAB bytes TAB verdict TAB content TAB text
//     what      request | response (the frame without its size) | batch
//     bytes     hexadecimal: what both are to read
//     verdict   yes | no
//     content   what was read: a frame, written again (hexadecimal), or the records of a batch; or
//               why it was refused
//     text      "text" if a string in the frame, or a header's key, is not UTF-8, else empty
//
//   verdicts frame|batch FOLDER

#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "bytes.h"
#include "protocol/frame.h"
#include "protocol/json.h"
#include "record/record.h"
#include "record/test_seals.h"

namespace gregor::fuzz {
namespace {

std::string hex(base::BytesView bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<int>(byte));
  return text;
}

struct Verdict {
  std::string content;  // or why not
  bool accepted = false;
  bool odd_text = false;
};

Verdict refusal(const model::Error& error) { return {error.detail, false, false}; }

bool is_utf8(std::string_view text) {
  // Kafka replaces what is not; so does our JSON.
  protocol::RequestHeader header;
  header.client_id = std::string(text);
  const auto version = model::ApiVersion{1};
  const auto there = protocol::from_json(protocol::RequestHeader::message_type,
                                         protocol::to_json(header, version));
  return there && there->as<protocol::RequestHeader>().client_id == text;
}

bool has_odd_text(const protocol::StructType& type, const std::byte* object) {
  for (const std::span<const protocol::Field> fields : {type.fields, type.tagged}) {
    for (const protocol::Field& field : fields) {
      const std::byte* at = object + field.offset;
      protocol::Elements elements{at, 1, false};
      std::size_t stride = 0;
      if (field.container != nullptr) {
        elements = field.container->view(at);
        stride = field.container->stride;
      }
      for (std::size_t i = 0; i < elements.count; ++i) {
        at = elements.data + i * stride;
        if (field.structure != nullptr) {
          if (has_odd_text(*field.structure, at)) return true;
        } else if (field.type == protocol::FieldType::string) {
          const auto* const text = protocol::value_at<std::string>(field, at);
          if (text != nullptr && !is_utf8(*text)) return true;
        }
      }
    }
  }
  return false;
}

Verdict judge_message(const protocol::MessageType& header_type, model::ApiVersion header_version,
                      const protocol::MessageType& type, model::ApiVersion version,
                      base::BytesView frame) {
  const auto header = protocol::decode(header_type, frame, header_version);
  if (!header) return refusal(header.error());
  const auto message = protocol::decode(type, frame, version);
  if (!message) return refusal(message.error());
  const auto header_again = protocol::encode(*header, header_version);
  const auto again = protocol::encode(*message, version);
  ASSERT(header_again && again, "what was read cannot be written");
  return {hex(*header_again) + hex(*again), true,
          has_odd_text(*header_type.structure, header->object()) ||
              has_odd_text(*type.structure, message->object())};
}

std::string text_of(const std::optional<base::BytesView>& bytes) {
  return bytes ? hex(*bytes) : "null";
}

// As a consumer reads it: checksum, then every record.
Verdict judge_batch(base::BytesView bytes) {
  const auto batch = record::ValidBatch::parse(bytes);
  if (!batch) return refusal(batch.error());
  Verdict verdict{
      fmt::format("{} {} {} {} {} {}", batch->base_offset().value(), batch->last_offset().value(),
                  batch->producer_id().value(), batch->producer_epoch().value(),
                  batch->base_sequence().value(), batch->size_bytes()),
      true, false};
  record::Decompressor decompressor;
  const auto walked =
      record::for_each_record(*batch, decompressor, [&](const record::RecordView& record) {
        verdict.content +=
            fmt::format(" [{} {} {} {}", record.offset.value(), record.timestamp.value(),
                        text_of(record.key), text_of(record.value));
        for (const record::Header& header : record.headers) {
          verdict.odd_text = verdict.odd_text || !is_utf8(header.key);
          verdict.content +=
              fmt::format(" {}={}", hex(base::as_bytes(header.key)), text_of(header.value));
        }
        verdict.content += "]";
      });
  if (!walked) return refusal(walked.error());
  return verdict;
}

void print(const std::string& name, std::string_view what, int key, int version,
           base::BytesView bytes, const Verdict& verdict) {
  std::string content = verdict.content;
  for (char& c : content)
    if (c < ' ' || c > '~') c = '?';
  fmt::print("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", name, what, key, version, hex(bytes),
             verdict.accepted ? "yes" : "no", content, verdict.odd_text ? "text" : "");
}

void read_frame_input(const std::string& name, Input input) {
  const auto request_header = protocol::find_message("RequestHeader");
  const auto response_header = protocol::find_message("ResponseHeader");
  const bool is_request = input.u8() == 0;
  std::int16_t key = 0;
  model::ApiVersion version;
  if (is_request) {
    if (input.rest().size() < 4) return;
    key = base::load_big_endian<std::int16_t>(input.rest().data());
    version = model::ApiVersion{base::load_big_endian<std::int16_t>(input.rest().data() + 2)};
  } else {
    key = static_cast<std::int16_t>(input.u16());
    version = model::ApiVersion{input.u8()};
  }
  const protocol::Api* const api = protocol::find_api(model::ApiKey{key});
  if (api == nullptr || !api->kafka41.contains(version)) return;
  const Verdict verdict =
      is_request ? judge_message(*request_header, protocol::request_header_version(*api, version),
                                 *api->request, version, input.rest())
                 : judge_message(*response_header, protocol::response_header_version(*api, version),
                                 *api->response, version, input.rest());
  print(name, is_request ? "request" : "response", key, version.value(), input.rest(), verdict);
}

void read_batch_input(const std::string& name, Input input) {
  const std::uint8_t options = input.u8();
  base::Bytes bytes = base::to_bytes(input.rest());
  if ((options & 1) != 0) record::reseal(bytes);
  print(name, "batch", 0, 0, bytes, judge_batch(bytes));
}

}  // namespace
}  // namespace gregor::fuzz

int main(int count, char** arguments) {
  using namespace gregor;
  const std::string_view what = count == 3 ? arguments[1] : "";
  if (what != "frame" && what != "batch") {
    std::cerr << "usage: " << arguments[0] << " frame|batch FOLDER\n";
    return 2;
  }
  for (const std::string& file : fuzz::files_below(arguments[2])) {
    const base::Bytes bytes = fuzz::read_file(file);
    const std::string name = std::filesystem::path(file).filename();
    if (what == "frame")
      fuzz::read_frame_input(name, fuzz::Input(base::BytesView(bytes)));
    else
      fuzz::read_batch_input(name, fuzz::Input(base::BytesView(bytes)));
  }
  return 0;
}
