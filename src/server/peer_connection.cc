// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/peer_connection.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/assert.h"

namespace gregor::server {
namespace {

using namespace base;

// A request is framed as length : i32, API key : i16, version : i16, correlation id : i32, …
constexpr std::size_t request_correlation_at = 8;

std::int32_t correlation_of_request(BytesView frame) {
  ASSERT(frame.size() >= request_correlation_at + sizeof(std::int32_t));
  return load_big_endian<std::int32_t>(frame.data() + request_correlation_at);
}

std::string explain(std::string_view call, int cause) {
  return fmt::format("{}: {}", call, std::generic_category().message(cause));
}

}  // namespace

PeerConnection::PeerConnection(PeerKey key, ConnectionResources& resources, Host& host)
    : key_(std::move(key)),
      resources_(resources),
      host_(host),
      receive_(resources.pool, resources.frame_bytes_max),
      share_(resources.budget),
      lookup_(resources.loop, key_.address.host, key_.address.port, [this](auto addresses) {
        resolved(std::move(addresses));
        host_.end_turn();
      }) {}

// --- connecting ---

void PeerConnection::resolved(model::Result<std::vector<NameLookup::Address>> addresses) {
  if (state_ != State::resolving) return;
  if (!addresses) return close(addresses.error().detail);
  addresses_ = std::move(*addresses);
  std::ranges::reverse(addresses_);
  state_ = State::connecting;
  try_next_address("no address");
}

void PeerConnection::try_next_address(std::string failure) {
  watch_.reset();
  while (!addresses_.empty()) {
    const NameLookup::Address address = addresses_.back();
    addresses_.pop_back();
    const auto begun = begin_connecting(address);
    if (begun) return;
    failure = begun.error().detail;
  }
  close(failure);
}

model::Result<> PeerConnection::begin_connecting(const NameLookup::Address& address) {
  const auto failed = [](std::string_view call) {
    return model::fail(model::ErrorCode::network_exception, explain(call, errno));
  };
  Descriptor socket(
      ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return failed("socket");
  const int on = 1;
  if (::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
    return failed("setsockopt");
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) !=
          0 &&
      errno != EINPROGRESS)
    return failed("connect");
  auto watch = Watch::open(resources_.loop, std::move(socket), *this);
  if (!watch) return model::fail(watch.error());
  watch_ = std::move(*watch);
  watch_->wait_writable();
  return {};
}

void PeerConnection::finish_connecting() {
  int cause = 0;
  socklen_t size = sizeof(cause);
  if (::getsockopt(watch_->descriptor(), SOL_SOCKET, SO_ERROR, &cause, &size) != 0) cause = errno;
  if (cause != 0) return try_next_address(explain("connect", cause));
  state_ = State::open;
  watch_->wait_readable();
  flush();
}

// --- requests ---

void PeerConnection::send(broker::PeerRequest request) {
  ASSERT(is_open());
  waiting_.push_back({request.id, correlation_of_request(request.frame), request.deadline});
  std::vector<broker::Piece> pieces;
  pieces.emplace_back(std::move(request.frame));
  send_.add(std::move(pieces));
  account();
  if (state_ == State::open) watch_->wait_writable();  // several of one turn leave together
}

void PeerConnection::on_writable() {
  if (state_ == State::connecting)
    finish_connecting();
  else
    flush();
  host_.end_turn();
}

void PeerConnection::flush() {
  if (state_ != State::open || send_.unsent() == 0) return;
  const auto outcome = send_.send(watch_->descriptor(), resources_.transfer);
  if (!outcome) return close(outcome.error().detail);
  account();
  if (*outcome != SendQueue::Outcome::empty) watch_->wait_writable();
}

// --- responses ---

void PeerConnection::on_readable() {
  for (int i = 0; i < reads_per_turn && state_ == State::open && read_once(); ++i) {
  }
  if (state_ == State::open) {
    receive_.settle();
    account();
    watch_->wait_readable();
  }
  host_.end_turn();
}

// Reads what is there and hands over what is complete; false when there is no more for now.
bool PeerConnection::read_once() {
  const auto room = receive_.room(resources_.scratch, false);
  iovec parts[2] = {{room[0].data(), room[0].size()}, {room[1].data(), room[1].size()}};
  const ssize_t count = uninterrupted([&] { return ::readv(watch_->descriptor(), parts, 2); });
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (count <= 0) {
    close(count == 0 ? "the peer closed the connection" : explain("read", errno));
    return false;
  }
  const auto size = static_cast<std::size_t>(count);
  receive_.arrived(room, size);
  consume();
  if (is_open()) receive_.settle();
  return is_open() && size == room[0].size() + room[1].size();
}

void PeerConnection::consume() {
  while (is_open()) {
    const auto frame = receive_.next_frame();
    if (!frame) return close(frame.error().detail);
    if (!*frame) return;
    take_response(**frame);
  }
}

void PeerConnection::take_response(BytesView frame) {
  if (waiting_.empty()) return close("a response that nobody waits for");
  const Waiting next = waiting_.front();
  if (frame.size() < sizeof(std::int32_t) ||
      load_big_endian<std::int32_t>(frame.data()) != next.correlation)
    return close("a response to another request than the one that is due");
  waiting_.pop_front();
  host_.peer_replied(next.id, frame);
}

// --- the end ---

std::optional<model::Instant> PeerConnection::deadline() const {
  if (waiting_.empty()) return std::nullopt;
  return std::ranges::min(waiting_, {}, &Waiting::deadline).deadline;
}

void PeerConnection::account() { share_.set(receive_.memory() + send_.memory()); }

void PeerConnection::close(const std::string& reason) {
  if (!is_open()) return;
  state_ = State::closed;
  watch_.reset();
  share_.set(0);
  std::vector<broker::PeerRequestId> unanswered;
  for (const Waiting& waiting : std::exchange(waiting_, {})) unanswered.push_back(waiting.id);
  host_.peer_closed(*this, std::move(unanswered), reason);
}

}  // namespace gregor::server
