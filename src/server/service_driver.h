// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: a coordination service driven by a script (port_script.h), one service object for each
// session.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "server/coordination_service.h"
#include "server/mailbox.h"
#include "server/port_script.h"
#include "server/test_client.h"

namespace gregor::server::test {

// A service with all that it has told so far.
struct ListenedService {
  std::unique_ptr<CoordinationService> service;
  Mailbox<CoordinationEvent> events;
  std::deque<CoordinationEvent> unheard;

  CoordinationService::Deliver listener() {
    return [this](CoordinationEvent event) { static_cast<void>(events.put(std::move(event))); };
  }
  // Waits for an event that is the last one wanted, and gives all up to it.
  std::vector<CoordinationEvent> wait(
      const std::function<bool(const CoordinationEvent&)>& is_last) {
    std::vector<CoordinationEvent> out;
    const bool came = wait_until([&] {
      for (CoordinationEvent& event : events.take()) unheard.push_back(std::move(event));
      while (!unheard.empty()) {
        out.push_back(std::move(unheard.front()));
        unheard.pop_front();
        if (is_last(out.back())) return true;
      }
      return false;
    });
    EXPECT_TRUE(came);
    return out;
  }
  coordination::SessionId wait_for_session() {
    const auto told =
        wait([](const auto& event) { return std::holds_alternative<SessionOpened>(event); });
    return told.empty() ? coordination::SessionId{} : std::get<SessionOpened>(told.back()).session;
  }
  std::vector<CoordinationEvent> wait_for_reply(coordination::RequestId id) {
    return wait([id](const auto& event) {
      const auto* reply = std::get_if<coordination::Reply>(&event);
      return reply != nullptr && reply->id == id;
    });
  }
};

class ServiceDriver final : public PortDriver {
 public:
  // Opens a service that tells the listener; it is not started yet.
  using Open = std::function<std::unique_ptr<CoordinationService>(CoordinationService::Deliver)>;
  // Returns when the service knows that the session is over.
  using Over = std::function<void(coordination::SessionId)>;
  explicit ServiceDriver(
      Open open, Over over = [](coordination::SessionId) {})
      : open_(std::move(open)), over_(std::move(over)) {}

  coordination::SessionId open() override {
    auto session = std::make_unique<ListenedService>();
    session->service = open_(session->listener());
    session->service->start();
    const coordination::SessionId id = session->wait_for_session();
    sessions_.emplace(id, std::move(session));
    return id;
  }
  void end(coordination::SessionId session) override {
    EXPECT_TRUE(sessions_.at(session)->service->close());
    sessions_.erase(session);
    over_(session);
  }
  void submit(coordination::SessionId session, coordination::Request request) override {
    sessions_.at(session)->service->submit({std::move(request)});
  }
  std::vector<Event> heard(coordination::SessionId session,
                           coordination::RequestId until) override {
    std::vector<Event> out;
    for (CoordinationEvent& event : sessions_.at(session)->wait_for_reply(until)) {
      if (auto* reply = std::get_if<coordination::Reply>(&event))
        out.emplace_back(std::move(*reply));
      else if (auto* fired = std::get_if<coordination::WatchFired>(&event))
        out.emplace_back(std::move(*fired));
      else
        ADD_FAILURE() << "another session was opened";
    }
    return out;
  }

 private:
  Open open_;
  Over over_;
  std::map<coordination::SessionId, std::unique_ptr<ListenedService>> sessions_;
};

}  // namespace gregor::server::test
