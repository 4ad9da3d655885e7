// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One thread's loop: waits until a descriptor is ready, an instant has come or another thread has
// posted something, and calls whom it concerns. Readiness only: reading and writing is the
// caller's, on non-blocking descriptors. An idle loop sleeps without a timer.
// Everything here belongs to the thread that runs the loop, except post() and stop().
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "model/ids.h"
#include "model/result.h"
#include "server/descriptor.h"

namespace boost::asio {
class io_context;
}

namespace gregor::server {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Returns after stop(); what was posted and not run is dropped with the loop.
  void run();
  void stop();                            // from any thread
  void post(std::function<void()> work);  // from any thread; in the order of the calls

 private:
  friend class NameLookup;
  friend class Timer;
  friend class Watch;
  [[nodiscard]] boost::asio::io_context& context();
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// Calls back at an instant or soon after it, never before. Setting it anew is cheap: the timer of
// the operating system is touched only when the instant moves forward.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> on_due);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void set(std::optional<model::Instant> due);  // replaces the last one; none: not at all

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Readiness of one descriptor, which it owns and closes.
class Watch {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
  };

  // Fails when the operating system refuses (too many watches, out of memory).
  static model::Result<std::unique_ptr<Watch>> open(EventLoop& loop, Descriptor descriptor,
                                                    Listener& listener);
  ~Watch();  // nothing is called afterwards
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Each asks for one call of the listener, soon if ready now; asking again meanwhile is the same.
  void wait_readable();
  void wait_writable();

  [[nodiscard]] int descriptor() const;

 private:
  struct State;
  explicit Watch(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace gregor::server
