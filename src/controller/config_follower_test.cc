// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A follower of configs beside a coordination tree that another session changes: however replies
// and watches are delayed, lost and repeated, in the end it knows what the tree says.
#include "controller/config_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "base/test_seed.h"
#include "controller/znode_paths.h"
#include "controller/znodes.h"
#include "coordination/znode_tree.h"

namespace gregor::controller {
namespace {

using coordination::Status;
using testing::ElementsAre;
using testing::HasSubstr;

class ConfigFollowerTest : public testing::Test {
 protected:
  ConfigFollowerTest() {
    writer_ = open_session();
    make_folders();
  }

  void make_folders() {
    for (const char* path : {"/config", "/config/topics", "/config/brokers", "/config/changes",
                             "/config/clients", "/config/users"})
      write({coordination::Create{path, ""}});
  }

  coordination::SessionId open_session() {
    return tree_.open_session(model::Timestamp(0)).transaction->session;
  }
  void start() {
    to_serve_.clear();
    travelling_.clear();
    session_ = open_session();
    ConfigFollower::Effects out;
    follower_.start(out);
    take(std::move(out));
  }
  void refresh(const std::string& topic) {
    ConfigFollower::Effects out;
    follower_.refresh({TopicName{topic}}, out);
    take(std::move(out));
  }

  Status write(std::vector<coordination::Change> changes) {
    return serve(writer_, {coordination::RequestId(1), coordination::Multi{std::move(changes)}})
        ->status;
  }
  // As an administrator sets it, with a notification. Empty value: the resource's configs go.
  void set(const ConfigResource& resource, const std::string& value, bool notify = true) {
    const std::string path = znode::config(resource);
    std::vector<coordination::Change> changes;
    const bool is_there = tree_.znodes().contains(path);
    const std::string payload = znode::encode(Configs{{"retention.ms", value}});
    if (value.empty() && is_there) changes.emplace_back(coordination::Remove{path});
    if (!value.empty() && is_there) changes.emplace_back(coordination::SetData{path, payload});
    if (!value.empty() && !is_there) changes.emplace_back(coordination::Create{path, payload});
    if (notify)
      changes.emplace_back(
          coordination::Create{znode::config_change_prefix(),
                               znode::encode_config_change(znode::config_entity(resource)),
                               coordination::CreateMode::persistent_sequential});
    ASSERT_EQ(write(std::move(changes)), Status::ok);
  }
  void sweep_notifications() {
    const auto names = tree_.znodes().at("/config/changes").children;
    for (const auto& name : names) write({coordination::Remove{"/config/changes/" + name}});
  }

  // One request reaches the tree, or what is in front arrives; false when all is quiet.
  bool advance(bool lose = false) {
    if (!to_serve_.empty()) {
      auto request = std::move(to_serve_.front());
      to_serve_.pop_front();
      coordination::Reply reply{request.id, Status::connection_loss, {}};
      if (!lose) reply = *serve(session_, std::move(request));
      travelling_.emplace_back(std::move(reply));
      return true;
    }
    if (travelling_.empty()) return false;
    const auto first = std::move(travelling_.front());
    travelling_.pop_front();
    ConfigFollower::Effects out;
    if (const auto* reply = std::get_if<coordination::Reply>(&first))
      follower_.on_reply(*reply, out);
    else
      follower_.on_watch(std::get<coordination::WatchFired>(first), out);
    take(std::move(out));
    return true;
  }
  void settle() {
    while (advance()) {
    }
    EXPECT_TRUE(follower_.is_up_to_date());
  }

  std::optional<coordination::Reply> serve(coordination::SessionId session,
                                           const coordination::Request& request) {
    if (std::holds_alternative<coordination::Multi>(request.operation) && session == session_)
      behind_.reset();
    auto& tree = behind_ && session == session_ ? *behind_ : tree_;
    auto outcome = tree.handle(session, request, model::Timestamp(0));
    for (const auto& fired : outcome.watches)
      if (fired.session == session_) travelling_.emplace_back(fired.watch);
    return outcome.reply;
  }
  void take(ConfigFollower::Effects out) {
    for (auto& request : out.requests) to_serve_.push_back(std::move(request));
    for (const auto& change : out.changes) changes_.push_back(znode::config(change.resource));
    for (auto& note : out.notes) notes_.push_back(std::move(note));
  }

  // What the follower should know.
  [[nodiscard]] std::map<std::string, Configs> in_tree() const {
    std::map<std::string, Configs> all;
    for (const auto& [path, node] : tree_.znodes())
      if (znode::resource_of(
              path.substr(std::min(path.size(), std::string_view("/config/").size()))))
        all[path] = *znode::decode_configs(node.data);
    return all;
  }
  [[nodiscard]] std::map<std::string, Configs> known() const {
    std::map<std::string, Configs> all;
    for (const auto& [resource, configs] : follower_.configs())
      all[znode::config(resource)] = *configs;
    return all;
  }

  coordination::ZnodeTree tree_;
  // What the follower's server has, while it is behind: until it has done what the follower writes.
  std::optional<coordination::ZnodeTree> behind_;
  coordination::SessionId writer_, session_;
  ConfigFollower follower_{coordination::RequestId(1000)};
  std::deque<coordination::Request> to_serve_;
  std::deque<std::variant<coordination::Reply, coordination::WatchFired>> travelling_;
  std::vector<std::string> changes_, notes_;
};

TEST_F(ConfigFollowerTest, ReadsAllAndThenWhatIsNotified) {
  set(TopicName{"a"}, "1");
  set(DefaultBroker{}, "2");
  set(model::BrokerId(7), "3");
  start();
  settle();
  EXPECT_THAT(changes_, testing::UnorderedElementsAre("/config/topics/a", "/config/brokers/7",
                                                      "/config/brokers/<default>"));
  changes_.clear();
  set(TopicName{"a"}, "4");
  set(model::BrokerId(7), "");
  settle();
  EXPECT_THAT(changes_, ElementsAre("/config/topics/a", "/config/brokers/7"));
  EXPECT_EQ(known(), in_tree());
}

class ConfigFollowerInANewCluster : public ConfigFollowerTest {
 protected:
  ConfigFollowerInANewCluster() {
    tree_ = {};
    writer_ = open_session();
  }
};

TEST_F(ConfigFollowerInANewCluster, HearsOfChangesOnceThereIsAPlaceForThem) {
  start();
  settle();
  make_folders();
  settle();
  set(TopicName{"a"}, "1");
  settle();
  EXPECT_EQ(known(), in_tree());
  EXPECT_THAT(known(), testing::SizeIs(1));
}

// The folders, and a change, come between its requests: after each number of steps.
TEST_F(ConfigFollowerInANewCluster, MissesNothingHoweverLateItLooks) {
  for (int steps = 0; steps < 8; ++steps) {
    tree_ = {};
    writer_ = open_session();
    follower_ = ConfigFollower{coordination::RequestId(1000)};
    start();
    for (int step = 0; step < steps; ++step) advance();
    make_folders();
    set(TopicName{"a"}, "1");
    settle();
    set(TopicName{"b"}, "2");
    settle();
    EXPECT_EQ(known(), in_tree()) << "after " << steps << " steps";
    EXPECT_THAT(known(), testing::SizeIs(2));
  }
}

TEST_F(ConfigFollowerTest, ANewTopicIsReadWhenAskedFor) {
  start();
  settle();
  set(TopicName{"new"}, "1", false);
  settle();
  EXPECT_TRUE(known().empty());
  refresh("new");
  EXPECT_FALSE(follower_.is_up_to_date());
  settle();
  EXPECT_EQ(known(), in_tree());
}

TEST_F(ConfigFollowerTest, ANewTopicIsReadThroughAServerThatIsBehind) {
  for (const bool lost : {false, true}) {
    start();
    settle();
    behind_ = tree_;
    const std::string name = lost ? "new, and the first request is lost" : "new";
    set(TopicName{name}, "1", false);
    refresh(name);
    advance(lost);
    settle();
    EXPECT_EQ(known(), in_tree());
  }
}

TEST_F(ConfigFollowerTest, WhatIsNotUnderstoodIsNotedAndLeftAlone) {
  write({coordination::Create{"/config/topics/odd", "{{{"},
         coordination::Create{"/config/brokers/nobody", "{\"version\":1,\"config\":{}}"}});
  start();
  settle();
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("/config/topics/odd")));
  write({coordination::Create{"/config/changes/config_change_0000000007", "no"},
         coordination::Create{"/config/changes/config_change_0000000008",
                              znode::encode_config_change("users/u/groups/g")}});
  settle();
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("/config/topics/odd"), HasSubstr("config_change_")));
  set(TopicName{"a"}, "1");
  settle();
  EXPECT_THAT(known(), testing::SizeIs(1));
}

TEST_F(ConfigFollowerTest, ANewSessionFindsWhatHasGone) {
  set(TopicName{"a"}, "1");
  set(TopicName{"b"}, "1");
  start();
  settle();
  tree_.end_session(session_, model::Timestamp(0));
  set(TopicName{"a"}, "");
  sweep_notifications();
  start();
  settle();
  EXPECT_EQ(known(), in_tree());
}

TEST_F(ConfigFollowerTest, QuotasAreReadWhereverTheyLie) {
  const QuotaEntity client{.client_id = "c"}, user{.user = "u"},
      both{.user = "u", .client_id = "%3Cdefault%3E"};
  write({coordination::Create{"/config/users/u", ""},
         coordination::Create{"/config/users/u/clients", ""}});
  set(client, "1");
  set(both, "2");
  start();
  settle();
  EXPECT_EQ(known(), in_tree());
  EXPECT_THAT(known(), testing::SizeIs(3));
  set(user, "3");
  set(both, "");
  set({QuotaEntity{.user = "u", .client_id = "d"}}, "4");
  settle();
  EXPECT_EQ(known(), in_tree());
  EXPECT_THAT(known(), testing::SizeIs(3));
}

TEST_F(ConfigFollowerTest, EndsUpWithWhatTheTreeSays) {
  base::Prng prng = base::seeded_prng();
  const ConfigResource resources[] = {TopicName{"a"},
                                      TopicName{"b"},
                                      model::BrokerId(1),
                                      DefaultBroker{},
                                      QuotaEntity{.client_id = "c"},
                                      QuotaEntity{.user = "u", .client_id = "c"},
                                      QuotaEntity{.user = "<default>"}};
  write({coordination::Create{"/config/users/u", ""},
         coordination::Create{"/config/users/u/clients", ""}});
  start();
  for (int round = 0; round < 1000; ++round) {
    for (int step = 0; step < 40; ++step) {
      const auto draw = prng.below(20);
      if (draw < 4) {
        set(resources[prng.below(std::size(resources))],
            prng.below(3) == 0 ? "" : std::to_string(prng.below(100)));
      } else if (draw == 4) {
        settle();  // they are swept a quarter of an hour after they were made
        sweep_notifications();
      } else if (draw == 5 && prng.below(10) == 0) {
        tree_.end_session(session_, model::Timestamp(0));
        start();
      } else {
        advance(draw == 6);
      }
    }
    settle();
    ASSERT_EQ(known(), in_tree()) << "round " << round;
  }
}

}  // namespace
}  // namespace gregor::controller
