// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace gregor::server {
namespace {

constexpr int exit_failed = 1;

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  return signals;
}

}  // namespace

void hold_back_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

model::Result<std::unique_ptr<StopSignals>> StopSignals::open(EventLoop& loop,
                                                              std::function<void()> stop) {
  const sigset_t signals = stop_signals();
  Descriptor descriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor.open())
    return model::fail(model::ErrorCode::unknown_server_error,
                       "signalfd: " + std::generic_category().message(errno));
  std::unique_ptr<StopSignals> watcher(new StopSignals(std::move(stop)));
  auto watch = Watch::open(loop, std::move(descriptor), *watcher);
  if (!watch) return model::fail(watch.error());
  watcher->watch_ = std::move(*watch);
  watcher->watch_->wait_readable();
  return watcher;
}

void StopSignals::on_readable() {
  signalfd_siginfo info;
  while (::read(watch_->descriptor(), &info, sizeof(info)) == sizeof(info)) {
    if (stopping_) std::_Exit(exit_failed);
    stopping_ = true;
    stop_();
  }
  watch_->wait_readable();
}

}  // namespace gregor::server
