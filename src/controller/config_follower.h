// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How a broker knows the configs of topics and brokers and the quotas of clients, which no
// controller tells it: it reads all of them when a session begins, and then those that somebody has
// changed.
//
//   /config/changes is watched; a notification in it names an entity, "topics/T"; the entity is
//   read
//
// In a new cluster it may not be there yet: then its creation is watched for.
//
// Who makes a topic writes its configs without a notification (so does Kafka): whoever hears of a
// new topic has its configs read (refresh). The ZooKeeper server that one is connected to may not
// have heard of it yet, and would say that it has none: so a change of nothing comes first, and
// when it is done that server has seen whatever was written before. Replies come in the order of
// requests, so what was read last is the newest. What cannot be understood is noted and taken for
// not being there.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/image.h"
#include "coordination/port.h"

namespace gregor::controller {

class ConfigFollower {
 public:
  struct Effects {
    std::vector<coordination::Request> requests;
    std::vector<ConfigsChanged> changes;  // of configs(), already in it
    std::vector<std::string> notes;       // for the operator's log
  };

  // Its requests have ids from this one up.
  explicit ConfigFollower(coordination::RequestId first_request) : next_(first_request) {}

  // A session is open: at the start, and after one was lost. Replies to requests of before are not
  // awaited any more.
  void start(Effects& out);
  void refresh(const std::vector<ConfigResource>& resources, Effects& out);

  // A reply that it does not await, and a watch that is not its own, do no harm. connection_loss is
  // to be reported once there is a connection again: then it asks again.
  void on_reply(const coordination::Reply& reply, Effects& out);
  void on_watch(const coordination::WatchFired& watch, Effects& out);
  [[nodiscard]] bool awaits(coordination::RequestId id) const { return waiting_.contains(id); }

  // Everything that was asked for has been read.
  [[nodiscard]] bool is_up_to_date() const { return waiting_.empty(); }
  using All = std::map<ConfigResource, ConfigsRef>;
  [[nodiscard]] const All& configs() const { return configs_; }

 private:
  struct CatchUp {  // of the server
    std::vector<ConfigResource> then;
  };
  struct Notifications {};
  struct Creation {};  // of the folder of notifications
  struct Notification {
    std::string name;
  };
  struct Entities {
    std::string kind;  // "topics", "users/U/clients"
  };
  using Read =
      std::variant<CatchUp, Notifications, Creation, Notification, Entities, ConfigResource>;

  void ask(Read read, Effects& out);
  void take(const CatchUp& done, const coordination::Reply& reply, Effects& out);
  void take(Notifications, const coordination::Reply& reply, Effects& out);
  void take(Creation, const coordination::Reply& reply, Effects& out);
  void take(const Entities& entities, const coordination::Reply& reply, Effects& out);
  void take(const Notification& notification, const coordination::Reply& reply, Effects& out);
  void take(const ConfigResource& resource, const coordination::Reply& reply, Effects& out);
  void read_all(Effects& out);
  void put(const ConfigResource& resource, ConfigsRef configs, Effects& out);

  coordination::RequestId next_;
  std::map<coordination::RequestId, Read> waiting_;
  std::set<std::string> notifications_;  // those that were there when last looked
  bool first_look_ = true;               // of this session; everything is read then
  All configs_;
};

}  // namespace gregor::controller
