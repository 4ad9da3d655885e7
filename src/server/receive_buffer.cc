// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/receive_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace gregor::server {
namespace {

constexpr std::size_t prefix_bytes = sizeof(std::int32_t);

// What people send to this port by mistake, told by the first bytes.
std::string_view mistake(base::BytesView front) {
  const std::string_view text = base::as_text(front.first(prefix_bytes));
  if (text == "GET " || text == "POST" || text == "HEAD" || text == "PUT ") return " (HTTP?)";
  if (text[0] == 0x16 && text[1] == 0x03) return " (TLS? this listener is plaintext)";
  return "";
}

}  // namespace

std::optional<std::size_t> ReceiveBuffer::frame_bytes(base::BytesView front) const {
  if (front.size() < prefix_bytes) return std::nullopt;
  return prefix_bytes + static_cast<std::size_t>(base::load_big_endian<std::int32_t>(front.data()));
}

model::Result<> ReceiveBuffer::check_length(base::BytesView front) const {
  if (front.size() < prefix_bytes) return {};
  const auto length = base::load_big_endian<std::int32_t>(front.data());
  if (length > 0 && static_cast<std::uint32_t>(length) <= frame_bytes_max_) return {};
  return model::fail(model::ErrorCode::invalid_request,
                     fmt::format("frame of {} bytes{}; socket.request.max.bytes is {}", length,
                                 mistake(front), frame_bytes_max_));
}

ReceiveBuffer::Room ReceiveBuffer::room(base::MutableBytesView scratch, bool own_only) const {
  Room room{base::MutableBytesView{}, own_only ? base::MutableBytesView{} : scratch};
  if (const auto frame = frame_bytes(own()); frame && *frame > held()) {
    const std::size_t free = std::min(*frame - held(), block_.size() - end_);
    room[0] = {block_.data() + end_, free};
  }
  return room;
}

void ReceiveBuffer::arrived(const Room& room, std::size_t count) {
  ASSERT(scratch_.empty());
  const std::size_t into_own = std::min(count, room[0].size());
  end_ += into_own;
  scratch_ = room[1].first(count - into_own);
}

model::Result<std::optional<base::BytesView>> ReceiveBuffer::next_frame() {
  // A frame that began in an earlier turn is completed in own memory.
  while (held() > 0 && !scratch_.empty()) {
    const auto frame = frame_bytes(own());
    if (frame && *frame <= held()) break;
    if (auto checked = check_length(own()); !checked) return model::fail(checked.error());
    const std::size_t whole = frame.value_or(prefix_bytes);
    const base::BytesView part = scratch_.first(std::min(whole - held(), scratch_.size()));
    keep(part, whole);
    scratch_ = scratch_.subspan(part.size());
  }
  const bool from_own = held() > 0;
  const base::BytesView front = from_own ? own() : scratch_;
  if (auto checked = check_length(front); !checked) return model::fail(checked.error());
  const auto frame = frame_bytes(front);
  if (!frame || *frame > front.size()) return std::nullopt;
  if (from_own)
    begin_ += *frame;
  else
    scratch_ = scratch_.subspan(*frame);
  return front.subspan(prefix_bytes, *frame - prefix_bytes);
}

void ReceiveBuffer::settle() {
  if (!scratch_.empty()) {
    const auto frame = held() == 0 ? frame_bytes(scratch_) : std::nullopt;
    const std::size_t all = held() + scratch_.size();
    keep(scratch_, std::max(frame.value_or(all), all));
    scratch_ = {};
  }
  if (held() == 0) release();
}

// Appends to own memory. `useful` is how much is wanted there in the end; no more is allocated.
void ReceiveBuffer::keep(base::BytesView bytes, std::size_t useful) {
  const std::size_t total = held() + bytes.size();
  if (begin_ + total > block_.size()) {
    Block larger = pool_.take(total, std::max(total, useful));
    if (held() > 0) std::memcpy(larger.data(), own().data(), held());
    end_ = held();
    begin_ = 0;
    pool_.give_back(std::exchange(block_, std::move(larger)));
  }
  std::memcpy(block_.data() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

void ReceiveBuffer::release() {
  if (block_.size() > 0) pool_.give_back(std::exchange(block_, Block()));
  begin_ = end_ = 0;
}

}  // namespace gregor::server
