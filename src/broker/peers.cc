// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/peers.h"

#include <fmt/format.h>

#include <utility>

#include "base/assert.h"
#include "broker/shard_state.h"
#include "protocol/frame.h"

namespace gregor::broker {

void Peers::ask(ShardState& shard, const PeerAddress& to, PeerLane lane,
                protocol::MessageView request, model::ApiVersion version, std::int64_t timeout_ms,
                OnAnswer on_answer) {
  const PeerRequestId id(next_++);
  const auto header = header_of(id, fmt::format("broker-{}", shard.broker_id().value()));
  send(shard, to, lane, id, protocol::encode_request_frame(header, request, version), timeout_ms,
       {protocol::find_api(model::ApiKey{request.type().id}), version, std::move(on_answer)});
}

void Peers::pass_on(ShardState& shard, const PeerAddress& to, const Request& request,
                    std::string client_id, std::int64_t timeout_ms, OnAnswer on_answer) {
  const PeerRequestId id(next_++);
  protocol::RequestHeader header = header_of(id, std::move(client_id));
  header.request_api_key = request.head.api.value();
  header.request_api_version = request.head.version.value();
  send(shard, to, PeerLane::control, id, protocol::encode_request_frame(header, request.body),
       timeout_ms,
       {protocol::find_api(request.head.api), request.head.version, std::move(on_answer)});
}

protocol::RequestHeader Peers::header_of(PeerRequestId id, std::string client_id) {
  protocol::RequestHeader header;
  header.correlation_id = static_cast<std::int32_t>(id.value() & 0x7fff'ffff);
  header.client_id = std::move(client_id);
  return header;
}

void Peers::send(ShardState& shard, const PeerAddress& to, PeerLane lane, PeerRequestId id,
                 model::Result<base::Bytes> frame, std::int64_t timeout_ms, Waiting waiting) {
  ASSERT(frame.has_value());
  waiting_.emplace(id, std::move(waiting));
  shard.effects->peer_requests.push_back(
      {id, to, lane, std::move(*frame), shard.after(timeout_ms)});
}

Peers::Waiting Peers::take(PeerRequestId id) {
  const auto found = waiting_.find(id);
  ASSERT(found != waiting_.end());
  Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  return waiting;
}

void Peers::on_replied(ShardState& shard, const PeerReplied& event) {
  const Waiting waiting = take(event.id);
  base::BytesView body = event.frame;
  const auto header = protocol::decode_response_header(*waiting.api, waiting.version, body);
  if (!header) return waiting.on_answer(shard, model::fail(header.error()));
  waiting.on_answer(shard, body);
}

void Peers::on_failed(ShardState& shard, PeerFailed event) {
  const Waiting waiting = take(event.id);
  waiting.on_answer(shard,
                    model::fail(model::ErrorCode::network_exception, std::move(event.reason)));
}

}  // namespace gregor::broker
