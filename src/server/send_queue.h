// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is to leave on one connection, in order: bytes in memory and slices of files. Large slices
// go from the file to the socket inside the kernel; everything between them goes into one sendmsg,
// so replies of one turn leave together. What the socket does not take of a file is not kept, so a
// slow reader holds no memory for it.
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
  // `transfer` is room for small slices, at least as much as the largest of them. An error when the
  // peer or a file fails: the connection is of no use then.
  model::Result<Outcome> send(int socket, base::MutableBytesView transfer);

  [[nodiscard]] std::uint64_t unsent() const { return unsent_; }  // bytes, those in files included
  [[nodiscard]] std::uint64_t memory() const { return memory_; }  // bytes that wait in memory
  [[nodiscard]] std::uint64_t sent() const { return sent_; }      // bytes since the beginning

 private:
  struct Offer {
    std::size_t offered = 0;
    std::size_t taken = 0;
  };
  model::Result<bool> send_once(int socket, base::MutableBytesView transfer);
  model::Result<Offer> offer_bytes(int socket, base::MutableBytesView transfer);
  static model::Result<Offer> offer_file(int socket, const broker::FileSlice& slice);
  void drop_front(std::size_t bytes);

  std::vector<broker::Piece> pieces_;  // from first_ on
  std::size_t first_ = 0;
  std::size_t first_sent_ = 0;  // bytes of the first piece that have left, if it is in memory
  std::uint64_t unsent_ = 0;
  std::uint64_t memory_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace gregor::server
