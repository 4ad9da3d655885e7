// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the shards of a node tell each other. Messages own what they carry (bytes are copied once,
// only when a request crosses shards) or share what is immutable.
#pragma once

#include <concepts>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "broker/cluster_image.h"
#include "broker/connections.h"
#include "broker/effects.h"
#include "broker/identity.h"
#include "broker/log_level.h"
#include "broker/storage_state.h"
#include "broker/tasks.h"
#include "broker/topic_ref.h"
#include "controller/commands.h"

namespace gregor::broker {

// --- starting, stopping, and what is shared by all ---

// To all shards: open the logs of your partitions; you may serve then.
struct OpenLogs {
  model::BrokerId broker;  // who we are
  ClusterImagePtr image;
  StorageStatePtr storage;
};
// To all shards: here is the cluster of now.
struct NewImage {
  ClusterImagePtr image;
};
// To all shards: what the operator wants to see from now on.
struct NewLogLevel {
  LogLevel level;
};
// To shard 0: partitions and settings of my shard are as this image says.
struct ImageApplied {
  ImageVersion version;
  // Topics have gone with it (no matter whose): this is what the checkpoint files should say now.
  bool removed = false;
  std::vector<LogCheckpoint> logs;
  std::vector<model::TopicPartition> offline;  // replicas whose logs are, all of the shard
};
// To all shards: tell me what the checkpoint files should say. What they say for certain, or null:
// segments below the log starts in there may go.
struct CheckpointAsked {
  std::shared_ptr<const std::vector<LogCheckpoint>> durable;
};
// To shard 0: the log of a replica has failed, and the controller does not know it.
struct LogFailed {};
// To shard 0: logs are to be cut as soon as the checkpoint files allow it.
struct CheckpointWanted {};
struct CheckpointTold {
  std::vector<LogCheckpoint> logs;
};
// To all shards: the node stops. Answer what waits, take nothing new.
struct Drain {};
// To shard 0: no client waits for an answer of mine any more.
struct Drained {};
// To all shards: all are drained; close your logs.
struct CloseLogs {};
struct LogsClosed {
  std::vector<LogCheckpoint> logs;
  bool opened = false;  // the shard has opened its logs before
  bool clean = false;
};

// --- in-sync replicas ---

// To shard 0, for the elected controller, wherever that is; answered by IsrAltered, with one result
// for each partition.
struct AlterIsr {
  std::vector<controller::ProposedIsr> partitions;
};
struct IsrAltered {
  controller::AlteredIsrs altered;
};

// --- requests of clients ---

// A request that only shard 0 can answer, because it concerns the controller.
struct ForwardedRequest {
  ConnectionId connection;
  Client client;
  base::Bytes frame;
};
struct ForwardedReply {
  ConnectionId connection;
  std::vector<Piece> pieces;
};
struct ForwardedClose {
  ConnectionId connection;
  std::string reason;
};

struct PlacedTask {
  std::uint32_t slot = 0;
  TopicRef topic;
  model::PartitionIndex partition;
  Task task;
};
// To the owner of the partitions; answered by TaskResults, in one or several parts.
struct RunTasks {
  RequestId request;
  std::vector<PlacedTask> tasks;
  base::Bytes records;  // where the views of produce tasks point to
};
struct TaskResults {
  RequestId request;
  std::vector<std::pair<std::uint32_t, TaskResult>> results;  // by slot
};

// Run these fetches again as soon as there is more to read than `seen`; once, each.
struct WatchTask {
  PlacedTask placed;
  model::Offset seen;
};
struct WatchPartitions {
  RequestId request;
  std::vector<WatchTask> tasks;
};
struct CancelWatches {
  RequestId request;
};

// To the owner of these partitions, which may not exist yet: if their logs are ever made here, then
// in these data folders.
struct PlaceLogs {
  std::map<model::TopicPartition, std::size_t> folders;  // indexes into log.dirs
};

// Made of any of these. What that takes is compiled once (messages.cc): nearly every file of this
// folder sends some.
struct Message {
  template <class One>
    requires(!std::same_as<One, Message>)
  Message(One one);  // NOLINT(google-explicit-constructor)
  Message(Message&& other) noexcept;
  Message& operator=(Message&& other) noexcept;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message();

  std::variant<OpenLogs, NewImage, NewLogLevel, ImageApplied, CheckpointAsked, LogFailed,
               CheckpointWanted, CheckpointTold, Drain, Drained, CloseLogs, LogsClosed, AlterIsr,
               IsrAltered, ForwardedRequest, ForwardedReply, ForwardedClose, RunTasks, TaskResults,
               WatchPartitions, CancelWatches, PlaceLogs>
      content;
};

}  // namespace gregor::broker
