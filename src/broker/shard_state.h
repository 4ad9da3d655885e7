// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the handlers of one shard work with. The parts keep their own invariants; this only holds
// them together, with the time and the effects of the step that runs.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "broker/cleaner.h"
#include "broker/cluster_image.h"
#include "broker/connections.h"
#include "broker/effects.h"
#include "broker/fetch_session.h"
#include "broker/gather.h"
#include "broker/group_host.h"
#include "broker/isr_proposals.h"
#include "broker/log_level.h"
#include "broker/log_moves.h"
#include "broker/messages.h"
#include "broker/partitions.h"
#include "broker/peers.h"
#include "broker/replica_fetchers.h"
#include "broker/replication_quotas.h"
#include "broker/request.h"
#include "broker/shard.h"
#include "broker/storage.h"
#include "broker/timers.h"
#include "broker/watches.h"
#include "protocol/message.h"
#include "record/compression.h"

namespace gregor::broker {

class ControllerHost;
class Lifecycle;
class LogFailures;
class Member;
class ProducerIds;
class Trace;

enum class Phase : std::uint8_t { starting, serving, draining, stopped };

struct ShardState {
  explicit ShardState(const ShardContext& shard_context);
  ~ShardState();

  const ShardContext context;
  Phase phase = Phase::starting;
  bool drained = false;   // while draining: shard 0 knows that nothing waits here
  ClusterImagePtr image;  // never null
  model::BrokerId broker = model::no_broker;  // known once the node has started
  LogLevel log_level;

  // Of the step that runs.
  model::Now now;
  Effects* effects = nullptr;

  const std::unique_ptr<Trace> trace;  // null: nobody reads it

  base::Prng prng;
  Connections connections;
  Timers timers;
  Gathers gathers;
  Partitions partitions;
  Watches watches;
  FetchSessions sessions;
  Storage storage;
  LogMoves moves;
  Cleaner cleaner;
  GroupHost groups;
  Peers peers;
  ReplicaFetchers fetchers;
  ReplicationQuotas quotas;
  IsrProposals proposals;
  record::Decompressor decompressor;

  // On shard 0 only; the controller only once the node knows who it is.
  std::unique_ptr<Lifecycle> lifecycle;
  std::unique_ptr<Member> member;
  std::unique_ptr<ControllerHost> controller;
  std::unique_ptr<ProducerIds> producer_ids;
  std::unique_ptr<LogFailures> log_failures;

  [[nodiscard]] ShardId self() const { return context.id; }
  [[nodiscard]] const model::BrokerSettings& settings() const { return *context.settings; }
  [[nodiscard]] model::BrokerId broker_id() const { return broker; }
  // The cluster is kept by a ZooKeeper; otherwise this broker is all of it.
  [[nodiscard]] bool may_have_peers() const { return settings().zookeeper_connect.has_value(); }
  [[nodiscard]] model::Instant after(std::int64_t ms) const { return now.monotonic + ms; }

  // --- effects (outbox.cc) ---
  void say(Severity severity, std::string text);
  // A message to ourselves is handled in the same step.
  void send(ShardId to, Message message);
  template <class Content>
  void send_to_all(const Content& content) {
    for (std::uint32_t shard = 0; shard < context.shards; ++shard) send(ShardId(shard), content);
  }

  // Answers a request; `external` are the records that the response refers to by number.
  void reply(const RequestHead& head, protocol::MessageView response,
             std::vector<FileSlice> external = {});
  void reply(const ReplyTarget& to, std::vector<Piece> pieces);
  // The request is over without an answer.
  void proceed(const RequestHead& head);
  void close(const ReplyTarget& to, std::string reason);

  // --- partial results (partition_tasks.cc) ---
  void deliver(const Address& to, TaskResult result);
  using Results = std::vector<std::pair<std::uint32_t, TaskResult>>;  // by slot
  std::map<std::pair<ShardId, RequestId>, Results> results_for_others;
  // Partitions whose logs this step has changed; settled at its end, all together.
  std::vector<PartitionNumber> touched;
  std::deque<Message> inbox;
};

}  // namespace gregor::broker
