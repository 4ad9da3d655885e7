// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One group of the classic protocol: who its members are and in which phase of a rebalance they
// are. It only keeps its parts in step with each other; what a request does to it is told in
// machine.h.
//
//            a member joins             all joined, or time is up        the leader's assignment
//   empty ----------------> preparing ------------------------> completing --------> stable
//     ^                     |   ^  ^                                 |                 |
//     +---------------------+   |  +------ a member comes or goes ---+                 |
//       nobody is left          +-------------- a member comes or goes ----------------+
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "group/requests.h"
#include "model/ids.h"
#include "protocol/messages/group_records.h"

namespace gregor::group {

enum class GroupState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

// "PreparingRebalance", as clients are told.
std::string_view name_of(GroupState state);

// The protocol type of consumers, whose metadata tells what they subscribe to.
inline constexpr std::string_view consumer_protocol_type = "consumer";

struct Protocol {
  std::string name;
  base::Bytes metadata;
  friend bool operator==(const Protocol&, const Protocol&) = default;
};

struct Member {
  std::string id;
  std::optional<std::string> instance_id;  // of a static member
  std::string client_id;
  std::string client_host;
  std::int32_t rebalance_timeout_ms = 0;
  std::int32_t session_timeout_ms = 0;
  std::vector<Protocol> protocols = {};  // what it prefers comes first; no name twice
  base::Bytes assignment = {};
  // Its requests that wait for the others.
  std::optional<Token> joining = {};
  std::optional<Token> syncing = {};
  bool is_new = false;  // has not been part of a generation

  // Of its metadata for this protocol; empty if it does not know it.
  [[nodiscard]] base::BytesView metadata_for(std::string_view protocol) const;
};

class ClassicGroup {
 public:
  ClassicGroup(std::string id, model::Timestamp now) : id_(std::move(id)), state_since_(now) {}
  // As it was when the record was written: nobody waits, nothing is under way.
  ClassicGroup(std::string id, const protocol::GroupMetadataValue& stored);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] GroupState state() const { return state_; }
  [[nodiscard]] bool is(GroupState state) const { return state_ == state; }
  [[nodiscard]] GroupState previous_state() const { return previous_state_; }
  // no_timestamp: of an old record that did not tell.
  [[nodiscard]] model::Timestamp state_since() const { return state_since_; }
  [[nodiscard]] std::int32_t generation() const { return generation_; }
  [[nodiscard]] const std::optional<std::string>& protocol_type() const { return protocol_type_; }
  [[nodiscard]] const std::optional<std::string>& protocol() const { return protocol_; }
  [[nodiscard]] const std::optional<std::string>& leader() const { return leader_; }
  [[nodiscard]] bool is_leader(std::string_view member) const { return leader_ == member; }

  void transition_to(GroupState state, model::Timestamp now);

  // --- members ---
  using Members = std::map<std::string, Member, std::less<>>;
  using Ids = std::set<std::string, std::less<>>;
  [[nodiscard]] const Members& members() const { return members_; }
  [[nodiscard]] const Member* find(std::string_view member) const;
  // Who holds this instance id; nullptr: nobody.
  [[nodiscard]] const std::string* static_member(std::string_view instance_id) const;
  // The first member decides on the protocol type; the others must have it, and protocols that are
  // supported.
  void add(Member member, std::string_view protocol_type);
  void remove(std::string_view member);
  // A static member came back under a new id; the old one's requests must have been answered.
  void replace_static(const std::string& old_id, const std::string& new_id);
  void update(std::string_view member, std::vector<Protocol> protocols,
              std::int32_t rebalance_timeout_ms, std::int32_t session_timeout_ms);
  void set_assignment(std::string_view member, base::Bytes assignment);
  void set_joining(std::string_view member, std::optional<Token> token);
  void set_syncing(std::string_view member, std::optional<Token> token);

  // Ids that were given out and have not been used yet, oldest first.
  [[nodiscard]] const std::vector<std::string>& pending() const { return pending_; }
  [[nodiscard]] bool is_pending(std::string_view member) const;
  void add_pending(std::string member) { pending_.push_back(std::move(member)); }

  // --- a rebalance ---
  [[nodiscard]] std::size_t joining() const { return joining_; }
  [[nodiscard]] bool all_joined() const { return joining_ == members_.size() && pending_.empty(); }
  // The longest that a member asks for.
  [[nodiscard]] std::int32_t rebalance_timeout_ms() const;
  // Keeps the leader or takes one of those that have joined; false if nobody has.
  bool elect_leader_among_joined();
  void begin_generation(model::Timestamp now);
  [[nodiscard]] const Ids& pending_sync() const { return pending_sync_; }
  void add_pending_sync(const std::string& member) { pending_sync_.insert(member); }
  void remove_pending_sync(std::string_view member);
  void clear_pending_sync() { pending_sync_.clear(); }

  // Of the wait for more members of a group that was empty: whether one came since it was last
  // looked, and how much longer it may take.
  bool member_added = false;
  std::int32_t delay_left_ms = 0;

  // --- protocols ---
  // Whether a member with these protocols fits to the others.
  [[nodiscard]] bool supports(std::string_view type, const std::vector<Protocol>& protocols) const;
  // What most members prefer of what all know; the first by name among equals.
  [[nodiscard]] std::string select_protocol() const;
  [[nodiscard]] bool is_consumer_group() const { return protocol_type_ == consumer_protocol_type; }
  // A consumer group whose subscriptions are not known counts as subscribed to everything.
  [[nodiscard]] bool is_subscribed_to(std::string_view topic) const;
  [[nodiscard]] bool knows_subscriptions() const { return subscribed_.has_value(); }

  // What a replay would find; none: no record of the group itself has been written.
  [[nodiscard]] const std::optional<protocol::GroupMetadataValue>& stored() const {
    return stored_;
  }
  void set_stored(protocol::GroupMetadataValue value) { stored_ = std::move(value); }
  // The group as it is now, as a record.
  [[nodiscard]] protocol::GroupMetadataValue snapshot() const;

 private:
  friend struct GroupInvariants;  // invariants.cc

  void count_protocols(const Member& member, int by);
  void compute_subscriptions();
  Member& at(std::string_view member);

  std::string id_;
  GroupState state_ = GroupState::empty;
  GroupState previous_state_ = GroupState::empty;
  model::Timestamp state_since_;
  std::int32_t generation_ = 0;
  std::optional<std::string> protocol_type_;
  std::optional<std::string> protocol_;
  std::optional<std::string> leader_;
  Members members_;
  std::map<std::string, std::string, std::less<>> static_members_;  // instance id -> member id
  std::vector<std::string> pending_;
  Ids pending_sync_;
  std::size_t joining_ = 0;                             // members with a join that waits
  std::map<std::string, int, std::less<>> supporters_;  // of each protocol
  std::optional<Ids> subscribed_;                       // topics
  std::optional<protocol::GroupMetadataValue> stored_;
};

}  // namespace gregor::group
