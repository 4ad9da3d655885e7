// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One handle of the ZooKeeper C client (libzookeeper_mt): one session, from its opening to its end.
// It speaks the library's language below and the coordination port's above. The library has threads
// of its own; what they report is posted as HandleNews and nothing else happens on them.
//
// Two things that the library cannot do are done in two calls, by zookeeper_client.h: a multi does
// not tell the Stat of what it creates, and a read of an absent znode leaves no watch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "coordination/port.h"
#include "server/zookeeper_address.h"

struct _zhandle;  // NOLINT(bugprone-reserved-identifier): the library names it so

namespace gregor::server {

// A call is told by its number, which its caller chooses.
using CallNumber = std::uint64_t;

struct CallDone {
  CallNumber call = 0;
  coordination::Status status = coordination::Status::ok;
  // As in coordination::Reply. In a MultiReply stats of creations are empty; what exists() finds
  // is a DataReply without data.
  decltype(coordination::Reply::content) content;
};
enum class ConnectionState : std::uint8_t { connected, connecting, expired };
struct ConnectionChanged {
  ConnectionState state = ConnectionState::connecting;
  coordination::SessionId session;  // when connected
};
using HandleNews = std::variant<CallDone, coordination::WatchFired, ConnectionChanged>;

class ZooKeeperHandle {
 public:
  // `post` is called on threads of the library, in the order in which ZooKeeper answered.
  using Post = std::function<void(HandleNews)>;

  ZooKeeperHandle(ZooKeeperAddress address, int session_timeout_ms, Post post);
  ~ZooKeeperHandle();  // ends the session if there is a connection
  ZooKeeperHandle(const ZooKeeperHandle&) = delete;
  ZooKeeperHandle& operator=(const ZooKeeperHandle&) = delete;

  // False when the hosts cannot be resolved: the handle is of no use.
  [[nodiscard]] bool good() const { return handle_ != nullptr; }

  // All paths are the cluster's. Each is followed by one CallDone with its number, and a watch, if
  // one is set, by one WatchFired at most.
  void multi(CallNumber call, const coordination::Multi& multi);
  void create(CallNumber call, const coordination::Create& create);  // a Stat comes with it
  void get(CallNumber call, const std::string& path);
  void exists(CallNumber call, const std::string& path, bool watch);
  void children(CallNumber call, const std::string& path, bool watch);
  // The path above all others; whatever comes of it.
  void make_chroot();

 private:
  struct Call;
  struct Callbacks;
  Call& begin(CallNumber number);
  // What the library refuses at once is done at once.
  void check(Call& call, int status);
  void finish(Call& call, int status, decltype(coordination::Reply::content) content);

  const ZooKeeperAddress address_;
  const Post post_;
  std::mutex mutex_;  // of calls_: callers and the library's threads
  std::unordered_map<const Call*, std::unique_ptr<Call>> calls_;
  _zhandle* handle_ = nullptr;
};

}  // namespace gregor::server
