// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One client's connection: reads and cuts requests, hands them over one at a time, sends replies in
// order. It belongs to one shard's thread.
//
//   idle -> busy -> idle    busy: a request is with the shard; nothing more is consumed
//   blocked                 replies wait for the socket; nothing more is consumed
//   starved                 the node's memory budget is exhausted; nothing more is read
//
// Where reading stops, the kernel's window closes and the client waits: that is the back-pressure.
// After each turn of its shard a connection is settled: what is left of requests is kept, replies
// have left in as few system calls as possible, and it waits for what it needs next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "broker/effects.h"
#include "broker/identity.h"
#include "model/ids.h"
#include "server/block_pool.h"
#include "server/event_loop.h"
#include "server/memory_budget.h"
#include "server/receive_buffer.h"
#include "server/send_queue.h"

namespace gregor::server {

// A connection that always has more to read lets the others of its shard take turns.
inline constexpr int reads_per_turn = 4;

// What the connections of a shard share.
struct ConnectionResources {
  EventLoop& loop;
  MemoryBudget& budget;
  std::uint32_t frame_bytes_max;
  base::MutableBytesView scratch;   // where requests are read
  base::MutableBytesView transfer;  // where slices of files are read
  BlockPool pool{};
};

struct Accepted {
  broker::ConnectionId id;
  Descriptor socket;     // non-blocking
  std::string peer;      // "127.0.0.1:40312"
  std::string address;   // "127.0.0.1", for quotas
  std::string listener;  // name of the listener that accepted it
};

class Connection final : Watch::Listener {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    // Replies may be added before it returns.
    virtual void request_arrived(Connection& connection, base::BytesView frame) = 0;
    // To be settled at the end of the turn.
    virtual void touched(Connection& connection) = 0;
    // Answers are about to leave.
    virtual void sends() = 0;
    virtual void starved(Connection& connection) = 0;
    // The connection is closed already and of no further use.
    virtual void closed(Connection& connection, broker::Severity severity,
                        std::string_view reason) = 0;
    virtual void end_turn() = 0;
  };

  static model::Result<std::unique_ptr<Connection>> open(Accepted accepted,
                                                         ConnectionResources& resources,
                                                         Host& host);

  // A reply, or (no pieces) only the end of the request that is with the shard.
  void answer(std::vector<broker::Piece> pieces);
  void settle();
  void memory_is_back();
  void close(broker::Severity severity, std::string_view reason);

  [[nodiscard]] broker::ConnectionId id() const { return accepted_.id; }
  [[nodiscard]] const std::string& peer() const { return accepted_.peer; }
  [[nodiscard]] const std::string& address() const { return accepted_.address; }
  [[nodiscard]] const std::string& listener() const { return accepted_.listener; }
  [[nodiscard]] bool is_open() const { return watch_ != nullptr; }
  // Bytes that wait for the peer to send or read more (or for its earlier requests).
  [[nodiscard]] std::uint64_t memory() const { return receive_.memory() + send_.memory(); }
  [[nodiscard]] bool has_unfinished_frame() const { return !busy_ && receive_.held() > 0; }
  // Bytes in and out since the beginning: what tells a slow peer from a dead one.
  [[nodiscard]] std::uint64_t traffic() const { return received_ + send_.sent(); }

 private:
  Connection(Accepted accepted, ConnectionResources& resources, Host& host);
  void on_readable() override;
  void on_writable() override;

  [[nodiscard]] bool may_consume() const { return is_open() && !busy_ && !blocked_ && !leaving_; }
  void touch();
  bool read_once();
  void look_for_hangup();
  void consume();
  void flush();
  void account();
  void wait();

  Accepted accepted_;
  ConnectionResources& resources_;
  Host& host_;
  std::unique_ptr<Watch> watch_;
  ReceiveBuffer receive_;
  SendQueue send_;
  MemoryBudget::Share share_;
  std::uint64_t received_ = 0;
  std::size_t frame_in_hand_ = 0;  // bytes of the request that is with the shard
  bool busy_ = false;
  bool blocked_ = false;
  bool starved_ = false;
  bool touched_ = false;
  bool leaving_ = false;       // the peer says no more, and takes the last answers perhaps
  bool more_is_here_ = false;  // while busy: the peer has sent more, so it is alive
};

}  // namespace gregor::server
