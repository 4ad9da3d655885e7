// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The coordinator as text scenarios (testdata/scenarios). M is a client, whose member id and
// generation the world remembers from the answers; G is a group, "g" unless named by g=G. Commands:
//   set KEY=N…                    settings, before anything else: delay, min, max, size, metadata,
//                                 retention, check, batch, size848, policy
//   join M [v=N] [id=ID|none] [instance=I] [session=MS] [rebalance=MS] [type=T]
//          [protocols=NAME:topic+topic,NAME] [member=M2]
//   sync M [gen=N] [instance=I] [protocol=P] [assign=M:x,M2:y] [takes=T:P+T:P]
//                                 takes= assigns to itself, as consumers write it
//   beat M [gen=N] [instance=I]
//   leave M… [v=N] | leave instance=I
//   commit M|- [v=N] [gen=N] [instance=I] [retention=MS] T:P=OFFSET[/metadata]…
//   fetch [by=ID epoch=N] [T:P…]  everything that is committed, without partitions
//   forget T:P…                   OffsetDelete
//   topics T:N…                   the cluster has these topics with so many partitions
//   hb M [epoch=N] [v=N] [id=ID|none] [instance=I] [topics=T+T|none] [regex=R]
//          [by=ASSIGNOR] [rebalance=MS] [owns=T:P+T:P|nothing|told] [full=1]
//                                 ConsumerGroupHeartbeat; epoch and what it was told to have are
//                                 remembered; it says what it owns only with owns=
//   describe848 [g=G]
//   list [states=A,B] [types=A,B] | describe [v=N] | delete
//   time MS | topics-gone T…
//   hold | confirm | fail | run   appends wait from now on; the oldest is confirmed, or fails; all
//                                 are confirmed at once again
//   crash [N] | resign | load     another coordinator takes over, with N of the waiting appends;
//                                 what it has replayed waits to be confirmed as well
// What comes out: records that are appended, answers, notes.

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "group/conversion.h"
#include "group/group_report.h"
#include "group/group_world.h"
#include "scenarios/scenario.h"

namespace gregor::group {
namespace {

using model::ErrorCode;
using scenarios::split;
using test::World;
using Words = std::vector<std::string>;

class Options {
 public:
  explicit Options(const Words& words) {
    for (std::size_t at = 1; at < words.size(); ++at) {
      const auto equals = words[at].find('=');
      if (equals == std::string::npos || words[at].find(':') < equals)
        plain.push_back(words[at]);
      else
        named_[words[at].substr(0, equals)] = words[at].substr(equals + 1);
    }
  }
  [[nodiscard]] std::optional<std::string> find(const std::string& key) const {
    const auto found = named_.find(key);
    if (found == named_.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const {
    return find(key).value_or(otherwise);
  }
  [[nodiscard]] std::int32_t number(const std::string& key, std::int32_t otherwise) const {
    const auto found = find(key);
    return found ? std::stoi(*found) : otherwise;
  }
  Words plain;

 private:
  std::map<std::string, std::string> named_;
};

// "T:P=OFFSET/metadata"
struct Place {
  explicit Place(const std::string& text) {
    const auto colon = text.find(':');
    const auto equals = text.find('=');
    topic = text.substr(0, colon);
    partition = std::stoi(text.substr(colon + 1));
    if (equals == std::string::npos) return;
    const auto parts = split(text.substr(equals + 1), '/');
    offset = std::stoll(parts.at(0));
    if (parts.size() > 1) metadata = parts[1];
  }
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> metadata;
};

class ScenarioWorld {
 public:
  std::string run(const Words& words) {
    const std::string& what = words.at(0);
    const Options options(words);
    if (what == "set") return change_settings(options), std::string();
    if (!world_) world_.emplace(settings_);
    if (!is_about_the_world(what, options)) {
      const model::ApiVersion version(static_cast<std::int16_t>(options.number("v", 9)));
      const std::string client = options.plain.empty() ? "admin" : options.plain[0];
      const Token token = Token(asked_.size() + 1);
      asked_.emplace(token, client);
      world_->ask(body_of(what, options), version, client);
    }
    return report();
  }

 private:
  void change_settings(const Options& options) {
    settings_.initial_rebalance_delay_ms =
        options.number("delay", settings_.initial_rebalance_delay_ms);
    settings_.session_timeout_ms_min = options.number("min", settings_.session_timeout_ms_min);
    settings_.session_timeout_ms_max = options.number("max", settings_.session_timeout_ms_max);
    settings_.group_size_max = options.number("size", settings_.group_size_max);
    settings_.offset_metadata_length_max =
        options.number("metadata", settings_.offset_metadata_length_max);
    settings_.offsets_retention_ms = options.number("retention", 604'800'000);
    settings_.offsets_retention_check_interval_ms = options.number("check", 600'000);
    settings_.consumer.group_size_max =
        options.number("size848", settings_.consumer.group_size_max);
    const std::string policy = options.text("policy", "bidirectional");
    settings_.consumer.upgrade = policy == "bidirectional" || policy == "upgrade";
    settings_.consumer.downgrade = policy == "bidirectional" || policy == "downgrade";
    settings_.batch_bytes_max = static_cast<std::size_t>(options.number("batch", 1'048'588));
    if (world_) world_->settings = settings_;
  }

  void hold(bool held) {
    held_ = held;
    world_->confirms_replay = !held;
  }

  bool is_about_the_world(const std::string& what, const Options& options) {
    if (what == "topics")
      world_->step(ClusterChanged{cluster_ = cluster(options.plain)});
    else if (what == "time")
      world_->pass(std::stoll(options.plain.at(0)));
    else if (what == "hold")
      hold(true);
    else if (what == "run")
      hold(false);
    else if (what == "confirm")
      world_->confirm();
    else if (what == "fail")
      world_->fail(ErrorCode::kafka_storage_error);
    else if (what == "crash")
      world_->crash(options.plain.empty() ? 0 : std::stoull(options.plain[0]));
    else if (what == "resign")
      world_->step(Resigned{});
    else if (what == "load")
      world_->load();
    else if (what == "topics-gone")
      world_->step(TopicsDeleted{options.plain});
    else
      return false;
    return true;
  }

  RequestBody body_of(const std::string& what, const Options& options) {
    if (what == "join") return join(options);
    if (what == "sync") return sync(options);
    if (what == "beat") return beat(options);
    if (what == "leave") return leave(options);
    if (what == "commit") return commit(options);
    if (what == "fetch") return fetch(options);
    if (what == "forget") return forget(options);
    if (what == "list") return list(options);
    if (what == "hb") return heartbeat(options);
    if (what == "describe848") return DescribeConsumerGroup{options.text("g", "g")};
    if (what == "describe") return DescribeGroup{options.text("g", "g")};
    EXPECT_EQ(what, "delete");
    return DeleteGroup{options.text("g", "g")};
  }

  std::string id_of(const Options& options) {
    if (const auto id = options.find("id")) return *id == "none" ? "" : *id;
    return ids_[options.text("member", options.plain.at(0))];
  }

  static std::shared_ptr<const controller::Image> cluster(const Words& words) {
    std::vector<test::TopicOfTest> topics;
    for (const std::string& word : words) {
      const auto parts = split(word, ':');
      topics.push_back({parts.at(0), std::stoi(parts.at(1)), parts.size() > 2 ? parts[2] : ""});
    }
    return test::cluster_of(topics);
  }

  static Partitions partitions_in(const std::string& text) {
    Partitions out;
    for (const std::string& one : split(text, '+')) {
      const Place place(one);
      out.push_back({test::id_of_topic(place.topic), place.partition});
    }
    return out;
  }

  RequestBody heartbeat(const Options& options) {
    protocol::ConsumerGroupHeartbeatRequest out;
    const std::string& client = options.plain.at(0);
    out.group_id = options.text("g", "g");
    out.member_id = options.text("id", client);
    if (out.member_id == "none") out.member_id.clear();
    out.member_epoch = options.number("epoch", generations_[client]);
    out.instance_id = options.find("instance");
    out.server_assignor = options.find("by");
    out.subscribed_topic_regex = options.find("regex");
    const bool joins = out.member_epoch == 0 || options.find("full");
    out.rebalance_timeout_ms = options.number("rebalance", joins ? 60'000 : -1);
    const auto topics = options.find("topics");
    if (topics == "none")
      out.subscribed_topic_names.reset();
    else if (topics)
      out.subscribed_topic_names = topics->empty() ? Words{} : split(*topics, '+');
    else if (joins && !out.subscribed_topic_regex)
      out.subscribed_topic_names = Words{"t"};
    const std::string owns = options.text("owns", joins ? "nothing" : "");
    if (owns.empty()) return out;
    const Partitions owned = owns == "told"      ? told_[client]
                             : owns == "nothing" ? Partitions{}
                                                 : partitions_in(owns);
    using Entry = protocol::ConsumerGroupHeartbeatRequest::TopicPartitions;
    out.topic_partitions = entries_of<Entry>(owned);
    return out;
  }

  RequestBody join(const Options& options) {
    protocol::JoinGroupRequest out;
    out.group_id = options.text("g", "g");
    out.member_id = id_of(options);
    out.group_instance_id = options.find("instance");
    out.session_timeout_ms = options.number("session", 10'000);
    out.rebalance_timeout_ms = options.number("rebalance", 60'000);
    out.protocol_type = options.text("type", "consumer");
    for (const std::string& text : split(options.text("protocols", "range:t"), ',')) {
      const auto parts = split(text, ':');
      auto& one = out.protocols.emplace_back();
      one.name = parts.at(0);
      one.metadata = test::subscription(parts.size() > 1 ? split(parts[1], '+') : Words{});
    }
    return out;
  }
  RequestBody sync(const Options& options) {
    protocol::SyncGroupRequest out;
    out.group_id = options.text("g", "g");
    out.member_id = id_of(options);
    out.generation_id = options.number("gen", generations_[options.plain[0]]);
    out.group_instance_id = options.find("instance");
    out.protocol_name = options.find("protocol");
    for (const std::string& text : split(options.text("assign", ""), ',')) {
      const auto parts = split(text, ':');
      if (parts.size() < 2) continue;
      auto& one = out.assignments.emplace_back();
      one.member_id = ids_[parts[0]];
      one.assignment = base::to_bytes(base::as_bytes(parts[1]));
      if (parts.size() > 2) one.assignment.resize(std::stoull(parts[2]));
    }
    if (const auto taken = options.find("takes")) {
      auto& one = out.assignments.emplace_back();
      one.member_id = out.member_id;
      one.assignment = encode_assignment(partitions_in(*taken), test::subscription({}), *cluster_);
    }
    return out;
  }
  RequestBody beat(const Options& options) {
    protocol::HeartbeatRequest out;
    out.group_id = options.text("g", "g");
    out.member_id = id_of(options);
    out.generation_id = options.number("gen", generations_[options.plain[0]]);
    out.group_instance_id = options.find("instance");
    return out;
  }
  RequestBody leave(const Options& options) {
    protocol::LeaveGroupRequest out;
    out.group_id = options.text("g", "g");
    if (options.number("v", 9) < 3) {
      out.member_id = id_of(options);
      return out;
    }
    for (const std::string& client : options.plain) {
      auto& one = out.members.emplace_back();
      one.member_id = ids_.contains(client) ? ids_[client] : client;
      one.group_instance_id = options.find("instance");
    }
    if (options.plain.empty())
      out.members.emplace_back().group_instance_id = options.find("instance");
    return out;
  }
  RequestBody commit(const Options& options) {
    protocol::OffsetCommitRequest out;
    const std::string& client = options.plain.at(0);
    out.group_id = options.text("g", "g");
    out.member_id = client == "-" ? "" : id_of(options);
    out.generation_id_or_member_epoch =
        options.number("gen", client == "-" ? -1 : generations_[client]);
    out.group_instance_id = options.find("instance");
    out.retention_time_ms = options.number("retention", -1);
    for (std::size_t at = 1; at < options.plain.size(); ++at) {
      const Place place(options.plain[at]);
      auto& topic = out.topics.emplace_back();
      topic.name = place.topic;
      auto& one = topic.partitions.emplace_back();
      one.partition_index = place.partition;
      one.committed_offset = place.offset;
      one.committed_leader_epoch = 7;
      one.committed_metadata = place.metadata;
    }
    return out;
  }
  RequestBody fetch(const Options& options) {
    FetchOffsets out;
    out.group.group_id = options.text("g", "g");
    out.group.member_id = options.find("by");
    out.group.member_epoch = options.number("epoch", -1);
    if (options.plain.empty()) out.group.topics = std::nullopt;
    for (const std::string& text : options.plain) {
      const Place place(text);
      auto& topic = out.group.topics->emplace_back();
      topic.name = place.topic;
      topic.partition_indexes = {place.partition};
    }
    return out;
  }
  RequestBody forget(const Options& options) {
    protocol::OffsetDeleteRequest out;
    out.group_id = options.text("g", "g");
    for (const std::string& text : options.plain) {
      const Place place(text);
      auto& topic = out.topics.emplace_back();
      topic.name = place.topic;
      topic.partitions.emplace_back().partition_index = place.partition;
    }
    return out;
  }
  RequestBody list(const Options& options) {
    protocol::ListGroupsRequest out;
    if (const auto states = options.find("states")) out.states_filter = split(*states, ',');
    if (const auto types = options.find("types")) out.types_filter = split(*types, ',');
    return out;
  }

  // What happened, and what follows when appends are confirmed at once.
  std::string report() {
    std::string out;
    while (true) {
      out += take_report();
      if (held_ || world_->waiting.empty()) return test::with_short_ids(out);
      world_->confirm();
    }
  }

  std::string take_report() {
    std::string out;
    for (const Append& append : std::exchange(world_->appends, {})) {
      if (append.batch.empty()) continue;  // of what was replayed
      for (const StoredRecord& record : test::records_of(append.batch))
        out += "append " + test::text_of(record) + "\n";
    }
    for (const Answer& answer : std::exchange(world_->answers, {})) {
      const std::string client = asked_.at(answer.token);
      if (const auto* joined = std::get_if<protocol::JoinGroupResponse>(&answer.response)) {
        if (!joined->member_id.empty()) ids_[client] = joined->member_id;
        if (joined->error_code == ErrorCode::none) generations_[client] = joined->generation_id;
      }
      if (const auto* beat =
              std::get_if<protocol::ConsumerGroupHeartbeatResponse>(&answer.response);
          beat != nullptr && beat->error_code == ErrorCode::none) {
        ids_[client] = beat->member_id.value_or("");
        generations_[client] = std::max(beat->member_epoch, 0);
        if (beat->assignment) told_[client] = partitions_of(beat->assignment->topic_partitions);
      }
      out += client + ": " + std::visit(test::Tell{}, answer.response) + "\n";
    }
    for (const std::string& note : std::exchange(world_->notes, {})) out += "note: " + note + "\n";
    if (std::exchange(world_->reload, false)) out += "reload\n";
    return out;
  }

  Settings settings_{.initial_rebalance_delay_ms = 0};
  std::optional<World> world_;
  std::shared_ptr<const controller::Image> cluster_;
  bool held_ = false;
  std::map<Token, std::string> asked_;
  std::map<std::string, std::string> ids_;           // by client
  std::map<std::string, std::int32_t> generations_;  // or epochs of members
  std::map<std::string, Partitions> told_;           // to have
};

TEST(Coordinator, Scenarios) {
  scenarios::for_each_scenario("testdata/scenarios", [] {
    auto world = std::make_shared<ScenarioWorld>();
    return [world](const Words& words) { return world->run(words); };
  });
}

}  // namespace
}  // namespace gregor::group
