// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One conversation over a connection of its own: the only place here that sends and receives.
// Never blocks; its owner polls.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <optional>

#include "cli/client_options.h"
#include "fuzz/wire/judge.h"
#include "fuzz/wire/traffic.h"
#include "model/result.h"
#include "server/descriptor.h"

namespace gregor::fuzz::wire {

using Clock = std::chrono::steady_clock;

// Where a broker listens, looked up.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
};
model::Result<Endpoint> look_up(const cli::Address& address);

class Exchange {
 public:
  // Begins to connect. `served` must outlive it.
  Exchange(const Endpoint& to, Conversation conversation, const Served& served,
           std::chrono::milliseconds deadline, Clock::time_point now);

  // For poll; -1 if it is over.
  [[nodiscard]] int descriptor() const { return socket_.number(); }
  [[nodiscard]] short wanted_events() const;
  // Goes on as far as it can without waiting.
  void step(short events, Clock::time_point now);
  // Ends it without a verdict if all that it waits for is what the request agreed to wait.
  void end_if_patient();

  [[nodiscard]] bool over() const { return !socket_.open(); }
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }
  [[nodiscard]] const Conversation& conversation() const { return conversation_; }
  [[nodiscard]] const std::vector<Outcome>& outcomes() const { return judge_.outcomes(); }

 private:
  bool connected();
  bool send_some();
  bool receive_all();
  void check_deadline(Clock::time_point now);
  void finish(std::optional<Verdict> verdict);

  Conversation conversation_;
  Judge judge_;
  std::chrono::milliseconds deadline_;
  Clock::time_point last_progress_;
  server::Descriptor socket_;
  bool connecting_ = true;
  bool half_closed_ = false;
  base::Bytes unsent_;
  std::size_t sent_ = 0;
  std::optional<Verdict> verdict_;
};

}  // namespace gregor::fuzz::wire
