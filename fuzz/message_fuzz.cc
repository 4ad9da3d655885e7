// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Every message of the protocol in every version: requests, responses, headers, records; or those
// of one family (message_family.h).
//
//   input := kind u8, id u16, version u8, message
//   kind: as protocol/schema.h numbers them; id: the API's key, of what is neither request nor
//   response its place among its kind; what no message has stands for one that is found by
//   counting, so that every input says something
//
// What is accepted is written again: in at most as many bytes as it came in, and from these bytes
// on the same for ever, as message and as bytes, and one in four also as text, which is understood,
// too, and takes four times as long as all else.

#include <algorithm>
#include <map>
#include <utility>

#include "base/ranges.h"
#include "bytes.h"
#include "message_family.h"
#include "messages.h"
#include "protocol/codec.h"
#include "protocol/json.h"
#include "protocol/random_message.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

using protocol::MessageType;

struct Chosen {
  const MessageType* type;
  model::ApiVersion version;
};

// Records of different topics have the same numbers.
std::uint16_t id_of(const MessageType& type) {
  if (type.kind == protocol::MessageKind::request || type.kind == protocol::MessageKind::response)
    return static_cast<std::uint16_t>(type.id);
  std::uint16_t place = 0;
  for (const MessageType* const one : protocol::all_messages()) {
    if (one == &type) break;
    if (one->kind == type.kind) ++place;
  }
  return place;
}

using Numbered = std::map<std::pair<std::uint8_t, std::uint16_t>, const MessageType*>;

// By kind and id.
const Numbered& numbered_messages() {
  static const Numbered numbered = [] {
    Numbered out;
    for (const MessageType* const one : fuzzed_messages())
      out.emplace(std::pair(static_cast<std::uint8_t>(one->kind), id_of(*one)), one);
    return out;
  }();
  return numbered;
}

Chosen choose(Input& input) {
  const auto all = fuzzed_messages();
  const std::uint8_t kind = input.u8();
  const std::uint16_t id = input.u16();
  const std::uint8_t version = input.u8();
  const auto named = numbered_messages().find({kind, id});
  const MessageType* const type =
      named != numbered_messages().end() ? named->second : all[(kind * 256U + id) % all.size()];
  const int count = type->versions.last - type->versions.first + 1;
  return {type,
          model::ApiVersion(static_cast<std::int16_t>(type->versions.first + version % count))};
}

base::Bytes with_prefix(const Chosen& chosen, base::BytesView message) {
  base::Bytes input;
  append_u8(input, static_cast<std::uint8_t>(chosen.type->kind));
  append_u16(input, id_of(*chosen.type));
  append_u8(input,
            static_cast<std::uint64_t>(chosen.version.value() - chosen.type->versions.first));
  base::append(input, message);
  return input;
}

// What one version can say another may lack: then it is refused, or what is written is whole.
void check_other_version(const protocol::AnyMessage& message, std::size_t which) {
  const protocol::Versions all = message.type().versions;
  const model::ApiVersion other(static_cast<std::int16_t>(
      all.first + static_cast<int>(which % static_cast<std::size_t>(all.last - all.first + 1))));
  const auto written = protocol::encode(message, other);
  if (!written) return;
  base::BytesView rest = *written;
  ASSERT(protocol::decode(message.type(), rest, other) && rest.empty(),
         "written in another version, but not understood");
}

// What the format has no room for is refused, and not cut.
void check_refusals(protocol::AnyMessage message, model::ApiVersion version) {
  const auto fields = message.type().structure->fields;
  const auto text = std::ranges::find_if(fields, [&](const protocol::Field& field) {
    return field.type == protocol::FieldType::string && field.container == nullptr &&
           field.versions.contains(version.value());
  });
  if (text == fields.end()) return;
  constexpr std::size_t too_long = 40'000;
  std::byte* const member = message.object() + text->offset;
  protocol::emplace_at<std::string>(*text, member) = std::string(too_long, 'x');
  ASSERT(!protocol::encode(message, version), "a string that is too long was written");
  if (text->nullable.contains(version.value()) || text->nullable.empty()) return;
  protocol::make_null(*text, member);
  ASSERT(!protocol::encode(message, version), "what is never null was written as null");
}

bool is_spelled_out(base::BytesView message) {
  return message.empty() ||
         (std::to_integer<std::size_t>(message[message.size() / 2]) + message.size()) % 4 == 0;
}

void check_text(const protocol::AnyMessage& message, model::ApiVersion version) {
  const MessageType& type = message.type();
  std::string text = protocol::to_json(message, version);
  const auto spelled = protocol::from_json(type, text);
  ASSERT(spelled, "our own text is not understood: " + spelled.error().detail + text);
  ASSERT(text == protocol::to_json(*spelled, version), "understood as something else: " + text);
  if (text.size() < 8) return;
  text[text.size() / 2] ^= 1;  // a name, a number, a bracket
  if (const auto changed = protocol::from_json(type, text))
    ASSERT(protocol::from_json(type, protocol::to_json(*changed, version)), text);
}

void check(const Chosen& chosen, base::BytesView message) {
  base::BytesView rest = message;
  const auto read = protocol::decode(*chosen.type, rest, chosen.version);
  if (!read) return;
  const std::size_t used = message.size() - rest.size();
  const auto written = protocol::encode(*read, chosen.version);
  ASSERT(written, "what was read cannot be written: " + written.error().detail);
  ASSERT(written->size() <= used, "written in more bytes than it was read from");
  rest = *written;
  auto again = protocol::decode(*chosen.type, rest, chosen.version);
  ASSERT(again, "what was written cannot be read: " + again.error().detail);
  ASSERT(rest.empty(), "what was written is not read to its end");
  ASSERT(protocol::encode(*again, chosen.version) == *written, "written differently again");
  // NaN is not equal to itself.
  ASSERT(protocol::equal(*read, *again) || protocol::to_json(*read, chosen.version).contains("NaN"),
         protocol::to_json(*read, chosen.version));
  ASSERT(protocol::find_message(chosen.type->name) == chosen.type, "found as another one by name");
  check_other_version(*read, used);
  if (is_spelled_out(message)) check_text(*again, chosen.version);
  check_refusals(std::move(*again), chosen.version);
}

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  const auto all = fuzzed_messages();
  const MessageType* const type = all[prng.below(all.size())];
  const model::ApiVersion version(
      static_cast<std::int16_t>(prng.between(type->versions.first, type->versions.last)));
  const protocol::AnyMessage message = protocol::random_message(*type, prng, version);
  const auto bytes = protocol::encode(message, version);
  ASSERT(bytes);
  return with_prefix({type, version}, *bytes);
}

void change_input(base::Bytes& input, base::Prng& prng) {
  Input reader{base::BytesView(input)};
  const Chosen chosen = choose(reader);
  base::BytesView rest = reader.rest();
  auto message = protocol::decode(*chosen.type, rest, chosen.version);
  if (!message) return disturb(input, prng);
  for (std::uint64_t left = 1 + prng.below(3); left > 0; --left)
    protocol::change_one_field(*message, prng, chosen.version);
  if (const auto bytes = protocol::encode(*message, chosen.version))
    input = with_prefix(chosen, *bytes);
}

std::vector<base::Bytes> golden_inputs(const std::string& checkout) {
  std::vector<base::Bytes> inputs;
  for (const GoldenFrame& frame : read_golden_frames(checkout)) {
    const MessageType* const type = frame.is_request ? frame.api->request : frame.api->response;
    const model::ApiVersion header_version =
        frame.is_request ? protocol::request_header_version(*frame.api, frame.version)
                         : protocol::response_header_version(*frame.api, frame.version);
    const MessageType* const header =
        protocol::find_message(frame.is_request ? "RequestHeader" : "ResponseHeader");
    base::BytesView rest = frame.bytes;
    if (!base::contains(fuzzed_messages(), type)) continue;
    if (!protocol::decode(*header, rest, header_version)) continue;
    inputs.push_back(with_prefix({type, frame.version}, rest));
  }
  return inputs;
}

// An element takes at least one byte of the input, and no struct of the table reaches this size.
std::size_t allocation_bytes_max(std::size_t input_bytes) { return 65'536 + input_bytes * 512; }

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  fuzz::Input input(data, size);
  const fuzz::Chosen chosen = fuzz::choose(input);
  fuzz::check(chosen, input.rest());
  return 0;
}
