// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The tree of znodes behind the coordination port: ZooKeeper's semantics as a state machine without
// files, threads or clocks. The embedded service keeps one in a local folder (tree_file.h); the
// simulated one adds its faults around it.
//
// - Every committed multi, and every opening and end of a session, is one Transaction with the next
//   zxid. Reads, failed multis and multis of nothing but checks commit nothing.
// - A failed multi leaves no trace. Its results are those that ZooKeeper's clients give: ok for
// what
//   came before the failure, the failure, runtime_inconsistency for what was not tried.
// - The number of a sequential znode is how many children its parent was ever given.
// - A watch fires once, for one session. Whoever watches data and children of a znode hears of its
//   removal once.
// - When a session ends its watches are gone and its ephemeral znodes are removed, in path order,
// in
//   one transaction.
// Invariants: coordination/invariants.h, checked for what each step has touched.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/units.h"
#include "coordination/port.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::coordination {

inline constexpr std::size_t znode_bytes_max = std::size_t{1} << 20;  // ZooKeeper's default limit

struct Znode {
  std::string data;
  Zxid czxid, mzxid, pzxid;
  std::int64_t ctime = 0, mtime = 0;
  std::int32_t version = 0;
  std::int32_t creates = 0;  // children ever created
  SessionId owner;           // of an ephemeral
  std::set<std::string, std::less<>> children;
  friend bool operator==(const Znode&, const Znode&) = default;
};

struct SessionOpened {
  friend bool operator==(const SessionOpened&, const SessionOpened&) = default;
};
struct SessionEnded {  // its ephemerals went with it
  friend bool operator==(const SessionEnded&, const SessionEnded&) = default;
};
struct ZnodeCreated {
  std::string path;
  std::string data;
  bool ephemeral = false;
  friend bool operator==(const ZnodeCreated&, const ZnodeCreated&) = default;
};
struct ZnodeRemoved {
  std::string path;
  friend bool operator==(const ZnodeRemoved&, const ZnodeRemoved&) = default;
};
struct ZnodeSet {
  std::string path;
  std::string data;
  friend bool operator==(const ZnodeSet&, const ZnodeSet&) = default;
};
using Committed = std::variant<SessionOpened, SessionEnded, ZnodeCreated, ZnodeRemoved, ZnodeSet>;

// What a journal must keep to make the same tree again.
struct Transaction {
  Zxid zxid;
  model::Timestamp time;
  SessionId session;
  std::vector<Committed> changes;  // at least one
  friend bool operator==(const Transaction&, const Transaction&) = default;
};

struct SessionWatch {
  SessionId session;
  WatchFired watch;
};

// To be delivered in this order: first the transaction to stable storage, then the watches, then
// the reply.
struct Outcome {
  std::optional<Transaction> transaction;
  std::vector<SessionWatch> watches;
  std::optional<Reply> reply;  // of a request
};

class ZnodeTree {
 public:
  using Znodes = std::map<std::string, Znode, std::less<>>;  // by path; "/" is always there
  // Live sessions and the paths of their ephemerals.
  using Sessions = std::map<SessionId, std::set<std::string, std::less<>>>;

  ZnodeTree();
  // From what a file said, after checking that it is a tree.
  static model::Result<ZnodeTree> restore(Zxid last_zxid, Znodes znodes,
                                          const std::set<SessionId>& sessions);

  // The session's id is in the transaction; no other session of this tree ever has it.
  Outcome open_session(model::Timestamp now);
  // Closed or expired: the same to everyone else. No effect when there is no such session.
  Outcome end_session(SessionId session, model::Timestamp now);
  Outcome handle(SessionId session, const Request& request, model::Timestamp now);

  // Does again what a journal says was done; the tree must be the one that it was done to. Which
  // watches of this tree fire.
  model::Result<std::vector<SessionWatch>> replay(const Transaction& transaction);

  [[nodiscard]] const Znodes& znodes() const { return znodes_; }
  [[nodiscard]] const Sessions& sessions() const { return sessions_; }
  [[nodiscard]] Zxid last_zxid() const { return last_zxid_; }

 private:
  // How to take one change back.
  struct Undo {
    std::string path;
    std::optional<Znode> before;  // without children; nullopt: it was not there
    Zxid parent_pzxid;
  };
  // A multi, or another transaction, while it is being done.
  struct Attempt {
    Transaction transaction;
    std::vector<Undo> undo;
  };
  using Watchers = std::map<std::string, std::set<SessionId>, std::less<>>;

  [[nodiscard]] Attempt attempt(SessionId session, model::Timestamp now) const;
  Reply change(const Request& request, const Multi& multi, Attempt& attempt);
  ChangeResult change(const Create& create, Attempt& attempt);
  ChangeResult change(const Remove& remove, Attempt& attempt);
  ChangeResult change(const SetData& set, Attempt& attempt);
  ChangeResult change(const Check& check, Attempt& attempt) const;
  Reply read(SessionId session, RequestId id, const GetData& get);
  Reply read(SessionId session, RequestId id, const GetChildren& get);

  void create(std::string path, std::string data, bool ephemeral, Attempt& attempt);
  void remove(const std::string& path, Attempt& attempt);
  void set(const std::string& path, std::string data, Attempt& attempt);
  void end(SessionId session, Attempt& attempt);
  Status redo(const Committed& change, Attempt& attempt);
  void roll_back(Attempt& attempt);
  void commit(Attempt& attempt, Outcome& out);

  void fire_watches(const std::vector<Committed>& changes, std::vector<SessionWatch>& out);
  void check_touched(const std::vector<Undo>& touched) const;

  Znodes znodes_;
  Sessions sessions_;
  Watchers data_watchers_, child_watchers_;
  Zxid last_zxid_{0};
};

// What a client is told of a znode.
Stat stat_of(const Znode& znode);

}  // namespace gregor::coordination
