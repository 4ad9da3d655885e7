// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The connections of one shard to other brokers: made when there is something to say, forgotten
// when they break, closed when a peer leaves a request unanswered beyond its deadline.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/events.h"
#include "broker/peer.h"
#include "server/event_loop.h"
#include "server/peer_connection.h"

namespace gregor::server {

class PeerConnections final : PeerConnection::Host {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    // PeerReplied or PeerFailed. Requests may be sent before it returns.
    virtual void peer_event(broker::Event event) = 0;
    virtual void end_turn() = 0;
  };

  PeerConnections(ConnectionResources& resources, Host& host);

  // No event comes before it returns.
  void send(broker::PeerRequest request);
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  void peer_replied(broker::PeerRequestId id, base::BytesView frame) override;
  void peer_closed(PeerConnection& connection, std::vector<broker::PeerRequestId> unanswered,
                   const std::string& reason) override;
  void end_turn() override { host_.end_turn(); }
  void set_timer();
  void close_overdue();

  ConnectionResources& resources_;
  Host& host_;
  Timer timer_;
  std::map<PeerKey, std::unique_ptr<PeerConnection>> by_key_;
  std::vector<std::unique_ptr<PeerConnection>> closed_;  // to be destroyed after the turn
};

}  // namespace gregor::server
