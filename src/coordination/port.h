// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The coordination port: what Gregor asks of ZooKeeper, as data. The core emits a Request and
// later gets the Reply with the same id as an event; a watch fires once, as an event. Semantics
// are ZooKeeper's: versions that compare and set, ephemerals that die with their session, multi
// that happens whole or not at all, one-shot watches, and for one session replies in the order of
// its requests. Implementations: an embedded tree kept in a local file (server/), the ZooKeeper
// client, and a simulated service.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/typed_number.h"

namespace gregor::coordination {

using RequestId = base::TypedId<struct RequestTag, std::uint64_t>;
using SessionId = base::TypedId<struct SessionIdTag, std::int64_t>;  // 0: none

// Number of a committed change, the order of all changes; a broker's epoch is the czxid of its
// registration.
using Zxid = base::TypedId<struct ZxidTag, std::int64_t>;

inline constexpr std::int32_t any_version = -1;

// ZooKeeper's error numbers.
enum class Status : std::int32_t {
  ok = 0,
  runtime_inconsistency = -2,  // in a multi: another operation failed, this one was not tried
  connection_loss = -4,        // unknown whether the request was applied
  bad_arguments = -8,
  no_node = -101,
  bad_version = -103,
  no_children_for_ephemerals = -108,
  node_exists = -110,
  not_empty = -111,
  session_expired = -112,
};

enum class CreateMode : std::uint8_t {
  persistent,
  ephemeral,
  persistent_sequential,
  ephemeral_sequential
};

struct Stat {
  Zxid czxid, mzxid, pzxid;  // of creation, of the last data change, of the last change of children
  std::int64_t ctime = 0, mtime = 0;       // ms since the Unix epoch
  std::int32_t version = 0, cversion = 0;  // data changes, changes of children
  SessionId ephemeral_owner;
  std::int32_t children = 0;
  friend bool operator==(const Stat&, const Stat&) = default;
};

struct Create {
  std::string path;
  std::string data;
  CreateMode mode = CreateMode::persistent;
};
struct Remove {
  std::string path;
  std::int32_t version = any_version;
};
struct SetData {
  std::string path;
  std::string data;
  std::int32_t version = any_version;
};
struct Check {
  std::string path;
  std::int32_t version = any_version;
};
using Change = std::variant<Create, Remove, SetData, Check>;

// All changes or none; a single change is a multi of one.
struct Multi {
  std::vector<Change> changes;
};
struct GetData {
  std::string path;
  bool watch = false;  // fires on change or removal; when the node is absent, on creation
};
struct GetChildren {
  std::string path;
  bool watch = false;  // fires when a child comes or goes, or the node is removed
};

using Operation = std::variant<Multi, GetData, GetChildren>;

struct Request {
  RequestId id;
  Operation operation;
};

struct ChangeResult {
  Status status = Status::ok;
  std::string path;  // of a Create: the path made, with its sequence number
  Stat stat;         // of a Create or SetData: afterwards
};
struct MultiReply {
  std::vector<ChangeResult> results;  // one a change, in order
};
struct DataReply {
  std::string data;
  Stat stat;
};
struct ChildrenReply {
  std::vector<std::string> names;  // sorted; the last path component only
  Stat stat;
};

struct Reply {
  RequestId id;
  Status status = Status::ok;  // of the whole; a failed multi has its first failure here
  std::variant<std::monostate, MultiReply, DataReply, ChildrenReply> content;
};

enum class WatchKind : std::uint8_t { created, removed, data_changed, children_changed };

struct WatchFired {
  std::string path;
  WatchKind kind = WatchKind::data_changed;
};

// The connection was lost and is there again, in the same session. Meanwhile ZooKeeper may have
// elected a new leader, which gives every session its whole timeout anew: who waits for another
// session to end begins to wait anew.
struct ConnectionRestored {};

}  // namespace gregor::coordination
