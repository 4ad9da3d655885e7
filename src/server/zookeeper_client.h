// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// ZooKeeper behind the coordination port. One thread owns everything below and is told by letters
// what came of its calls, in the order in which ZooKeeper answered.
//
// - A lost connection is mended by the library, which also sets the watches anew; then
//   ConnectionRestored tells of it. The requests that were under way end in connection_loss, told
//   after that; those that come meanwhile wait.
// - When ZooKeeper says that the session is over, whatever was under way is dropped, another
//   session is opened, and SessionOpened tells of it. (Nobody learns of an expiry without a
//   connection.)
// - A multi that creates something is followed by one look at it, if need be, since the library
//   does not tell the Stat of what a multi creates. All that one multi does has one zxid.
// - A read with a watch is a look that sets the watch, followed by the read; should the watch fire
//   in between, both are done again.
// - Of a multi with a path that no ZooKeeper would take, the library would tell nothing but that. A
//   check that must fail is sent in place of such a change, so that the answer says what came
//   first.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "broker/effects.h"
#include "coordination/port.h"
#include "model/result.h"
#include "server/coordination_service.h"
#include "server/zookeeper_address.h"
#include "server/zookeeper_handle.h"

namespace gregor::server {

struct ZooKeeperSettings {
  ZooKeeperAddress address;
  int session_timeout_ms = 18'000;     // asked for; ZooKeeper has bounds of its own
  int connection_timeout_ms = 18'000;  // of the first connection
  std::size_t in_flight_max = 10;      // requests
};

class ZooKeeperClient final : public CoordinationService {
 public:
  using Log = std::function<void(broker::Severity, std::string_view)>;  // on the client's thread

  // Waits for the first connection; broker_not_available when there is none in time.
  static model::Result<std::unique_ptr<ZooKeeperClient>> connect(ZooKeeperSettings settings,
                                                                 Deliver deliver, Log log);
  ~ZooKeeperClient() override;  // ends the session; what was submitted may be lost

  void start() override;
  void submit(std::vector<coordination::Request> requests) override;
  model::Result<> close() override;

 private:
  ZooKeeperClient(ZooKeeperSettings settings, Deliver deliver, Log log);

  struct FromHandle {
    std::uint64_t generation = 0;  // of the handle
    HandleNews news;
  };
  struct Submitted {
    std::vector<coordination::Request> requests;
  };
  struct Close {};
  using Letter = std::variant<FromHandle, Submitted, Close>;

  // A request under way, or the place of watches that fired when none was.
  struct Slot {
    coordination::Request request;
    coordination::Reply reply;
    bool done = false;
    int outstanding = 0;                           // calls
    bool again = false;                            // the watch fired between look and read
    std::optional<coordination::Status> look;      // what came of it
    std::optional<std::size_t> impossible;         // change of the multi that is sent as a check
    std::vector<coordination::WatchFired> before;  // fired before it was answered
    bool is_request = true;
  };

  void post(Letter letter);
  std::vector<Letter> take(std::optional<std::chrono::steady_clock::time_point> until);
  void serve();
  void on(FromHandle letter);
  void on(Submitted letter);
  void on(Close);
  void on(CallDone& done);
  void on(coordination::WatchFired& fired);
  void on(const ConnectionChanged& changed);

  void open_handle();
  void send_more();
  void begin(CallNumber number, Slot& slot);
  void begin(CallNumber number, Slot& slot, const coordination::Multi& multi);
  void finish(Slot& slot, coordination::Status status,
              decltype(coordination::Reply::content) content);
  void finish_multi(CallNumber number, Slot& slot, CallDone& done);
  void deliver_finished();

  const ZooKeeperSettings settings_;
  const Deliver deliver_;
  const Log log_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Letter> letters_;

  // Of the thread; of connect() before it runs.
  std::unique_ptr<ZooKeeperHandle> handle_;
  std::uint64_t generation_ = 0;
  bool connected_ = false;
  bool restored_ = false;  // and nobody was told yet
  bool expired_ = false;
  bool closing_ = false;
  coordination::SessionId session_;       // of the last connection
  coordination::SessionId told_session_;  // of the last SessionOpened
  bool started_ = false;
  std::deque<coordination::Request> queued_;  // not sent yet
  std::deque<Slot> slots_;                    // in the order of the requests
  CallNumber first_slot_ = 0;                 // the number of slots_.front()
  std::size_t in_flight_ = 0;                 // slots that are not done
  std::thread thread_;
};

}  // namespace gregor::server
