// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/zookeeper_handle.h"

#define THREADED  // the library's header: with its own threads
#include <zookeeper/zookeeper.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/overloaded.h"

namespace gregor::server {

using coordination::Status;

namespace {

using base::Overloaded;
using Content = decltype(coordination::Reply::content);

// Room for the number of a sequential znode, and the end.
constexpr std::size_t suffix_bytes = 12;

coordination::Stat stat_of(const ::Stat& stat) {
  return {.czxid = coordination::Zxid(stat.czxid),
          .mzxid = coordination::Zxid(stat.mzxid),
          .pzxid = coordination::Zxid(stat.pzxid),
          .ctime = stat.ctime,
          .mtime = stat.mtime,
          .version = stat.version,
          .cversion = stat.cversion,
          .ephemeral_owner = coordination::SessionId(stat.ephemeralOwner),
          .children = stat.numChildren};
}

// Of the library's own complaints only those about arguments say that nothing was done.
Status status_of(int status) {
  switch (status) {
    case ZCONNECTIONLOSS:
    case ZOPERATIONTIMEOUT:
    case ZINVALIDSTATE:
    case ZCLOSING:
    case ZSESSIONMOVED:
    case ZSESSIONEXPIRED:
    case ZMARSHALLINGERROR:
    case ZSYSTEMERROR:
      return Status::connection_loss;
    default:
      return static_cast<Status>(status);
  }
}

int mode_of(coordination::CreateMode mode) {
  switch (mode) {
    case coordination::CreateMode::persistent:
      return ZOO_PERSISTENT;
    case coordination::CreateMode::ephemeral:
      return ZOO_EPHEMERAL;
    case coordination::CreateMode::persistent_sequential:
      return ZOO_PERSISTENT_SEQUENTIAL;
    case coordination::CreateMode::ephemeral_sequential:
      return ZOO_EPHEMERAL_SEQUENTIAL;
  }
  return ZOO_PERSISTENT;
}

// Kafka writes no data where there is nothing to say; to readers it is the same as empty data.
const char* bytes_of(const std::string& data) { return data.empty() ? nullptr : data.data(); }
int length_of(const std::string& data) { return data.empty() ? -1 : static_cast<int>(data.size()); }

}  // namespace

// What the library writes into lives as long as the call.
struct ZooKeeperHandle::Call {
  ZooKeeperHandle* owner = nullptr;
  CallNumber number = 0;
  std::vector<std::string> paths;  // of the changes of a multi
  std::vector<zoo_op_t> changes;
  std::vector<zoo_op_result_t> results;
  std::vector<std::vector<char>> made;  // paths
  std::vector<::Stat> stats;
};

// The library's callbacks, on its threads.
struct ZooKeeperHandle::Callbacks {
  static Call& call_of(const void* data) {
    return *static_cast<Call*>(const_cast<void*>(data));  // it came from us
  }

  static void heard(zhandle_t* handle, int type, int state, const char* path, void* context) {
    const ZooKeeperHandle& self = *static_cast<ZooKeeperHandle*>(context);
    if (type == ZOO_SESSION_EVENT) {
      ConnectionChanged news;
      if (state == ZOO_CONNECTED_STATE)
        news = {ConnectionState::connected,
                coordination::SessionId(zoo_client_id(handle)->client_id)};
      else if (state == ZOO_EXPIRED_SESSION_STATE)
        news.state = ConnectionState::expired;
      return self.post_(news);
    }
    coordination::WatchFired fired{.path = self.address_.inner(path == nullptr ? "" : path)};
    if (type == ZOO_CREATED_EVENT)
      fired.kind = coordination::WatchKind::created;
    else if (type == ZOO_DELETED_EVENT)
      fired.kind = coordination::WatchKind::removed;
    else if (type == ZOO_CHANGED_EVENT)
      fired.kind = coordination::WatchKind::data_changed;
    else if (type == ZOO_CHILD_EVENT)
      fired.kind = coordination::WatchKind::children_changed;
    else
      return;
    self.post_(std::move(fired));
  }

  static void created(int status, const char* path, const ::Stat* stat, const void* data) {
    Call& call = call_of(data);
    coordination::ChangeResult result{.status = status_of(status), .path = {}, .stat = {}};
    if (status == ZOK && path != nullptr) result.path = call.owner->address_.inner(path);
    if (status == ZOK && stat != nullptr) result.stat = stat_of(*stat);
    call.owner->finish(call, status, coordination::MultiReply{{std::move(result)}});
  }

  static void changed(int status, const void* data) {
    Call& call = call_of(data);
    coordination::MultiReply out;
    for (std::size_t at = 0; at < call.results.size(); ++at) {
      coordination::ChangeResult& result = out.results.emplace_back();
      result.status = static_cast<Status>(call.results[at].err);
      if (status != ZOK) continue;
      if (!call.made[at].empty()) result.path = call.owner->address_.inner(call.made[at].data());
      result.stat = stat_of(call.stats[at]);
    }
    call.owner->finish(call, status, std::move(out));
  }

  static void got(int status, const char* value, int length, const ::Stat* stat, const void* data) {
    Call& call = call_of(data);
    Content content;
    if (status == ZOK)
      content = coordination::DataReply{
          length > 0 ? std::string(value, static_cast<std::size_t>(length)) : std::string(),
          stat_of(*stat)};
    call.owner->finish(call, status, std::move(content));
  }

  static void found(int status, const ::Stat* stat, const void* data) {
    Call& call = call_of(data);
    Content content;
    if (status == ZOK) content = coordination::DataReply{{}, stat_of(*stat)};
    call.owner->finish(call, status, std::move(content));
  }

  static void listed(int status, const String_vector* names, const ::Stat* stat, const void* data) {
    Call& call = call_of(data);
    Content content;
    if (status == ZOK) {
      coordination::ChildrenReply reply{{names->data, names->data + names->count}, stat_of(*stat)};
      std::ranges::sort(reply.names);
      content = std::move(reply);
    }
    call.owner->finish(call, status, std::move(content));
  }
};

// A server's name may come to mean another address; who loses its connection asks anew anyway.
constexpr int resolution_delay_ms = 10'000;

ZooKeeperHandle::ZooKeeperHandle(ZooKeeperAddress address, int session_timeout_ms, Post post)
    : address_(std::move(address)), post_(std::move(post)) {
  constexpr auto silent = [](const char*) {};  // the client tells what matters in its own words
  handle_ = zookeeper_init2(address_.hosts.c_str(), &Callbacks::heard, session_timeout_ms, nullptr,
                            this, ZOO_NO_LOG_CLIENTENV, silent);
  // Otherwise the library resolves the names of the servers before it waits for each packet.
  if (handle_ != nullptr) zoo_set_servers_resolution_delay(handle_, resolution_delay_ms);
}

ZooKeeperHandle::~ZooKeeperHandle() {
  if (handle_ != nullptr) zookeeper_close(handle_);  // joins the library's threads
}

void ZooKeeperHandle::multi(CallNumber number, const coordination::Multi& multi) {
  Call& call = begin(number);
  const std::size_t count = multi.changes.size();
  call.paths.resize(count);
  call.changes.resize(count);
  call.results.resize(count);
  call.made.resize(count);
  call.stats.resize(count);
  for (std::size_t at = 0; at < count; ++at) {
    std::string& path = call.paths[at];
    path = std::visit([&](const auto& one) { return address_.outer(one.path); }, multi.changes[at]);
    std::visit(
        Overloaded{[&](const coordination::Create& c) {
                     if (c.path == "/" && c.mode >= coordination::CreateMode::persistent_sequential)
                       path = address_.chroot + "/";
                     call.made[at].resize(path.size() + suffix_bytes);
                     zoo_create_op_init(&call.changes[at], path.c_str(), bytes_of(c.data),
                                        length_of(c.data), &ZOO_OPEN_ACL_UNSAFE, mode_of(c.mode),
                                        call.made[at].data(),
                                        static_cast<int>(call.made[at].size()));
                   },
                   [&](const coordination::Remove& r) {
                     zoo_delete_op_init(&call.changes[at], path.c_str(), r.version);
                   },
                   [&](const coordination::SetData& s) {
                     zoo_set_op_init(&call.changes[at], path.c_str(), bytes_of(s.data),
                                     length_of(s.data), s.version, &call.stats[at]);
                   },
                   [&](const coordination::Check& c) {
                     zoo_check_op_init(&call.changes[at], path.c_str(), c.version);
                   }},
        multi.changes[at]);
  }
  check(call, zoo_amulti(handle_, static_cast<int>(count), call.changes.data(), call.results.data(),
                         &Callbacks::changed, &call));
}

void ZooKeeperHandle::create(CallNumber number, const coordination::Create& create) {
  Call& call = begin(number);
  const bool sequential = create.mode >= coordination::CreateMode::persistent_sequential;
  const std::string path =
      create.path == "/" && sequential ? address_.chroot + "/" : address_.outer(create.path);
  check(call, zoo_acreate2(handle_, path.c_str(), bytes_of(create.data), length_of(create.data),
                           &ZOO_OPEN_ACL_UNSAFE, mode_of(create.mode), &Callbacks::created, &call));
}

void ZooKeeperHandle::get(CallNumber number, const std::string& path) {
  Call& call = begin(number);
  check(call, zoo_aget(handle_, address_.outer(path).c_str(), 0, &Callbacks::got, &call));
}

void ZooKeeperHandle::exists(CallNumber number, const std::string& path, bool watch) {
  Call& call = begin(number);
  const std::string outer = address_.outer(path);
  check(call, zoo_awexists(handle_, outer.c_str(), watch ? &Callbacks::heard : nullptr, this,
                           &Callbacks::found, &call));
}

void ZooKeeperHandle::children(CallNumber number, const std::string& path, bool watch) {
  Call& call = begin(number);
  const std::string outer = address_.outer(path);
  check(call, zoo_awget_children2(handle_, outer.c_str(), watch ? &Callbacks::heard : nullptr, this,
                                  &Callbacks::listed, &call));
}

void ZooKeeperHandle::make_chroot() {
  constexpr auto ignore = [](int, const char*, const void*) {};
  for (std::size_t end = address_.chroot.find('/', 1);; end = address_.chroot.find('/', end + 1)) {
    const std::string path = address_.chroot.substr(0, end);
    if (path.empty()) return;
    static_cast<void>(zoo_acreate(handle_, path.c_str(), nullptr, -1, &ZOO_OPEN_ACL_UNSAFE,
                                  ZOO_PERSISTENT, ignore, nullptr));
    if (end == std::string::npos) return;
  }
}

ZooKeeperHandle::Call& ZooKeeperHandle::begin(CallNumber number) {
  auto call = std::make_unique<Call>();
  call->owner = this;
  call->number = number;
  Call& out = *call;
  const std::lock_guard lock(mutex_);
  calls_.emplace(&out, std::move(call));
  return out;
}

void ZooKeeperHandle::check(Call& call, int status) {
  if (status != ZOK) finish(call, status, {});
}

void ZooKeeperHandle::finish(Call& call, int status, Content content) {
  CallDone done{.call = call.number, .status = status_of(status), .content = std::move(content)};
  if (done.status == Status::connection_loss) done.content = {};
  {
    const std::lock_guard lock(mutex_);
    calls_.erase(&call);
  }
  post_(std::move(done));
}

}  // namespace gregor::server
