// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/api_keys.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/produce.h"

namespace gregor::fuzz::wire {
namespace {

using protocol::Field;
using protocol::FieldType;

// Nobody listens longer.
constexpr std::chrono::milliseconds agreed_wait_max{30'000};
constexpr std::size_t header_bytes_min = 8;  // key, version, correlation id

// The sum of all fields that are milliseconds: what a request may have to wait, or more.
std::int64_t milliseconds_in(const protocol::StructType& type, const std::byte* object) {
  std::int64_t sum = 0;
  for (const std::span<const Field> fields : {type.fields, type.tagged}) {
    for (const Field& field : fields) {
      const std::byte* const at = object + field.offset;
      if (field.type == FieldType::int32 && !field.array && field.name.ends_with("Ms"))
        sum += std::max(0, protocol::load<std::int32_t>(at));
      if (field.structure == nullptr) continue;
      if (field.container == nullptr) {
        sum += milliseconds_in(*field.structure, at);
        continue;
      }
      const protocol::Elements elements = field.container->view(at);
      for (std::size_t i = 0; i < elements.count; ++i)
        sum += milliseconds_in(*field.structure, elements.data + i * field.container->stride);
    }
  }
  return sum;
}

// Members of a group wait for each other, as long as any one of them asked for.
bool waits_for_others(const protocol::Api& api) {
  return api.key == protocol::api_key::join_group || api.key == protocol::api_key::sync_group;
}

std::optional<std::chrono::milliseconds> wait_asked_by(const protocol::Api& api,
                                                       const protocol::AnyMessage& message) {
  if (waits_for_others(api)) return std::nullopt;
  const std::chrono::milliseconds sum{milliseconds_in(*message.type().structure, message.object())};
  if (sum > agreed_wait_max) return std::nullopt;
  return sum;
}

std::string name_of_request(const protocol::Api* api, model::ApiKey key, std::int16_t version) {
  return fmt::format("{} version {}",
                     api == nullptr ? fmt::format("API {}", key.value()) : std::string(api->name),
                     version);
}

}  // namespace

void Judge::sent(base::BytesView bytes, bool plain) {
  const std::size_t request = outcomes_.size();
  outcomes_.push_back(Outcome::open);
  all_plain_ = all_plain_ && plain;
  stream_.add(bytes);
  while (const auto frame = stream_.next()) open_.push_back(read_request(*frame, request));
}

Judge::Asked Judge::read_request(base::BytesView frame, std::size_t request) const {
  Asked asked{.request = request, .expect = Expect::refusal, .name = "a frame without a header"};
  if (frame.size() < header_bytes_min) return asked;
  const model::ApiKey key{base::load_big_endian<std::int16_t>(frame.data())};
  asked.version = model::ApiVersion{base::load_big_endian<std::int16_t>(frame.data() + 2)};
  asked.correlation_id = base::load_big_endian<std::int32_t>(frame.data() + 4);
  const protocol::Api* const api = protocol::find_api(key);
  asked.name = name_of_request(api, key, asked.version.value());
  if (!served_->of(key).contains(asked.version)) {
    if (key == protocol::api_key::api_versions) asked.expect = Expect::version_refusal;
    return asked;
  }
  asked.expect = Expect::answer;
  if (api == nullptr || !api->versions.contains(asked.version)) return asked;
  asked.api = api;
  if (key == protocol::api_key::produce) asked.expect = Expect::anything;
  const auto header = protocol::decode_request_header(frame);
  if (!header) return asked;
  const auto message = protocol::decode(*api->request, frame, asked.version);
  if (!message) return asked;
  asked.agreed_wait = wait_asked_by(*api, *message);
  if (key == protocol::api_key::produce) {
    const bool acks = message->as<protocol::ProduceRequest>().acks != 0;
    asked.expect = acks ? Expect::answer : Expect::silence;
  }
  return asked;
}

std::optional<Verdict> Judge::received(base::BytesView bytes) {
  answers_.add(bytes);
  while (const auto frame = answers_.next())
    if (auto verdict = judge_answer(*frame)) return verdict;
  if (answers_.broken())
    return Verdict{Fault::malformed_answer, "an answer of a size that no frame has",
                   open_.empty() ? outcomes_.size() - 1 : open_.front().request};
  return std::nullopt;
}

std::optional<Verdict> Judge::judge_answer(base::BytesView frame) {
  if (frame.size() < sizeof(std::int32_t))
    return Verdict{Fault::malformed_answer, "an answer without a correlation id",
                   open_.empty() ? outcomes_.size() - 1 : open_.front().request};
  const auto id = base::load_big_endian<std::int32_t>(frame.data());
  const auto asked = std::ranges::find(open_, std::optional(id), &Asked::correlation_id);
  if (asked == open_.end()) return no_such_request(id);
  while (open_.begin() != asked && open_.front().may_stay_silent()) settle_front(Outcome::silent);
  const Asked& first = open_.front();
  if (first.correlation_id != id) {
    if (first.expect == Expect::refusal || first.expect == Expect::version_refusal)
      return Verdict{Fault::wrong_refusal,
                     fmt::format("{} was passed over, and the connection went on", first.name),
                     first.request};
    return Verdict{Fault::out_of_order,
                   fmt::format("{} was answered before {}", asked->name, first.name),
                   asked->request};
  }
  auto verdict = judge_body(first, frame);
  answered_.insert(id);
  settle_front(Outcome::answered);
  return verdict;
}

std::optional<Verdict> Judge::no_such_request(std::int32_t correlation_id) const {
  const std::size_t request = open_.empty() ? outcomes_.size() - 1 : open_.front().request;
  if (answered_.contains(correlation_id))
    return Verdict{Fault::unasked_answer,
                   fmt::format("a second answer with correlation id {}", correlation_id), request};
  if (open_.empty())
    return Verdict{
        Fault::unasked_answer,
        fmt::format("an answer with correlation id {}, and nothing is open", correlation_id),
        request};
  return Verdict{Fault::wrong_correlation_id,
                 fmt::format("correlation id {} in an answer, where {} had {}", correlation_id,
                             open_.front().name, open_.front().correlation_id.value_or(0)),
                 request};
}

std::optional<Verdict> Judge::judge_body(const Asked& asked, base::BytesView frame) {
  switch (asked.expect) {
    case Expect::silence:
      return Verdict{Fault::answered_without_acks, asked.name + " with acks=0 was answered",
                     asked.request};
    case Expect::refusal:
      return Verdict{
          Fault::wrong_refusal,
          fmt::format("{} is not served, and was answered with {} bytes", asked.name, frame.size()),
          asked.request};
    case Expect::version_refusal:
      return judge_version_refusal(asked, frame);
    case Expect::answer:
    case Expect::anything:
      break;
  }
  if (asked.api == nullptr) return std::nullopt;  // newer than our schema
  const auto header = protocol::decode_response_header(*asked.api, asked.version, frame);
  if (!header)
    return Verdict{Fault::malformed_answer, asked.name + ": " + header.error().detail,
                   asked.request};
  const auto message = protocol::decode(*asked.api->response, frame, asked.version);
  if (!message)
    return Verdict{Fault::malformed_answer, asked.name + ": " + message.error().detail,
                   asked.request};
  if (!frame.empty())
    return Verdict{
        Fault::trailing_bytes,
        fmt::format("{}: {} bytes after the end of the answer", asked.name, frame.size()),
        asked.request};
  return std::nullopt;
}

std::optional<Verdict> Judge::judge_version_refusal(const Asked& asked, base::BytesView frame) {
  frame = frame.subspan(sizeof(std::int32_t));
  const auto answer = protocol::decode<protocol::ApiVersionsResponse>(frame, model::ApiVersion{0});
  if (answer && frame.empty() && answer->error_code == model::ErrorCode::unsupported_version)
    return std::nullopt;
  return Verdict{
      Fault::wrong_refusal,
      asked.name + " is not served, and the answer is not version 0 with UNSUPPORTED_VERSION",
      asked.request};
}

std::optional<Verdict> Judge::closed() {
  const bool owed = !open_.empty();
  const std::size_t request = owed ? open_.front().request : 0;
  if (owed)
    settle_front(Outcome::closed);
  else if (stream_.unfinished())
    outcomes_.back() = Outcome::closed;
  open_.clear();
  stream_ = {};
  if (owed && all_plain_)
    return Verdict{Fault::crash, "the connection was closed on a plain request", request};
  return std::nullopt;
}

Verdict Judge::overdue() const {
  const auto first =
      std::ranges::find_if(open_, [](const Asked& a) { return !a.may_stay_silent(); });
  if (first == open_.end())
    return {Fault::hang, "the connection stays, although its client is gone", outcomes_.size() - 1};
  if (all_plain_)
    return {Fault::crash, first->name + ": no answer to a plain request", first->request};
  // What stands before it may be over, without an answer, or the one that hangs.
  const Asked& front = open_.front();
  const std::string name =
      front.request == first->request ? first->name : front.name + ", or what follows it";
  return {Fault::hang, name + ": no answer and no close", front.request};
}

std::optional<std::chrono::milliseconds> Judge::agreed_wait() const {
  std::chrono::milliseconds sum{0};
  for (const Asked& asked : open_) {
    if (!asked.agreed_wait) return std::nullopt;
    sum += *asked.agreed_wait;
  }
  return sum;
}

bool Judge::awaits_answer() const {
  return std::ranges::any_of(open_, [](const Asked& asked) { return !asked.may_stay_silent(); });
}

void Judge::settle_front(Outcome outcome) {
  outcomes_[open_.front().request] = outcome;
  open_.pop_front();
}

}  // namespace gregor::fuzz::wire
