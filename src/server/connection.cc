// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "base/units.h"

namespace gregor::server {
namespace {

using namespace base;
using broker::Severity;

// Replies are sent together at the end of a turn, or when so much has come together.
constexpr std::uint64_t unsent_max = 256_KiB;

constexpr std::string_view peer_left = "the peer left";

}  // namespace

model::Result<std::unique_ptr<Connection>> Connection::open(Accepted accepted,
                                                            ConnectionResources& resources,
                                                            Host& host) {
  Descriptor socket = std::move(accepted.socket);
  std::unique_ptr<Connection> connection(new Connection(std::move(accepted), resources, host));
  auto watch = Watch::open(resources.loop, std::move(socket), *connection);
  if (!watch) return model::fail(watch.error());
  connection->watch_ = std::move(*watch);
  connection->watch_->wait_readable();
  return connection;
}

Connection::Connection(Accepted accepted, ConnectionResources& resources, Host& host)
    : accepted_(std::move(accepted)),
      resources_(resources),
      host_(host),
      receive_(resources.pool, resources.frame_bytes_max),
      share_(resources.budget) {}

void Connection::on_readable() {
  if (may_consume()) {
    for (int i = 0; i < reads_per_turn && may_consume() && read_once(); ++i) {
    }
    touch();
  } else if (busy_) {
    look_for_hangup();
  }
  host_.end_turn();
}

void Connection::on_writable() {
  blocked_ = false;
  touch();
  host_.end_turn();
}

void Connection::touch() {
  if (!touched_ && is_open()) host_.touched(*this);
  touched_ = true;
}

// Reads what is there and consumes it; false when there is no more for now.
bool Connection::read_once() {
  const auto room = receive_.room(resources_.scratch, resources_.budget.exhausted());
  const std::size_t wanted = room[0].size() + room[1].size();
  if (wanted == 0) {
    starved_ = true;
    return false;
  }
  iovec parts[2] = {{room[0].data(), room[0].size()}, {room[1].data(), room[1].size()}};
  const ssize_t count = uninterrupted([&] { return ::readv(watch_->descriptor(), parts, 2); });
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (count < 0) {
    close(Severity::debug, peer_left);
    return false;
  }
  if (count == 0) {
    leaving_ = true;  // as soon as the answers to what it asked before have left
    return false;
  }
  const auto size = static_cast<std::size_t>(count);
  received_ += size;
  receive_.arrived(room, size);
  consume();
  return size == wanted;
}

// While a request is with the shard nothing is read, but a peer that has gone is noticed.
void Connection::look_for_hangup() {
  std::byte next;
  const ssize_t count = ::recv(watch_->descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
    return close(Severity::debug, peer_left);
  more_is_here_ = count > 0;
  wait();
}

// Hands over complete requests as long as they are answered at once.
void Connection::consume() {
  while (may_consume()) {
    const auto frame = receive_.next_frame();
    if (!frame) {
      flush();  // what was asked properly is answered
      if (is_open()) close(Severity::warning, frame.error().detail);
      return;
    }
    if (!*frame) break;
    busy_ = true;
    frame_in_hand_ = (*frame)->size();
    host_.request_arrived(*this, **frame);
    if (send_.unsent() >= unsent_max) flush();
  }
  if (!is_open()) return;
  receive_.settle();
  account();
}

void Connection::answer(std::vector<broker::Piece> pieces) {
  if (!is_open()) return;
  busy_ = more_is_here_ = false;
  send_.add(std::move(pieces));
  touch();
}

void Connection::settle() {
  touched_ = false;
  consume();
  flush();
  if (is_open() && leaving_ && !blocked_) close(Severity::debug, peer_left);
  if (!is_open()) return;
  account();  // of what has left
  if (starved_) host_.starved(*this);
  wait();
}

void Connection::flush() {
  if (!is_open() || blocked_ || send_.unsent() == 0) return;
  host_.sends();
  const auto outcome = send_.send(watch_->descriptor(), resources_.transfer);
  if (!outcome) {
    const bool ours = outcome.error().code == model::ErrorCode::kafka_storage_error;
    return ours ? close(Severity::error, outcome.error().detail)
                : close(Severity::debug, peer_left);
  }
  blocked_ = *outcome != SendQueue::Outcome::empty;
}

void Connection::account() { share_.set(memory() + (busy_ ? frame_in_hand_ : 0)); }

void Connection::wait() {
  if (blocked_)
    watch_->wait_writable();
  else if (!starved_ && !(busy_ && more_is_here_))
    watch_->wait_readable();
}

void Connection::memory_is_back() {
  starved_ = false;
  if (is_open()) wait();
}

void Connection::close(Severity severity, std::string_view reason) {
  ASSERT(is_open());
  watch_.reset();
  share_.set(0);
  host_.closed(*this, severity, reason);
}

}  // namespace gregor::server
