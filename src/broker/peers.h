// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A shard's open questions to other brokers: writes requests of Kafka's protocol, and gives each
// answer, or the reason why there is none, to the one who asked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "broker/peer.h"
#include "broker/request.h"
#include "model/result.h"
#include "protocol/api_table.h"
#include "protocol/codec.h"
#include "protocol/messages/header.h"

namespace gregor::broker {

struct ShardState;

class Peers {
 public:
  // The response without its header, valid during the call. An error is network_exception (the peer
  // may have done what was asked or not) or that of a response which cannot be read.
  using OnAnswer = std::function<void(ShardState&, model::Result<base::BytesView>)>;

  // Calls back exactly once, in a later step. The request must be one that the version can carry.
  void ask(ShardState& shard, const PeerAddress& to, PeerLane lane, protocol::MessageView request,
           model::ApiVersion version, std::int64_t timeout_ms, OnAnswer on_answer);

  // A client's request, passed on as it is under a client id of ours.
  void pass_on(ShardState& shard, const PeerAddress& to, const Request& request,
               std::string client_id, std::int64_t timeout_ms, OnAnswer on_answer);

  // Reads the whole response for the one who asked.
  template <class Response>
  static model::Result<Response> read(model::Result<base::BytesView> answer,
                                      model::ApiVersion version) {
    if (!answer) return model::fail(std::move(answer.error()));
    return protocol::decode<Response>(*answer, version);
  }

  void on_replied(ShardState& shard, const PeerReplied& event);
  void on_failed(ShardState& shard, PeerFailed event);

 private:
  struct Waiting {
    const protocol::Api* api;
    model::ApiVersion version;
    OnAnswer on_answer;
  };
  void send(ShardState& shard, const PeerAddress& to, PeerLane lane, PeerRequestId id,
            model::Result<base::Bytes> frame, std::int64_t timeout_ms, Waiting waiting);
  static protocol::RequestHeader header_of(PeerRequestId id, std::string client_id);
  Waiting take(PeerRequestId id);

  std::uint64_t next_ = 1;
  std::map<PeerRequestId, Waiting> waiting_;
};

}  // namespace gregor::broker
