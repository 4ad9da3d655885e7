// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The coordinator of the consumer groups that live on one partition of the offsets topic: what
// members, generations and committed offsets there are, as a fold of the partition's records.
//
//   loading --Loaded--> serving --Resigned--> loading     it begins with loading
//      ^                   |
//      +-- an append fails + (Effects::reload)
//
// How to embed it: when the leadership of the partition arrives, give it every record of the log in
// order (Replayed), then Loaded. Give it every Request for its groups, TimeReached when deadline()
// has come, TopicsDeleted, and ClusterChanged (also before it is loaded). Append Effects::appends
// in order, each as one batch, and report each with Appended once it is as durable as an
// acknowledgement promises (or known to have failed); a later append may be reported first only if
// it failed. When the leadership leaves: Resigned. Each request is answered exactly once.
//
// An answer that tells of a record, written on its behalf, for somebody else or by an earlier
// leader, comes out only after the append of that record is confirmed. When an append fails nobody
// knows what the log holds: all who wait get an error, everything is forgotten, and the log must be
// replayed from its beginning (Effects::reload).
//
// Both protocols, behaving as Apache Kafka 4.1's coordinator does: the classic one (machine.h), and
// the consumer protocol of KIP-848 (consumer_machine.h). What the classic one does better:
// - a group that never had a generation or an offset leaves no record behind;
// - a static member's new id is durable before it is told in every phase of a rebalance, so that a
//   failover never fences the living one;
// - an offset is kept for the retention time after its commit, also when the group that it is
//   committed for has been empty for long;
// - ids that were handed out and not used are bounded in number: the oldest is forgotten.
// Invariants: group/invariants.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "controller/image.h"
#include "group/classic_group.h"
#include "group/consumer_group.h"
#include "group/offsets.h"
#include "group/requests.h"
#include "model/ids.h"
#include "model/result.h"
#include "record/codec.h"

namespace gregor::group {

// Of the consumer protocol.
struct ConsumerSettings {
  std::int32_t session_timeout_ms = 45'000;
  std::int32_t heartbeat_interval_ms = 5000;
  std::int32_t group_size_max = 2'147'483'647;
  // Names that find_assignor knows; the first is for groups that name none.
  std::vector<std::string> assignors = {"uniform", "range"};
  // Whether groups may change from the classic protocol to this one, and back.
  bool upgrade = true;
  bool downgrade = true;
};

struct Settings {
  std::int32_t session_timeout_ms_min = 6000;
  std::int32_t session_timeout_ms_max = 1'800'000;
  std::int32_t initial_rebalance_delay_ms = 3000;
  std::int32_t group_size_max = 2'147'483'647;
  std::int32_t offset_metadata_length_max = 4096;
  std::int64_t offsets_retention_ms = 604'800'000;
  std::int64_t offsets_retention_check_interval_ms = 600'000;
  record::Codec codec = record::Codec::none;
  // A batch that the log refuses as too large is never tried.
  std::size_t batch_bytes_max = 1'048'588;
  ConsumerSettings consumer = {};
};

// Ids handed out to members that have not come back with them, in one group.
inline constexpr std::size_t pending_members_max = 5000;

using AppendId = base::TypedId<struct AppendIdTag, std::uint64_t>;

// One record of the partition's log; the bytes are valid during the step.
struct Replayed {
  std::optional<base::BytesView> key;
  std::optional<base::BytesView> value;
};
struct Loaded {};
struct Resigned {};
struct Appended {
  AppendId id;
  model::Result<> result;
};
struct TimeReached {};
// What was committed for them is of no use any more.
struct TopicsDeleted {
  std::vector<std::string> names;
};
// Topics, partitions or racks are not what they were. Never null.
struct ClusterChanged {
  std::shared_ptr<const controller::Image> cluster;
};
using Event = std::variant<Replayed, Loaded, Resigned, Request, Appended, TimeReached,
                           TopicsDeleted, ClusterChanged>;

struct Append {
  AppendId id;
  base::Bytes batch;  // the log stamps it with its offsets; empty: what was replayed, to be awaited
};

struct Effects {
  std::vector<Append> appends;
  std::vector<Answer> answers;     // may leave now, whatever becomes of these appends
  std::vector<std::string> notes;  // for the operator's log
  bool reload = false;
};

struct State {
  std::map<std::string, ClassicGroup, std::less<>> groups;
  ConsumerGroups consumer_groups;  // a name is in one of the two
  Offsets offsets;
};

class Coordinator {
 public:
  explicit Coordinator(Settings settings);
  ~Coordinator();
  Coordinator(Coordinator&&) noexcept;
  Coordinator& operator=(Coordinator&&) noexcept;

  void step(model::Now now, const Event& event, Effects& out);

  // When it wants to hear of the time again; none: never.
  [[nodiscard]] std::optional<model::Instant> deadline() const;
  [[nodiscard]] bool is_loading() const;
  // Everything that it knows, also what is not confirmed yet.
  [[nodiscard]] const State& state() const;

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace gregor::group
