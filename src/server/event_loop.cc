// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/event_loop.h"

#include <algorithm>
#include <string>

#include "server/asio.h"
#include "server/clock.h"

namespace gregor::server {

namespace asio = boost::asio;
using boost::system::error_code;

struct EventLoop::Implementation {
  // One thread runs it; others may post.
  asio::io_context context{1};
};

EventLoop::EventLoop() : implementation_(std::make_unique<Implementation>()) {}
EventLoop::~EventLoop() = default;

asio::io_context& EventLoop::context() { return implementation_->context; }

void EventLoop::run() {
  const auto keep_running = asio::make_work_guard(implementation_->context);
  implementation_->context.run();
}

void EventLoop::stop() { implementation_->context.stop(); }

void EventLoop::post(std::function<void()> work) {
  asio::post(implementation_->context, std::move(work));
}

// A far instant is reached in hops, because the clock's own unit is finer and would overflow.
constexpr std::int64_t hop_ms = 86'400'000;

// Outlives its Timer while the operating system's timer is armed; `on_due` is empty then.
struct Timer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, std::function<void()> callback)
      : timer(context), on_due(std::move(callback)) {}

  void arm(model::Instant at) {
    at = std::min(at, monotonic_now() + hop_ms);
    armed = at;
    timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(at.value())));
    timer.async_wait([self = shared_from_this()](error_code error) {
      if (error != asio::error::operation_aborted) self->fired();
    });
  }

  void fired() {
    armed.reset();
    if (!on_due || !due) return;
    if (*due > monotonic_now()) return arm(*due);
    due.reset();
    on_due();
  }

  asio::steady_timer timer;
  std::function<void()> on_due;
  std::optional<model::Instant> due;    // wanted
  std::optional<model::Instant> armed;  // asked of the operating system; may be earlier than `due`
};

Timer::Timer(EventLoop& loop, std::function<void()> on_due)
    : state_(std::make_shared<State>(loop.context(), std::move(on_due))) {}

Timer::~Timer() {
  state_->on_due = nullptr;
  state_->timer.cancel();
}

void Timer::set(std::optional<model::Instant> due) {
  state_->due = due;
  if (due && (!state_->armed || *due < *state_->armed)) state_->arm(*due);
}

// Outlives its Watch until the cancelled waits have come back; `listener` is null then.
struct Watch::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, Listener& to) : descriptor(context), listener(&to) {}

  void wait(asio::posix::descriptor_base::wait_type type, bool& armed,
            void (Listener::*callback)()) {
    if (armed) return;
    armed = true;
    descriptor.async_wait(type, [self = shared_from_this(), &armed, callback](error_code error) {
      armed = false;
      // Any other error shows again in the read or write that follows, which reports it.
      if (self->listener != nullptr && error != asio::error::operation_aborted)
        (self->listener->*callback)();
    });
  }

  asio::posix::stream_descriptor descriptor;
  Listener* listener;
  bool waits_readable = false;
  bool waits_writable = false;
};

model::Result<std::unique_ptr<Watch>> Watch::open(EventLoop& loop, Descriptor descriptor,
                                                  Listener& listener) {
  auto state = std::make_shared<State>(loop.context(), listener);
  error_code error;
  state->descriptor.assign(descriptor.number(), error);
  if (error)
    return model::fail(model::ErrorCode::unknown_server_error, "watch: " + error.message());
  static_cast<void>(descriptor.release());  // now the state's
  return std::unique_ptr<Watch>(new Watch(std::move(state)));
}

Watch::Watch(std::shared_ptr<State> state) : state_(std::move(state)) {}

Watch::~Watch() {
  state_->listener = nullptr;
  error_code ignored;
  state_->descriptor.close(ignored);
}

void Watch::wait_readable() {
  state_->wait(asio::posix::descriptor_base::wait_read, state_->waits_readable,
               &Listener::on_readable);
}

void Watch::wait_writable() {
  state_->wait(asio::posix::descriptor_base::wait_write, state_->waits_writable,
               &Listener::on_writable);
}

int Watch::descriptor() const { return state_->descriptor.native_handle(); }

}  // namespace gregor::server
