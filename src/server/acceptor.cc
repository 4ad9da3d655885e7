// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/acceptor.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "server/clock.h"

namespace gregor::server {
namespace {

using model::ErrorCode;
using model::Result;

constexpr int accepts_per_turn = 64;
constexpr std::int64_t retry_ms = 200;

std::string cause_of(int number) { return std::generic_category().message(number); }

struct Address {
  std::string host;
  std::uint16_t port = 0;
  bool is_v6 = false;
  [[nodiscard]] std::string text() const {
    return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  }
};

// An IPv4 peer of a socket that serves both families is shown as what it is.
Address address_of(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return {text, ntohs(v4.sin_port), false};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
  if (mapped)
    ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
  else
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  return {text, ntohs(v6.sin6_port), !mapped};
}

void set_option(int socket, int level, int option, int value) {
  // A refused option (a buffer above the system's limit) is not worth refusing service for.
  static_cast<void>(::setsockopt(socket, level, option, &value, sizeof(value)));
}

// Accepted sockets inherit all of these.
void set_options(int socket, const model::BrokerSettings& settings) {
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (settings.socket_send_buffer_bytes >= 0)
    set_option(socket, SOL_SOCKET, SO_SNDBUF, settings.socket_send_buffer_bytes);
  if (settings.socket_receive_buffer_bytes >= 0)
    set_option(socket, SOL_SOCKET, SO_RCVBUF, settings.socket_receive_buffer_bytes);
}

// Bound to the first address of this host that can be; the reason of the last one otherwise.
std::expected<Descriptor, std::string> bind_to(const std::string& host, std::uint16_t port,
                                               const model::BrokerSettings& settings) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found))
    return std::unexpected(std::string(::gai_strerror(error)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int cause = EADDRNOTAVAIL;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Descriptor socket(
        ::socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol));
    if (socket.open()) {
      set_options(socket.number(), settings);
      if (at->ai_family == AF_INET6) set_option(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
      if (::bind(socket.number(), at->ai_addr, at->ai_addrlen) == 0) return socket;
    }
    cause = errno;
  }
  return std::unexpected(cause_of(cause));
}

}  // namespace

Result<BoundListener> bind_listener(const model::Listener& listener,
                                    const model::BrokerSettings& settings) {
  // Without a host: all interfaces, both families where the machine has both.
  auto socket = bind_to(listener.host.empty() ? "::" : listener.host, listener.port, settings);
  if (!socket && listener.host.empty()) socket = bind_to("0.0.0.0", listener.port, settings);
  const auto failed = [&](const std::string& why) {
    return model::fail(
        ErrorCode::unknown_server_error,
        fmt::format("listen on {}://{}:{}: {}", listener.name, listener.host, listener.port, why));
  };
  if (!socket) return failed(socket.error());
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (::getsockname(socket->number(), reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return failed(cause_of(errno));
  model::Listener actual = listener;
  actual.port = address_of(bound).port;
  return BoundListener{std::move(actual), std::move(*socket)};
}

Result<std::unique_ptr<Acceptor>> Acceptor::listen(EventLoop& loop, BoundListener bound,
                                                   int backlog, int descriptors_max,
                                                   ConnectionQuota& quota, Host& host) {
  if (::listen(bound.socket.number(), backlog) != 0)
    return model::fail(ErrorCode::unknown_server_error,
                       fmt::format("listen on port {}: {}", bound.listener.port, cause_of(errno)));
  std::unique_ptr<Acceptor> acceptor(
      new Acceptor(loop, std::move(bound.listener), descriptors_max, quota, host));
  auto watch = Watch::open(loop, std::move(bound.socket), *acceptor);
  if (!watch) return model::fail(watch.error());
  acceptor->watch_ = std::move(*watch);
  acceptor->watch_->wait_readable();
  return acceptor;
}

Acceptor::Acceptor(EventLoop& loop, model::Listener listener, int descriptors_max,
                   ConnectionQuota& quota, Host& host)
    : loop_(loop),
      listener_(std::move(listener)),
      descriptors_max_(descriptors_max),
      quota_(quota),
      host_(host),
      retry_(loop, [this] { watch_->wait_readable(); }) {}

void Acceptor::on_readable() {
  for (int i = 0; i < accepts_per_turn; ++i)
    if (!accept_one()) return;
  watch_->wait_readable();
}

bool Acceptor::accept_one() {
  const auto go_on = [this, &loop = loop_, alive = std::weak_ptr(alive_)] {
    loop.post([this, alive] {
      if (alive.lock()) watch_->wait_readable();
    });
  };
  if (quota_.full(go_on)) return false;
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  Descriptor socket(::accept4(watch_->descriptor(), reinterpret_cast<sockaddr*>(&storage), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.open()) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      return wait_for_descriptors();
    if (errno != EAGAIN && errno != EWOULDBLOCK) return true;  // that client has gone already
    watch_->wait_readable();
    return false;
  }
  if (socket.number() >= descriptors_max_) return wait_for_descriptors();
  short_of_descriptors_ = false;
  const Address address = address_of(storage);
  admit(std::move(socket), address.host, address.text());
  return true;
}

bool Acceptor::wait_for_descriptors() {
  if (!short_of_descriptors_)
    host_.log(broker::Severity::warning,
              fmt::format("out of file descriptors with {} connections: new ones have to wait",
                          quota_.count()));
  short_of_descriptors_ = true;
  retry_.set(monotonic_now() + retry_ms);
  return false;
}

void Acceptor::admit(Descriptor socket, const std::string& address, const std::string& peer) {
  if (!quota_.admit(address))
    return host_.log(broker::Severity::warning,
                     fmt::format("closed the connection of {}: {} has {} already, the most that "
                                 "max.connections.per.ip allows",
                                 peer, address, quota_.limit_of(address)));
  host_.accepted({host_.next_connection_id(), std::move(socket), peer, address, listener_.name});
}

int descriptors_for_clients() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto all = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 24));
  // A quarter is for the files of the logs, whatever the clients do.
  return all - all / 4;
}

}  // namespace gregor::server
