// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is to leave on one connection, in order: bytes in memory and slices of files. Everything
// that fits goes into one sendmsg, so replies of one turn leave together. Slices are read into the
// transfer buffer that all connections of a shard share and sent from there; what the socket does
// not take is read again later, so a slow reader holds no memory for data that lies in files.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "broker/effects.h"
#include "model/result.h"

namespace gregor::server {

class SendQueue {
 public:
  void add(std::vector<broker::Piece> pieces);

  enum class Outcome : std::uint8_t {
    empty,    // everything has left
    blocked,  // the socket takes no more now
    more,     // enough for this turn; the socket would take more
  };
  // An error when the peer or a file fails: the connection is of no use then.
  model::Result<Outcome> send(int socket, base::MutableBytesView transfer);

  [[nodiscard]] std::uint64_t unsent() const { return unsent_; }  // bytes, those in files included
  [[nodiscard]] std::uint64_t memory() const { return memory_; }  // bytes that wait in memory
  [[nodiscard]] std::uint64_t sent() const { return sent_; }      // bytes since the beginning

 private:
  model::Result<bool> send_once(int socket, base::MutableBytesView transfer);
  void learn_appetite(std::size_t sent, std::size_t offered);
  void drop_front(std::size_t bytes);

  std::vector<broker::Piece> pieces_;  // from first_ on
  std::size_t first_ = 0;
  std::size_t first_sent_ = 0;  // bytes of the first piece that have left, if it is in memory
  std::uint64_t unsent_ = 0;
  std::uint64_t memory_ = 0;
  std::uint64_t sent_ = 0;
  std::size_t appetite_ = 256 << 10;  // how much of files is read for one send
};

}  // namespace gregor::server
