// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A connection to another broker, which we made: sends requests one behind the other and pairs the
// responses with them. It belongs to one shard's thread.
//
//   resolving -> connecting -> open -> closed       from each of them to closed when it fails
//
// Every request that was given to it ends in Host::replied or in the list that Host::closed gets.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "broker/peer.h"
#include "server/connection.h"
#include "server/event_loop.h"
#include "server/memory_budget.h"
#include "server/name_lookup.h"
#include "server/receive_buffer.h"
#include "server/send_queue.h"

namespace gregor::server {

struct PeerKey {
  broker::PeerAddress address;
  broker::PeerLane lane = broker::PeerLane::control;
  friend auto operator<=>(const PeerKey&, const PeerKey&) = default;
};

class PeerConnection final : Watch::Listener {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    // The frame is valid during the call only; requests may be sent before it returns.
    virtual void peer_replied(broker::PeerRequestId id, base::BytesView frame) = 0;
    // The connection is of no further use; `unanswered` will never be answered.
    virtual void peer_closed(PeerConnection& connection,
                             std::vector<broker::PeerRequestId> unanswered,
                             const std::string& reason) = 0;
    virtual void end_turn() = 0;
  };

  // Begins to connect; nothing is called before it returns.
  PeerConnection(PeerKey key, ConnectionResources& resources, Host& host);

  // Leaves as soon as it can. Only while is_open().
  void send(broker::PeerRequest request);
  void close(const std::string& reason);

  [[nodiscard]] const PeerKey& key() const { return key_; }
  [[nodiscard]] bool is_open() const { return state_ != State::closed; }
  // Of what it waits for; none if it waits for nothing.
  [[nodiscard]] std::optional<model::Instant> deadline() const;

 private:
  enum class State : std::uint8_t { resolving, connecting, open, closed };
  struct Waiting {
    broker::PeerRequestId id;
    std::int32_t correlation = 0;
    model::Instant deadline;
  };

  void on_readable() override;
  void on_writable() override;
  void resolved(model::Result<std::vector<NameLookup::Address>> addresses);
  void try_next_address(std::string failure);
  model::Result<> begin_connecting(const NameLookup::Address& address);
  void finish_connecting();
  bool read_once();
  void consume();
  void take_response(base::BytesView frame);
  void flush();
  void account();

  const PeerKey key_;
  ConnectionResources& resources_;
  Host& host_;
  State state_ = State::resolving;
  std::vector<NameLookup::Address> addresses_;  // to be tried, the next one last
  std::unique_ptr<Watch> watch_;                // while connecting or open
  ReceiveBuffer receive_;
  SendQueue send_;
  MemoryBudget::Share share_;
  std::deque<Waiting> waiting_;
  NameLookup lookup_;
};

}  // namespace gregor::server
