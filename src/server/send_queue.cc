// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/send_queue.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/units.h"

namespace gregor::server {
namespace {

using namespace base;

constexpr std::size_t parts_max = 64;
constexpr std::size_t appetite_min = 64_KiB;
// After so much the other connections of the shard get their turn.
constexpr std::uint64_t turn_bytes_max = 4_MiB;

std::size_t size_of(const broker::Piece& piece) {
  if (const auto* bytes = std::get_if<Bytes>(&piece)) return bytes->size();
  return std::get<broker::FileSlice>(piece).length;
}

iovec part_of(BytesView bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};  // sendmsg only reads it
}

// Reads the front of a slice into `into`, all of it or an error.
model::Result<> read_slice(const broker::FileSlice& slice, MutableBytesView into) {
  const auto count = slice.file->read_at(slice.position, into);
  if (!count) return model::fail(count.error());
  if (*count == into.size()) return {};
  return model::fail(model::ErrorCode::kafka_storage_error,
                     fmt::format("a response lies in a file that ends at {}, before {}",
                                 slice.position + *count, slice.position + slice.length));
}

}  // namespace

void SendQueue::add(std::vector<broker::Piece> pieces) {
  for (auto& piece : pieces) {
    const std::size_t size = size_of(piece);
    if (size == 0) continue;
    unsent_ += size;
    if (std::holds_alternative<Bytes>(piece)) memory_ += size;
    pieces_.push_back(std::move(piece));
  }
}

model::Result<SendQueue::Outcome> SendQueue::send(int socket, MutableBytesView transfer) {
  const std::uint64_t enough = sent_ + turn_bytes_max;
  while (unsent_ > 0) {
    if (sent_ >= enough) return Outcome::more;
    const auto emptied = send_once(socket, transfer);
    if (!emptied) return model::fail(emptied.error());
    if (!*emptied) return Outcome::blocked;
  }
  return Outcome::empty;
}

// Offers what fits into one call; whether the socket took it all.
model::Result<bool> SendQueue::send_once(int socket, MutableBytesView transfer) {
  std::array<iovec, parts_max> parts;
  std::size_t count = 0;
  std::size_t offered = 0;
  MutableBytesView free = transfer.first(std::min(transfer.size(), appetite_));
  bool whole = true;  // what follows a part of a slice has to wait for the rest of it
  for (std::size_t i = first_; whole && i < pieces_.size() && count < parts_max; ++i) {
    if (const auto* bytes = std::get_if<Bytes>(&pieces_[i])) {
      parts[count] = part_of(BytesView(*bytes).subspan(i == first_ ? first_sent_ : 0));
    } else {
      const auto& slice = std::get<broker::FileSlice>(pieces_[i]);
      const MutableBytesView into = free.first(std::min<std::uint64_t>(slice.length, free.size()));
      whole = into.size() == slice.length;
      if (into.empty()) break;
      if (auto read = read_slice(slice, into); !read) return model::fail(read.error());
      parts[count] = part_of(into);
      free = free.subspan(into.size());
    }
    offered += parts[count++].iov_len;
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  ssize_t taken = 0;
  do {
    taken = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (taken < 0 && errno == EINTR);
  if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    return model::fail(model::ErrorCode::network_exception,
                       "send: " + std::generic_category().message(errno));
  const std::size_t sent = taken < 0 ? 0 : static_cast<std::size_t>(taken);
  learn_appetite(sent, offered);
  drop_front(sent);
  return sent == offered;
}

// What is read from files and not taken has to be read again, so no more is read than the socket
// took lately; twice as much once it takes everything.
void SendQueue::learn_appetite(std::size_t sent, std::size_t offered) {
  if (sent == offered)
    appetite_ = offered >= appetite_ ? 2 * appetite_ : appetite_;
  else if (sent > 0)
    appetite_ = std::max<std::size_t>(appetite_min, sent);
}

void SendQueue::drop_front(std::size_t bytes) {
  sent_ += bytes;
  unsent_ -= bytes;
  while (bytes > 0) {
    broker::Piece& piece = pieces_[first_];
    auto* slice = std::get_if<broker::FileSlice>(&piece);
    const std::size_t left = size_of(piece) - (slice != nullptr ? 0 : first_sent_);
    const std::size_t gone = std::min(left, bytes);
    bytes -= gone;
    if (slice != nullptr) {
      slice->position += gone;
      slice->length -= gone;
    } else {
      first_sent_ += gone;
    }
    if (gone < left) return;
    if (slice == nullptr) memory_ -= first_sent_;
    first_sent_ = 0;
    piece = Bytes{};  // gives its memory or its file back
    ++first_;
  }
  if (first_ < pieces_.size()) return;
  first_ = 0;
  if (pieces_.capacity() > parts_max)
    pieces_ = {};
  else
    pieces_.clear();
}

}  // namespace gregor::server
