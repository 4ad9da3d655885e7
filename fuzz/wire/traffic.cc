// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/traffic.h"

#include <algorithm>
#include <array>
#include <limits>

#include "fuzz/bytes.h"
#include "protocol/api_keys.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/random_message.h"

namespace gregor::fuzz::wire {
namespace {

constexpr std::uint64_t requests_max = 8;  // of a conversation, the probe not counted
constexpr int attempts_max = 20;           // to find a request that is permitted
constexpr std::size_t key_at = 4, version_at = 6, body_at = 12;  // in a frame with its size
constexpr const char* client_id = "gregor-fuzz";

// How often each kind is sent, in parts of their sum.
struct Share {
  Kind kind;
  std::uint64_t weight;
};
constexpr std::array shares{
    Share{Kind::plausible, 36},  Share{Kind::extreme, 10},   Share{Kind::changed, 12},
    Share{Kind::damaged, 18},    Share{Kind::inflated, 8},   Share{Kind::unserved_version, 6},
    Share{Kind::unknown_api, 3}, Share{Kind::wrong_size, 5}, Share{Kind::stranger, 2},
};

bool is_sound(Kind kind) {
  return kind == Kind::plausible || kind == Kind::extreme || kind == Kind::changed;
}

Kind draw_kind(base::Prng& prng, bool only_sound) {
  const auto weight = [&](const Share& share) {
    return only_sound && !is_sound(share.kind) ? 0 : share.weight;
  };
  std::uint64_t sum = 0;
  for (const Share& share : shares) sum += weight(share);
  std::uint64_t left = prng.below(sum);
  for (const Share& share : shares) {
    if (left < weight(share)) return share.kind;
    left -= weight(share);
  }
  return Kind::plausible;
}

bool ends_conversation(Kind kind) { return kind == Kind::wrong_size || kind == Kind::stranger; }

void correct_size(base::Bytes& frame) {
  if (frame.size() < protocol::frame_size_bytes) frame.resize(protocol::frame_size_bytes);
  base::store_big_endian(frame.data(),
                         static_cast<std::int32_t>(frame.size() - protocol::frame_size_bytes));
}

void damage(base::Bytes& frame, base::Prng& prng) {
  // Mostly after what names the request.
  const std::size_t from = prng.chance(3, 4) ? body_at : protocol::frame_size_bytes;
  const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(std::min(from, frame.size()));
  base::Bytes rest(begin, frame.end());
  disturb(rest, prng);
  frame.erase(begin, frame.end());
  base::append(frame, rest);
  correct_size(frame);
}

// Writes a length over some bytes of the body, plain or compact.
void inflate(base::Bytes& frame, base::Prng& prng) {
  static constexpr std::array<std::int32_t, 6> lengths{
      std::numeric_limits<std::int32_t>::max(), 0x7fff'fff0, 0x4000'0000, 0x0010'0000, -2,
      std::numeric_limits<std::int32_t>::min()};
  base::Bytes length;
  if (prng.chance(1, 2)) {
    base::append_big_endian(length, lengths[prng.below(lengths.size())]);
  } else {
    length.assign(4, std::byte{0xff});
    length.push_back(prng.chance(1, 2) ? std::byte{0x07} : std::byte{0x0f});
  }
  if (frame.size() < body_at + length.size()) frame.resize(body_at + length.size());
  const std::size_t at = body_at + prng.below(frame.size() - length.size() - body_at + 1);
  std::ranges::copy(length, frame.begin() + static_cast<std::ptrdiff_t>(at));
  correct_size(frame);
}

void write_wrong_size(base::Bytes& frame, base::Prng& prng) {
  const auto right = static_cast<std::int32_t>(frame.size() - protocol::frame_size_bytes);
  const std::array<std::int32_t, 8> sizes{
      -1,
      std::numeric_limits<std::int32_t>::min(),
      std::numeric_limits<std::int32_t>::max(),
      (100 << 20) + 1,  // more than socket.request.max.bytes has by default
      static_cast<std::int32_t>(prng.below(8)),
      right + 1 + static_cast<std::int32_t>(prng.below(1000)),
      right + (1 << 20),
      static_cast<std::int32_t>(prng.below(static_cast<std::uint64_t>(right)))};
  base::store_big_endian(frame.data(), sizes[prng.below(sizes.size())]);
}

base::Bytes strange_bytes(base::Prng& prng) {
  using namespace std::literals;
  static constexpr std::array greetings{
      "GET / HTTP/1.1\r\nHost: broker\r\n\r\n"sv,
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"sv,
      "SSH-2.0-OpenSSH_9.2\r\n"sv,
      "EHLO broker\r\n"sv,
  };
  if (prng.chance(1, 2))
    return base::to_bytes(base::as_bytes(greetings[prng.below(greetings.size())]));
  return random_bytes(prng, 64);
}

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t number) {
  // Far apart for neighbours; Prng mixes the rest.
  return seed ^ ((number + 1) * 0x9e3779b97f4a7c15);
}

}  // namespace

std::string_view name_of(Kind kind) {
  static constexpr std::array<std::string_view, kinds> names{
      "probe",    "plausible",        "extreme",     "changed",    "damaged",
      "inflated", "unserved version", "unknown api", "wrong size", "stranger"};
  return names[static_cast<std::size_t>(kind)];
}

// Writes the requests of one conversation.
class Traffic::Writer {
 public:
  Writer(const Traffic& traffic, std::uint64_t number)
      : traffic_(traffic),
        prng_(seed_of(traffic.seed_, number)),
        correlation_id_(static_cast<std::uint32_t>(prng_.next())) {}

  Conversation write(std::uint64_t number) {
    Conversation conversation{.number = number};
    if (prng_.chance(1, 8)) conversation.piece_bytes = 1 + prng_.below(64);
    // What ends the connection hides what comes after it: half of all conversations go on.
    const bool only_sound = prng_.chance(1, 2);
    for (std::uint64_t left = 1 + prng_.below(requests_max); left > 0; --left) {
      conversation.requests.push_back(permitted_request(only_sound));
      if (ends_conversation(conversation.requests.back().kind)) return conversation;
    }
    // What comes before is settled when this is answered, also what has no answer.
    conversation.requests.push_back(probe());
    return conversation;
  }

  Request probe() {
    const auto key = protocol::api_key::api_versions;
    const model::ApiVersion version{std::max<std::int16_t>(0, traffic_.served_.of(key).first)};
    return frame_of(Kind::probe, protocol::ApiVersionsRequest{}, version, usual_header());
  }

 private:
  Request permitted_request(bool only_sound) {
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
      Request request = any_request(draw_kind(prng_, only_sound));
      if (permitted(traffic_.limits_, traffic_.served_, request.bytes)) return request;
    }
    return probe();
  }

  Request any_request(Kind kind) {
    if (kind == Kind::stranger) return {kind, "no request of Kafka's", strange_bytes(prng_)};
    Request request = sound_request(kind);
    switch (kind) {
      case Kind::damaged:
        damage(request.bytes, prng_);
        break;
      case Kind::inflated:
        inflate(request.bytes, prng_);
        break;
      case Kind::unserved_version:
        put_unserved_version(request);
        break;
      case Kind::unknown_api:
        put_unknown_api(request);
        break;
      case Kind::wrong_size:
        write_wrong_size(request.bytes, prng_);
        break;
      default:
        break;
    }
    return request;
  }

  const Choice& choose(Kind kind) {
    // The one API whose versions are refused in words.
    const auto versions = std::ranges::find(traffic_.apis_, protocol::api_key::api_versions,
                                            [](const Choice& choice) { return choice.api->key; });
    if (kind == Kind::unserved_version && versions != traffic_.apis_.end() && prng_.chance(1, 4))
      return *versions;
    return traffic_.apis_[prng_.below(traffic_.apis_.size())];
  }

  Request sound_request(Kind kind) {
    const Choice& choice = choose(kind);
    const model::ApiVersion version(
        static_cast<std::int16_t>(prng_.between(choice.versions.first, choice.versions.last)));
    const protocol::MessageType& type = *choice.api->request;
    if (kind == Kind::extreme) {
      const auto message = protocol::random_message(type, prng_, version);
      return frame_of(kind, message, version, any_header(*choice.api, version));
    }
    auto message = plausible_message(type, prng_, version, traffic_.vocabulary_);
    if (kind == Kind::changed) protocol::change_one_field(message, prng_, version);
    return frame_of(kind, message, version, usual_header());
  }

  Request frame_of(Kind kind, protocol::MessageView message, model::ApiVersion version,
                   protocol::RequestHeader header) {
    const protocol::Api& api = *protocol::find_api(model::ApiKey{message.type().id});
    // Each of a conversation is another, or answers could not be told apart.
    header.correlation_id = static_cast<std::int32_t>(correlation_id_++);
    auto frame = protocol::encode_request_frame(std::move(header), message, version);
    ASSERT(frame, frame ? "" : frame.error().detail);
    return {kind, std::string(api.name) + " version " + to_string(version), std::move(*frame)};
  }

  static protocol::RequestHeader usual_header() {
    protocol::RequestHeader header;
    header.client_id = client_id;
    return header;
  }
  protocol::RequestHeader any_header(const protocol::Api& api, model::ApiVersion version) {
    return protocol::random_message<protocol::RequestHeader>(
        prng_, protocol::request_header_version(api, version));
  }

  void put_unserved_version(Request& request) {
    const model::ApiKey key{base::load_big_endian<std::int16_t>(request.bytes.data() + key_at)};
    const protocol::Versions served = traffic_.served_.of(key);
    const std::array<std::int16_t, 5> versions{
        static_cast<std::int16_t>(served.last + 1), static_cast<std::int16_t>(served.last + 100),
        static_cast<std::int16_t>(served.first - 1), std::numeric_limits<std::int16_t>::max(),
        std::numeric_limits<std::int16_t>::min()};
    const std::int16_t version = versions[prng_.below(versions.size())];
    base::store_big_endian(request.bytes.data() + version_at, version);
    request.name += " as " + std::to_string(version);
  }

  void put_unknown_api(Request& request) {
    std::int16_t key = 0;
    do {
      key = static_cast<std::int16_t>(prng_.chance(1, 2) ? prng_.between(-4, 200)
                                                         : prng_.between(-32768, 32767));
    } while (traffic_.served_.contains(model::ApiKey{key}));
    base::store_big_endian(request.bytes.data() + key_at, key);
    request.name += " as API " + std::to_string(key);
  }

  const Traffic& traffic_;
  base::Prng prng_;
  std::uint32_t correlation_id_;
};

Traffic::Traffic(std::uint64_t seed, Served served, Limits limits, Vocabulary vocabulary)
    : seed_(seed),
      served_(std::move(served)),
      limits_(std::move(limits)),
      vocabulary_(std::move(vocabulary)) {
  for (const protocol::Api& api : protocol::all_apis()) {
    if (!limits_.apis.contains(api.key)) continue;
    const protocol::Versions theirs = served_.of(api.key);
    const protocol::Versions common{std::max(theirs.first, api.versions.first),
                                    std::min(theirs.last, api.versions.last)};
    if (!theirs.empty() && !common.empty()) apis_.push_back({&api, common});
  }
  ASSERT(!apis_.empty(), "nothing can be sent");
}

Conversation Traffic::conversation(std::uint64_t number) const {
  return Writer(*this, number).write(number);
}

Conversation Traffic::probe() const {
  Conversation conversation;
  conversation.requests.push_back(Writer(*this, 0).probe());
  return conversation;
}

}  // namespace gregor::fuzz::wire
