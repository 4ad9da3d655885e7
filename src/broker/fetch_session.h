// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Fetch sessions (KIP-227): a consumer of many partitions names them once; after that its requests
// say only what changed, and the answers hold only partitions with news. A session is a cache: the
// broker may forget it at any time, and the client then starts with a full request again.
// Bounded twice: by the number of sessions and by the partitions that all of them remember.
#pragma once

#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "broker/topic_ref.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::broker {

using FetchSessionId = base::TypedId<struct FetchSessionIdTag, std::int32_t>;
inline constexpr FetchSessionId no_fetch_session{0};

// What a fetch asks of one partition.
struct FetchPart {
  TopicRefPtr topic;
  model::PartitionIndex partition;
  model::Offset offset = {};
  model::LeaderEpoch current_leader_epoch = model::no_leader_epoch;
  model::LeaderEpoch last_fetched_epoch = model::no_leader_epoch;
  std::int32_t bytes_max = 0;
  model::Offset log_start = model::no_offset;  // of a replica that fetches
};

// How a request refers to its session.
struct FetchSessionClaim {
  static constexpr std::int32_t epoch_initial = 0;  // a full request that would like a session
  static constexpr std::int32_t epoch_final = -1;   // a full request, and no session (any more)

  FetchSessionId id = no_fetch_session;
  std::int32_t epoch = epoch_final;
  bool by_topic_id = false;  // versions name topics by id from 13 on

  [[nodiscard]] bool is_full() const { return epoch == epoch_initial || epoch == epoch_final; }
};

enum class FetchSessionKind : std::uint8_t { none, wanted, incremental };

// A request after its session has been looked up: what is to be read, in this order.
struct FetchPlan {
  FetchSessionKind kind = FetchSessionKind::none;
  FetchSessionClaim claim;
  std::vector<FetchPart> parts;
};

// What came of one part, as far as sessions care.
struct FetchNews {
  model::Offset high_watermark;
  model::Offset log_start;
  bool has_records = false;
  bool diverges = false;      // the client's log is not a prefix of ours
  bool failed = false;        // an error: once it is over, the partition is told anew
  bool is_elsewhere = false;  // the client should rather read at another replica
};

struct FetchSessionAnswer {
  model::ErrorCode error = model::ErrorCode::none;
  FetchSessionId id = no_fetch_session;
  std::vector<bool> told;  // by part of the plan: whether it goes into the answer
};

class FetchSessions {
 public:
  struct Limits {
    std::size_t sessions = 1000;
    std::size_t partitions = 1'000'000;  // remembered by all sessions together
    std::int64_t evict_after_ms = 120'000;
  };

  FetchSessions(Limits limits, base::Prng& prng) : limits_(limits), prng_(prng) {}

  // Looks the session up and brings it up to date: `named` are the partitions that the request
  // lists, `forgotten` those to be dropped. Fails with fetch_session_id_not_found,
  // invalid_fetch_session_epoch or fetch_session_topic_id_error, which answer the whole request.
  model::Result<FetchPlan> begin(const FetchSessionClaim& claim, std::vector<FetchPart> named,
                                 const std::vector<FetchPart>& forgotten, model::Instant now);

  // Before the answer leaves: makes the session that a full request wanted (or declines: id 0), or
  // picks what is news to an incremental one. `news` has one entry per part of the plan.
  FetchSessionAnswer finish(const FetchPlan& plan, std::span<const FetchNews> news,
                            model::Instant now);

  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  [[nodiscard]] std::size_t partitions() const { return partitions_; }
  [[nodiscard]] bool within_limits() const {
    return sessions_.size() <= limits_.sessions && partitions_ <= limits_.partitions;
  }

 private:
  struct Entry {
    FetchPart part;
    model::Offset told_high_watermark = model::no_offset;
    model::Offset told_log_start = model::no_offset;
  };
  using Entries = std::list<Entry>;
  using PartKey = std::pair<TopicRef, model::PartitionIndex>;

  struct Session {
    bool by_topic_id = false;
    std::int32_t epoch = 1;  // of the next request
    model::Instant made;
    model::Instant last_used;
    Entries entries;  // in the order in which they are read; those just served move to the end
    std::map<PartKey, Entries::iterator> by_key;
  };

  static PartKey key_of(const FetchPart& part) { return {*part.topic, part.partition}; }
  static bool update_told(Entry& entry, const FetchNews& news);
  FetchSessionAnswer open(const FetchPlan& plan, std::span<const FetchNews> news,
                          model::Instant now);
  FetchSessionAnswer continue_with(const FetchPlan& plan, std::span<const FetchNews> news);
  // Removes partitions and adds them; a partition that does not fit into the limit is not added.
  bool update(Session& session, std::vector<FetchPart> named,
              const std::vector<FetchPart>& forgotten);
  bool make_room(std::size_t partitions, model::Instant now);
  void remove(FetchSessionId id);

  Limits limits_;
  base::Prng& prng_;
  std::map<FetchSessionId, Session> sessions_;
  std::size_t partitions_ = 0;
};

// The epoch of the request after one of this epoch: 1, 2, …, 2^31-1, 1, …
constexpr std::int32_t next_fetch_epoch(std::int32_t epoch) {
  return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

}  // namespace gregor::broker
