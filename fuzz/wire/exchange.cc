// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/exchange.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <system_error>

namespace gregor::fuzz::wire {
namespace {

constexpr std::size_t receive_bytes = std::size_t{64} << 10;

std::string text_of(int error) { return std::system_category().message(error); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

model::Result<Endpoint> look_up(const cli::Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failed != 0)
    return model::fail(model::ErrorCode::broker_not_available, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Endpoint endpoint;
  std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
  endpoint.length = found->ai_addrlen;
  return endpoint;
}

Exchange::Exchange(const Endpoint& to, Conversation conversation, const Served& served,
                   std::chrono::milliseconds deadline, Clock::time_point now)
    : conversation_(std::move(conversation)),
      judge_(served),
      deadline_(deadline),
      last_progress_(now),
      socket_(::socket(to.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  for (const Request& request : conversation_.requests) {
    judge_.sent(request.bytes, request.kind == Kind::probe);
    base::append(unsent_, request.bytes);
  }
  const int on = 1;
  ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const int done =
      ::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&to.address), to.length);
  if (done != 0 && errno != EINPROGRESS)
    finish(Verdict{Fault::crash, "takes no connection: " + text_of(errno)});
}

short Exchange::wanted_events() const {
  const bool to_send = connecting_ || sent_ < unsent_.size();
  return static_cast<short>(to_send ? POLLIN | POLLOUT : POLLIN);
}

void Exchange::step(short events, Clock::time_point now) {
  if (over()) return;
  if (connecting_ && (events & (POLLOUT | POLLERR | POLLHUP)) != 0 && !connected()) return;
  if (!connecting_) {
    const bool sent = send_some();
    const bool received = receive_all();
    if (over()) return;
    if (sent || received) last_progress_ = now;
    const bool all_sent = sent_ == unsent_.size();
    if (all_sent && judge_.settled()) return finish(std::nullopt);
    if (all_sent && judge_.stuck() && !half_closed_) {
      ::shutdown(socket_.number(), SHUT_WR);
      half_closed_ = true;
      last_progress_ = now;
    }
  }
  check_deadline(now);
}

bool Exchange::connected() {
  int error = 0;
  socklen_t length = sizeof(error);
  ::getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &length);
  connecting_ = false;
  if (error == 0) return true;
  finish(Verdict{Fault::crash, "takes no connection: " + text_of(error)});
  return false;
}

// Whether anything went out. That the other side is gone is learnt by receiving.
bool Exchange::send_some() {
  const std::size_t piece =
      conversation_.piece_bytes == 0 ? unsent_.size() : conversation_.piece_bytes;
  const std::size_t size = std::min(piece, unsent_.size() - sent_);
  if (size == 0) return false;
  const ssize_t sent = server::uninterrupted(
      [&] { return ::send(socket_.number(), unsent_.data() + sent_, size, MSG_NOSIGNAL); });
  if (sent < 0 && !would_block()) sent_ = unsent_.size();
  if (sent <= 0) return false;
  sent_ += static_cast<std::size_t>(sent);
  return true;
}

// Whether anything came.
bool Exchange::receive_all() {
  std::array<std::byte, receive_bytes> buffer;
  bool any = false;
  while (true) {
    const ssize_t got = server::uninterrupted(
        [&] { return ::recv(socket_.number(), buffer.data(), buffer.size(), 0); });
    if (got < 0 && would_block()) return any;
    if (got <= 0) {
      finish(judge_.closed());
      return any;
    }
    any = true;
    auto verdict = judge_.received(base::BytesView(buffer).first(static_cast<std::size_t>(got)));
    if (verdict) {
      finish(std::move(verdict));
      return any;
    }
  }
}

void Exchange::check_deadline(Clock::time_point now) {
  if (connecting_) {
    if (now - last_progress_ > deadline_)
      finish(Verdict{Fault::crash, "takes no connection in time"});
    return;
  }
  if (now - last_progress_ <= deadline_) return;
  const auto wait = judge_.agreed_wait();
  if (!wait) return finish(std::nullopt);
  if (now - last_progress_ > deadline_ + *wait) finish(judge_.overdue());
}

void Exchange::end_if_patient() {
  if (over() || connecting_) return;
  const auto wait = judge_.agreed_wait();
  if (!wait || *wait > deadline_) finish(std::nullopt);
}

void Exchange::finish(std::optional<Verdict> verdict) {
  verdict_ = std::move(verdict);
  socket_ = {};
}

}  // namespace gregor::fuzz::wire
