// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "coordination/znode_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/overloaded.h"
#include "coordination/invariants.h"
#include "coordination/path.h"

namespace gregor::coordination {

namespace {

using base::Overloaded;

bool is_ephemeral(CreateMode mode) {
  return mode == CreateMode::ephemeral || mode == CreateMode::ephemeral_sequential;
}
bool is_sequential(CreateMode mode) {
  return mode == CreateMode::persistent_sequential || mode == CreateMode::ephemeral_sequential;
}

bool version_fits(const Znode& znode, std::int32_t expected) {
  return expected == any_version || expected == znode.version;
}

Znode without_children(const Znode& znode) {
  Znode copy;
  copy.data = znode.data;
  copy.czxid = znode.czxid;
  copy.mzxid = znode.mzxid;
  copy.pzxid = znode.pzxid;
  copy.ctime = znode.ctime;
  copy.mtime = znode.mtime;
  copy.version = znode.version;
  copy.creates = znode.creates;
  copy.owner = znode.owner;
  return copy;
}

}  // namespace

// ZooKeeper counts creations and tells clients creations plus removals.
Stat stat_of(const Znode& znode) {
  const auto children = static_cast<std::int32_t>(znode.children.size());
  return {.czxid = znode.czxid,
          .mzxid = znode.mzxid,
          .pzxid = znode.pzxid,
          .ctime = znode.ctime,
          .mtime = znode.mtime,
          .version = znode.version,
          .cversion = znode.creates * 2 - children,
          .ephemeral_owner = znode.owner,
          .children = children};
}

ZnodeTree::ZnodeTree() { znodes_.try_emplace("/"); }

model::Result<ZnodeTree> ZnodeTree::restore(Zxid last_zxid, Znodes znodes,
                                            const std::set<SessionId>& sessions) {
  ZnodeTree tree;
  tree.last_zxid_ = last_zxid;
  tree.znodes_ = std::move(znodes);
  for (const SessionId session : sessions) tree.sessions_.try_emplace(session);
  for (auto& [path, znode] : tree.znodes_) {
    if (!is_valid_path(path))
      return fail(model::ErrorCode::corrupt_message, fmt::format("'{}' is no path", path));
    const auto owner = tree.sessions_.find(znode.owner);
    if (owner != tree.sessions_.end()) owner->second.insert(path);
    if (path == "/") continue;
    const auto parent = tree.znodes_.find(parent_of(path));
    if (parent != tree.znodes_.end()) parent->second.children.emplace(name_of(path));
  }
  if (const auto broken = broken_invariant(tree))
    return fail(model::ErrorCode::corrupt_message, *broken);
  return tree;
}

Outcome ZnodeTree::open_session(model::Timestamp now) {
  Outcome out;
  Attempt work = attempt(SessionId{}, now);
  work.transaction.session = SessionId(work.transaction.zxid.value());
  sessions_.try_emplace(work.transaction.session);
  work.transaction.changes.emplace_back(SessionOpened{});
  commit(work, out);
  return out;
}

Outcome ZnodeTree::end_session(SessionId session, model::Timestamp now) {
  Outcome out;
  if (!sessions_.contains(session)) return out;
  Attempt work = attempt(session, now);
  end(session, work);
  commit(work, out);
  return out;
}

Outcome ZnodeTree::handle(SessionId session, const Request& request, model::Timestamp now) {
  Outcome out;
  if (!sessions_.contains(session)) {
    out.reply = Reply{.id = request.id, .status = Status::session_expired, .content = {}};
    return out;
  }
  std::visit(Overloaded{[&](const Multi& multi) {
                          Attempt work = attempt(session, now);
                          out.reply = change(request, multi, work);
                          if (out.reply->status == Status::ok) commit(work, out);
                        },
                        [&](const auto& get) { out.reply = read(session, request.id, get); }},
             request.operation);
  return out;
}

ZnodeTree::Attempt ZnodeTree::attempt(SessionId session, model::Timestamp now) const {
  return {.transaction = {.zxid = Zxid(last_zxid_.value() + 1),
                          .time = now,
                          .session = session,
                          .changes = {}},
          .undo = {}};
}

Reply ZnodeTree::change(const Request& request, const Multi& multi, Attempt& attempt) {
  Reply reply{.id = request.id, .status = Status::ok, .content = {}};
  MultiReply results;
  results.results.reserve(multi.changes.size());
  for (const Change& one : multi.changes) {
    if (reply.status != Status::ok) {
      results.results.push_back({.status = Status::runtime_inconsistency, .path = {}, .stat = {}});
      continue;
    }
    results.results.push_back(std::visit([&](const auto& c) { return change(c, attempt); }, one));
    reply.status = results.results.back().status;
    if (reply.status != Status::ok)
      for (ChangeResult& earlier : results.results)
        earlier = {.status = earlier.status, .path = {}, .stat = {}};
  }
  if (reply.status != Status::ok) roll_back(attempt);
  reply.content = std::move(results);
  return reply;
}

ChangeResult ZnodeTree::change(const Create& create_request, Attempt& attempt) {
  const auto refused = [](Status status) { return ChangeResult{status, {}, {}}; };
  std::string path = create_request.path;
  // The number goes behind a last "/" too; any digit stands for it while the path is judged.
  if (!is_valid_path(is_sequential(create_request.mode) ? path + "1" : path) ||
      create_request.data.size() > znode_bytes_max)
    return refused(Status::bad_arguments);
  if (path == "/" && !is_sequential(create_request.mode)) return refused(Status::node_exists);
  const auto parent = znodes_.find(path.rfind('/') == 0 ? "/" : path.substr(0, path.rfind('/')));
  if (parent == znodes_.end()) return refused(Status::no_node);
  if (is_sequential(create_request.mode)) path += fmt::format("{:010}", parent->second.creates);
  if (znodes_.contains(path)) return refused(Status::node_exists);
  if (parent->second.owner != SessionId{}) return refused(Status::no_children_for_ephemerals);
  create(path, create_request.data, is_ephemeral(create_request.mode), attempt);
  return {Status::ok, path, stat_of(znodes_.find(path)->second)};
}

ChangeResult ZnodeTree::change(const Remove& remove_request, Attempt& attempt) {
  const auto refused = [](Status status) { return ChangeResult{status, {}, {}}; };
  if (!is_valid_path(remove_request.path) || remove_request.path == "/")
    return refused(Status::bad_arguments);
  const auto found = znodes_.find(remove_request.path);
  if (found == znodes_.end()) return refused(Status::no_node);
  if (!version_fits(found->second, remove_request.version)) return refused(Status::bad_version);
  if (!found->second.children.empty()) return refused(Status::not_empty);
  remove(remove_request.path, attempt);
  return {Status::ok, {}, {}};
}

ChangeResult ZnodeTree::change(const SetData& set_request, Attempt& attempt) {
  const auto refused = [](Status status) { return ChangeResult{status, {}, {}}; };
  if (!is_valid_path(set_request.path) || set_request.data.size() > znode_bytes_max)
    return refused(Status::bad_arguments);
  const auto found = znodes_.find(set_request.path);
  if (found == znodes_.end()) return refused(Status::no_node);
  if (!version_fits(found->second, set_request.version)) return refused(Status::bad_version);
  set(set_request.path, set_request.data, attempt);
  return {Status::ok, {}, stat_of(found->second)};
}

ChangeResult ZnodeTree::change(const Check& check, Attempt&) const {
  const auto refused = [](Status status) { return ChangeResult{status, {}, {}}; };
  if (!is_valid_path(check.path)) return refused(Status::bad_arguments);
  const auto found = znodes_.find(check.path);
  if (found == znodes_.end()) return refused(Status::no_node);
  return refused(version_fits(found->second, check.version) ? Status::ok : Status::bad_version);
}

Reply ZnodeTree::read(SessionId session, RequestId id, const GetData& get) {
  if (!is_valid_path(get.path)) return {.id = id, .status = Status::bad_arguments, .content = {}};
  if (get.watch) data_watchers_[get.path].insert(session);
  const auto found = znodes_.find(get.path);
  if (found == znodes_.end()) return {.id = id, .status = Status::no_node, .content = {}};
  return {.id = id,
          .status = Status::ok,
          .content = DataReply{found->second.data, stat_of(found->second)}};
}

Reply ZnodeTree::read(SessionId session, RequestId id, const GetChildren& get) {
  if (!is_valid_path(get.path)) return {.id = id, .status = Status::bad_arguments, .content = {}};
  const auto found = znodes_.find(get.path);
  if (found == znodes_.end()) return {.id = id, .status = Status::no_node, .content = {}};
  if (get.watch) child_watchers_[get.path].insert(session);
  const Znode& znode = found->second;
  return {.id = id,
          .status = Status::ok,
          .content = ChildrenReply{{znode.children.begin(), znode.children.end()}, stat_of(znode)}};
}

// --- the changes themselves: the caller has checked that they are possible ---

void ZnodeTree::create(std::string path, std::string data, bool ephemeral, Attempt& attempt) {
  const Transaction& transaction = attempt.transaction;
  Znode& parent = znodes_.find(parent_of(path))->second;
  attempt.undo.push_back({path, std::nullopt, parent.pzxid});
  Znode fresh;
  fresh.data = data;
  fresh.czxid = fresh.mzxid = fresh.pzxid = transaction.zxid;
  fresh.ctime = fresh.mtime = transaction.time.value();
  if (ephemeral) {
    fresh.owner = transaction.session;
    sessions_.at(transaction.session).insert(path);
  }
  parent.children.emplace(name_of(path));
  ++parent.creates;
  parent.pzxid = transaction.zxid;
  znodes_.emplace(path, std::move(fresh));
  attempt.transaction.changes.emplace_back(
      ZnodeCreated{std::move(path), std::move(data), ephemeral});
}

void ZnodeTree::remove(const std::string& path, Attempt& attempt) {
  const auto found = znodes_.find(path);
  Znode& parent = znodes_.find(parent_of(path))->second;
  const SessionId owner = found->second.owner;
  if (owner != SessionId{}) sessions_.at(owner).erase(path);
  attempt.undo.push_back({path, std::move(found->second), parent.pzxid});
  parent.children.erase(parent.children.find(name_of(path)));
  parent.pzxid = attempt.transaction.zxid;
  attempt.transaction.changes.emplace_back(ZnodeRemoved{path});
  znodes_.erase(found);
}

void ZnodeTree::set(const std::string& path, std::string data, Attempt& attempt) {
  Znode& znode = znodes_.find(path)->second;
  attempt.undo.push_back({path, without_children(znode), Zxid{}});
  znode.data = data;
  znode.mzxid = attempt.transaction.zxid;
  znode.mtime = attempt.transaction.time.value();
  ++znode.version;
  attempt.transaction.changes.emplace_back(ZnodeSet{path, std::move(data)});
}

// The ephemerals' removals are not listed in the transaction: they follow from the session's end.
void ZnodeTree::end(SessionId session, Attempt& attempt) {
  const auto owned = sessions_.at(session);
  for (const std::string& path : owned) remove(path, attempt);
  sessions_.erase(session);
  for (Watchers* watchers : {&data_watchers_, &child_watchers_}) {
    for (auto& [path, watching] : *watchers) watching.erase(session);
    std::erase_if(*watchers, [](const auto& entry) { return entry.second.empty(); });
  }
  attempt.transaction.changes.emplace_back(SessionEnded{});
}

void ZnodeTree::roll_back(Attempt& attempt) {
  for (auto undo = attempt.undo.rbegin(); undo != attempt.undo.rend(); ++undo) {
    const auto found = znodes_.find(undo->path);
    if (undo->before && found != znodes_.end()) {  // was set
      undo->before->children = std::move(found->second.children);
      found->second = std::move(*undo->before);
      continue;
    }
    Znode& parent = znodes_.find(parent_of(undo->path))->second;
    parent.pzxid = undo->parent_pzxid;
    if (undo->before) {  // was removed
      parent.children.emplace(name_of(undo->path));
      if (undo->before->owner != SessionId{}) sessions_.at(undo->before->owner).insert(undo->path);
      znodes_.emplace(undo->path, std::move(*undo->before));
    } else {  // was created
      parent.children.erase(parent.children.find(name_of(undo->path)));
      --parent.creates;
      if (found->second.owner != SessionId{}) sessions_.at(found->second.owner).erase(undo->path);
      znodes_.erase(found);
    }
  }
  check_touched(attempt.undo);
}

void ZnodeTree::commit(Attempt& attempt, Outcome& out) {
  if (attempt.transaction.changes.empty()) return;
  ASSERT(attempt.transaction.zxid > last_zxid_);
  last_zxid_ = attempt.transaction.zxid;
  check_touched(attempt.undo);
  fire_watches(attempt.transaction.changes, out.watches);
  const bool ended = std::holds_alternative<SessionEnded>(attempt.transaction.changes.back());
  if (ended) attempt.transaction.changes = {SessionEnded{}};
  out.transaction = std::move(attempt.transaction);
}

void ZnodeTree::check_touched(const std::vector<Undo>& touched) const {
  const auto check = [&](std::string_view path) {
    const auto broken = broken_invariant(*this, path);
    ASSERT(!broken, *broken);
  };
  for (const Undo& undo : touched) {
    check(undo.path);
    if (undo.path != "/") check(parent_of(undo.path));
  }
}

// --- watches ---

void ZnodeTree::fire_watches(const std::vector<Committed>& changes,
                             std::vector<SessionWatch>& out) {
  const auto take = [](Watchers& watchers, std::string_view path) {
    const auto found = watchers.find(path);
    if (found == watchers.end()) return std::set<SessionId>{};
    auto sessions = std::move(found->second);
    watchers.erase(found);
    return sessions;
  };
  const auto fire = [&](std::string_view path, WatchKind kind,
                        const std::set<SessionId>& sessions) {
    for (const SessionId session : sessions)
      out.push_back({session, WatchFired{std::string(path), kind}});
  };
  const auto fire_parent = [&](std::string_view path) {
    const std::string_view parent = parent_of(path);
    fire(parent, WatchKind::children_changed, take(child_watchers_, parent));
  };
  for (const Committed& change : changes)
    std::visit(Overloaded{[&](const ZnodeCreated& created) {
                            fire(created.path, WatchKind::created,
                                 take(data_watchers_, created.path));
                            fire_parent(created.path);
                          },
                          [&](const ZnodeRemoved& removed) {
                            auto sessions = take(data_watchers_, removed.path);
                            sessions.merge(take(child_watchers_, removed.path));
                            fire(removed.path, WatchKind::removed, sessions);
                            fire_parent(removed.path);
                          },
                          [&](const ZnodeSet& set) {
                            fire(set.path, WatchKind::data_changed, take(data_watchers_, set.path));
                          },
                          [](const auto&) {}},
               change);
}

// --- a journal's transaction, again ---

model::Result<std::vector<SessionWatch>> ZnodeTree::replay(const Transaction& transaction) {
  const auto refuse = [&](std::string_view why) {
    return fail(model::ErrorCode::corrupt_message,
                fmt::format("transaction {} {}", transaction.zxid.value(), why));
  };
  if (transaction.zxid.value() != last_zxid_.value() + 1)
    return refuse(fmt::format("does not follow {}", last_zxid_.value()));
  if (transaction.changes.empty()) return refuse("changes nothing");
  // What opens or ends a session stands alone: there is nothing to take back with it.
  const bool of_session = std::ranges::any_of(transaction.changes, [](const Committed& change) {
    return std::holds_alternative<SessionOpened>(change) ||
           std::holds_alternative<SessionEnded>(change);
  });
  if (of_session && transaction.changes.size() > 1) return refuse("mixes sessions and znodes");
  Attempt work{.transaction = transaction, .undo = {}};
  work.transaction.changes.clear();
  for (const Committed& change : transaction.changes) {
    const Status status = redo(change, work);
    if (status == Status::ok) continue;
    roll_back(work);
    return refuse(fmt::format("cannot have happened here (ZooKeeper status {})",
                              static_cast<std::int32_t>(status)));
  }
  Outcome out;
  commit(work, out);
  return std::move(out.watches);
}

Status ZnodeTree::redo(const Committed& change, Attempt& attempt) {
  const SessionId session = attempt.transaction.session;
  return std::visit(
      Overloaded{[&](const SessionOpened&) {
                   if (session == SessionId{} || !sessions_.try_emplace(session).second)
                     return Status::bad_arguments;
                   attempt.transaction.changes.emplace_back(SessionOpened{});
                   return Status::ok;
                 },
                 [&](const SessionEnded&) {
                   if (!sessions_.contains(session)) return Status::session_expired;
                   end(session, attempt);
                   return Status::ok;
                 },
                 [&](const ZnodeCreated& created) {
                   if (created.ephemeral && !sessions_.contains(session))
                     return Status::session_expired;
                   const auto mode =
                       created.ephemeral ? CreateMode::ephemeral : CreateMode::persistent;
                   return this->change(Create{created.path, created.data, mode}, attempt).status;
                 },
                 [&](const ZnodeRemoved& removed) {
                   return this->change(Remove{removed.path, any_version}, attempt).status;
                 },
                 [&](const ZnodeSet& set) {
                   return this->change(SetData{set.path, set.data, any_version}, attempt).status;
                 }},
      change);
}

}  // namespace gregor::coordination
