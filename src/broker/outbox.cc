// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How a shard answers: on its own connections as effects, on those of other shards by message.

#include <fmt/format.h>

#include <utility>

#include "broker/shard_state.h"
#include "protocol/frame.h"

namespace gregor::broker {

namespace {

// The response cut where records of files go in.
std::vector<Piece> pieces_of(protocol::Encoded encoded, std::vector<FileSlice> external) {
  std::vector<Piece> pieces;
  if (encoded.external.empty()) {
    pieces.emplace_back(std::move(encoded.bytes));
    return pieces;
  }
  pieces.reserve(2 * encoded.external.size() + 1);
  std::size_t done = 0;
  const auto take_bytes_to = [&](std::size_t end) {
    const auto first = encoded.bytes.begin();
    if (end > done)
      pieces.emplace_back(base::Bytes(first + static_cast<std::ptrdiff_t>(done),
                                      first + static_cast<std::ptrdiff_t>(end)));
    done = end;
  };
  for (const auto& records : encoded.external) {
    take_bytes_to(records.at);
    pieces.emplace_back(std::move(external.at(records.id)));
  }
  take_bytes_to(encoded.bytes.size());
  return pieces;
}

}  // namespace

void ShardState::say(Severity severity, std::string text) {
  effects->lines.push_back({severity, std::move(text)});
}

void ShardState::send(ShardId to, Message message) {
  if (to == self())
    inbox.push_back(std::move(message));
  else
    effects->messages.push_back({to, std::make_unique<Message>(std::move(message))});
}

void ShardState::reply(const RequestHead& head, protocol::MessageView response,
                       std::vector<FileSlice> external) {
  auto encoded = protocol::encode_response_frame(head.correlation, response, head.version);
  if (!encoded) {
    // Something that the client chose (a name that we repeat, say) does not fit into the answer.
    close(head.from, fmt::format("the answer cannot be written: {}", encoded.error().detail));
    return;
  }
  reply(head.from, pieces_of(std::move(*encoded), std::move(external)));
}

void ShardState::reply(const ReplyTarget& to, std::vector<Piece> pieces) {
  if (to.shard != self())
    send(to.shard, ForwardedReply{to.connection, std::move(pieces)});
  else if (connections.end_request(to.connection))
    effects->replies.push_back({to.connection, std::move(pieces)});
}

void ShardState::proceed(const RequestHead& head) {
  if (connections.end_request(head.from.connection))
    effects->proceeds.push_back({head.from.connection});
}

void ShardState::close(const ReplyTarget& to, std::string reason) {
  if (to.shard != self()) {
    send(to.shard, ForwardedClose{to.connection, std::move(reason)});
    return;
  }
  if (connections.find(to.connection) == nullptr) return;
  connections.close(to.connection);
  effects->closes.push_back({to.connection, std::move(reason)});
}

}  // namespace gregor::broker
