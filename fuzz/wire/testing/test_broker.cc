// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/testing/test_broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "base/assert.h"
#include "protocol/api_keys.h"
#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/produce.h"

namespace gregor::fuzz::wire {
namespace {

namespace api_key = protocol::api_key;

constexpr std::size_t kept_bytes = std::size_t{1} << 18;

// What the run itself needs is done without sin.
bool is_of_the_run(const protocol::Api& api) {
  return api.key == api_key::api_versions || api.key == api_key::metadata ||
         api.key == api_key::create_topics || api.key == api_key::delete_topics;
}

// Empty if the version cannot say this.
base::Bytes framed(model::ApiVersion version, std::int32_t id, protocol::MessageView message) {
  auto frame = protocol::encode_response_frame(model::CorrelationId{id}, message, version);
  return frame ? std::move(frame->bytes) : base::Bytes{};
}

}  // namespace

Served served_by_test_broker() {
  std::map<model::ApiKey, protocol::Versions> versions;
  for (const protocol::Api& api : protocol::all_apis())
    if (const auto listed = protocol::kafka41_advertised(api); !listed.empty())
      versions[api.key] = listed;
  return Served(std::move(versions));
}

TestBroker::TestBroker(Sin sin) : sin_(sin) {
  int ends[2];
  ASSERT(::pipe2(ends, O_CLOEXEC) == 0);
  stop_reading_ = server::Descriptor(ends[0]);
  stop_writing_ = server::Descriptor(ends[1]);
  listener_ = server::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  ASSERT(::bind(listener_.number(), plain, length) == 0);
  ASSERT(::listen(listener_.number(), 128) == 0);
  ASSERT(::getsockname(listener_.number(), plain, &length) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

TestBroker::~TestBroker() {
  ASSERT(::write(stop_writing_.number(), "x", 1) == 1);
  thread_.join();
}

void TestBroker::serve() {
  while (true) {
    std::vector<pollfd> watched{{stop_reading_.number(), POLLIN, 0}};
    watched.push_back({listener_.number(), POLLIN, 0});
    for (const Client& client : clients_) watched.push_back({client.socket.number(), POLLIN, 0});
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    std::size_t next = 2;
    for (auto client = clients_.begin(); client != clients_.end();)
      client = watched[next++].revents == 0 || read(*client) ? std::next(client)
                                                             : clients_.erase(client);
    if (sin_ == Sin::dies && sinned_ > 0) {
      clients_.clear();
      listener_ = {};
      return;
    }
    if (watched[1].revents != 0) accept_one();
  }
}

void TestBroker::accept_one() {
  server::Descriptor socket(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.open()) return;
  clients_.push_back({std::move(socket), {}, false});
}

bool TestBroker::read(Client& client) {
  std::array<std::byte, 65'536> buffer;
  const ssize_t got = ::recv(client.socket.number(), buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    // Kept open without being watched: for ever, as far as the client can see.
    if (sin_ != Sin::keeps_half_frames || !client.stream.unfinished()) return false;
    static std::list<server::Descriptor> forgotten;
    forgotten.push_back(std::move(client.socket));
    return false;
  }
  client.stream.add(base::BytesView(buffer).first(static_cast<std::size_t>(got)));
  if (client.mute) return true;
  return answer_all(client) && !(client.stream.broken() && sin_ != Sin::keeps_half_frames);
}

bool TestBroker::answer_all(Client& client) {
  std::vector<base::Bytes> answers;
  bool open = true;
  while (const auto frame = client.stream.next()) {
    open = answer(client, *frame, answers);
    if (!open || client.mute) break;
  }
  if (sin_ == Sin::reorders && answers.size() > 1) std::swap(answers[0], answers[1]);
  for (const base::Bytes& answer : answers)
    if (::send(client.socket.number(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
      return false;
  return open;
}

bool TestBroker::answer(Client& client, base::BytesView frame, std::vector<base::Bytes>& answers) {
  if (frame.size() < 8) return false;
  const protocol::Api* const api =
      protocol::find_api(model::ApiKey{base::load_big_endian<std::int16_t>(frame.data())});
  const model::ApiVersion version{base::load_big_endian<std::int16_t>(frame.data() + 2)};
  const auto id = base::load_big_endian<std::int32_t>(frame.data() + 4);
  if (api == nullptr) return false;
  const protocol::Versions listed = protocol::kafka41_advertised(*api);
  if (!listed.contains(version)) {
    if (api->key == api_key::api_versions) {
      protocol::ApiVersionsResponse refusal;
      if (sin_ != Sin::says_other_error) refusal.error_code = model::ErrorCode::unsupported_version;
      answers.push_back(framed(model::ApiVersion{0}, id, refusal));
      return true;
    }
    if (sin_ != Sin::serves_unserved || listed.empty()) return false;
    answers.push_back(framed(model::ApiVersion{listed.last}, id, response(*api)));
    return true;
  }
  if (!protocol::decode_request_header(frame)) return false;
  const auto request = protocol::decode(*api->request, frame, version);
  if (!request) return false;
  if (api->key == api_key::produce && request->as<protocol::ProduceRequest>().acks == 0 &&
      sin_ != Sin::answers_acks_0)
    return true;
  base::Bytes answer = framed(version, id, response(*api));
  if (answer.empty()) return false;
  if (is_of_the_run(*api)) {
    client.mute = sin_ == Sin::ignores_probes && sinned_ > 10 && api->key == api_key::api_versions;
    if (!client.mute) answers.push_back(std::move(answer));
    return true;
  }
  ++sinned_;
  client.mute = sin_ == Sin::hangs || (sin_ == Sin::hangs_at_first && sinned_ < 5);
  if (sin_ == Sin::grows) kept_.emplace_back(kept_bytes, std::byte{1});
  if (!client.mute) answers.push_back(sinful(std::move(answer)));
  if (sin_ == Sin::answers_twice) answers.push_back(base::Bytes(answers.back()));
  return sin_ != Sin::dies;
}

base::Bytes TestBroker::sinful(base::Bytes answer) const {
  const std::size_t id_at = protocol::frame_size_bytes;
  if (sin_ == Sin::wrong_id) answer[id_at] ^= std::byte{0x55};
  if (sin_ == Sin::cuts_answers) answer.pop_back();
  if (sin_ == Sin::pads_answers) answer.push_back(std::byte{0});
  base::store_big_endian(answer.data(), static_cast<std::int32_t>(answer.size() - id_at));
  return answer;
}

protocol::AnyMessage TestBroker::response(const protocol::Api& api) const {
  protocol::AnyMessage message(*api.response);
  if (api.key == api_key::api_versions) {
    auto& listed = reinterpret_cast<protocol::ApiVersionsResponse*>(message.object())->api_keys;
    for (const protocol::Api& one : protocol::all_apis()) {
      const auto versions = protocol::kafka41_advertised(one);
      if (!versions.empty())
        listed.push_back({.api_key = one.key.value(),
                          .min_version = versions.first,
                          .max_version = versions.last});
    }
  }
  if (api.key == api_key::metadata) {
    auto& metadata = *reinterpret_cast<protocol::MetadataResponse*>(message.object());
    metadata.brokers.push_back({.node_id = 1, .host = "127.0.0.1", .port = port_});
    metadata.controller_id = 1;
  }
  return message;
}

}  // namespace gregor::fuzz::wire
