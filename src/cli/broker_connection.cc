// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/broker_connection.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using protocol::AnyMessage;
using protocol::MessageView;
using protocol::Versions;

constexpr std::size_t frame_bytes_max = std::size_t{256} << 20;
// Memory for an answer is taken as it arrives.
constexpr std::size_t receive_step_bytes = std::size_t{1} << 20;

std::string last_error() { return std::system_category().message(errno); }

void set_deadlines(int socket, std::chrono::milliseconds timeout) {
  timeval deadline{};
  deadline.tv_sec = timeout.count() / 1000;
  deadline.tv_usec = timeout.count() % 1000 * 1000;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
}

using Candidates = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

model::Result<server::Descriptor> connect(const Address& address,
                                          std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int looked_up = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (looked_up != 0)
    return model::fail(ErrorCode::broker_not_available, ::gai_strerror(looked_up));
  const Candidates candidates(found, &::freeaddrinfo);
  std::string why;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    server::Descriptor socket(
        ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol));
    if (!socket.open()) continue;
    set_deadlines(socket.number(), timeout);  // also that of connect
    if (::connect(socket.number(), one->ai_addr, one->ai_addrlen) == 0) return socket;
    why = errno == EINPROGRESS ? "no answer in time" : last_error();
  }
  return model::fail(ErrorCode::broker_not_available, why);
}

}  // namespace

model::Result<BrokerConnection> BrokerConnection::open(const Address& address,
                                                       std::chrono::milliseconds timeout,
                                                       std::string client_id) {
  const std::string name = fmt::format("{}:{}", address.host, address.port);
  auto socket = connect(address, timeout);
  if (!socket)
    return model::fail(socket.error().code, fmt::format("{}: {}", name, socket.error().detail));
  BrokerConnection connection(std::move(*socket), name, std::move(client_id));
  if (auto learned = connection.learn_versions(); !learned)
    return model::fail(ErrorCode::broker_not_available, std::move(learned.error().detail));
  return connection;
}

// Version 0 is the one that every broker answers.
model::Result<> BrokerConnection::learn_versions() {
  const auto answer = exchange(protocol::ApiVersionsRequest{}, model::ApiVersion{0});
  if (!answer) return model::fail(answer.error());
  for (const auto& api : answer->as<protocol::ApiVersionsResponse>().api_keys)
    served_[model::ApiKey{api.api_key}] = {api.min_version, api.max_version};
  return {};
}

model::Result<AnyMessage> BrokerConnection::call(MessageView request, Versions usable) {
  const auto& type = request.type();
  const auto served = served_.find(model::ApiKey{type.id});
  const Versions theirs = served == served_.end() ? Versions{} : served->second;
  const Versions common{std::max(theirs.first, usable.first), std::min(theirs.last, usable.last)};
  if (theirs.empty() || common.empty())
    return model::fail(
        ErrorCode::unsupported_version,
        fmt::format("{} serves {} in versions {} to {}, wanted are {} to {}", name_, type.name,
                    theirs.first, theirs.last, usable.first, usable.last));
  return exchange(request, model::ApiVersion{common.last});
}

model::Result<AnyMessage> BrokerConnection::exchange(MessageView request,
                                                     model::ApiVersion version) {
  const protocol::Api& api = *protocol::find_api(model::ApiKey{request.type().id});
  protocol::RequestHeader header;
  header.correlation_id = ++last_correlation_id_;
  header.client_id = client_id_;
  const auto frame = protocol::encode_request_frame(header, request, version);
  if (!frame) return model::fail(frame.error());
  if (auto sent = send(*frame); !sent) return model::fail(std::move(sent.error()));
  auto received = receive_frame();
  if (!received) return model::fail(received.error());
  base::BytesView rest = *received;
  const auto answered = protocol::decode_response_header(api, version, rest);
  if (!answered) return model::fail(answered.error());
  if (answered->correlation_id != last_correlation_id_) return broken("answered something else");
  auto message = protocol::decode(*api.response, rest, version);
  if (message) message->keep(std::move(*received));  // records of a fetch point into it
  return message;
}

model::Result<> BrokerConnection::send(base::BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return broken("does not take the request");
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

model::Result<base::Bytes> BrokerConnection::receive_frame() {
  base::Bytes prefix;
  if (auto got = receive(prefix, protocol::frame_size_bytes); !got)
    return model::fail(std::move(got.error()));
  const auto size = base::load_big_endian<std::int32_t>(prefix.data());
  if (size < 0 || static_cast<std::size_t>(size) > frame_bytes_max)
    return broken("does not speak Kafka's protocol");
  base::Bytes frame;
  if (auto got = receive(frame, static_cast<std::size_t>(size)); !got)
    return model::fail(std::move(got.error()));
  return frame;
}

model::Result<> BrokerConnection::receive(base::Bytes& to, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    to.resize(std::min(count, done + receive_step_bytes));
    const ssize_t got = ::recv(socket_.number(), to.data() + done, to.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) return broken("hung up");
    if (got < 0) return broken("does not answer");
    done += static_cast<std::size_t>(got);
  }
  return {};
}

std::unexpected<model::Error> BrokerConnection::broken(const char* what) const {
  return model::fail(ErrorCode::network_exception, fmt::format("{} {}", name_, what));
}

}  // namespace gregor::cli
