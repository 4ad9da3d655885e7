// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One shard of a node: its connections, its partitions, and (shard 0) the controller, as one step
// function. Same events, same effects: no clock, thread, socket or chance in here. The node is the
// set of its shards; they share nothing but immutable snapshots and talk by Message.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "broker/effects.h"
#include "broker/events.h"
#include "log/disk.h"
#include "model/broker_settings.h"
#include "model/ids.h"

namespace gregor::broker {

// What a shard is given by its environment; all of it outlives the shard.
struct ShardContext {
  ShardId id;
  std::uint32_t shards = 1;
  const model::BrokerSettings* settings = nullptr;
  log::Disk* disk = nullptr;  // the data folders' disk
  // Which start of the machine this is: as long as it is the same, what a process has written is
  // not lost, whether it was synced or not. "": not known, and then it never is the same.
  std::string boot = {};
  std::uint64_t seed = 0;                  // for topic ids, fetch session ids and the like
  Severity log_at_least = Severity::info;  // what the operator sees at the start
  // Effects::trace is wanted, and this is the number of this life of the node: greater than those
  // of earlier ones.
  std::optional<std::uint64_t> traced_as = std::nullopt;
};

class Shard {
 public:
  explicit Shard(ShardContext context);
  ~Shard();

  // Handles one event at the given time and appends what it asks for to `out`.
  void step(model::Now now, Event event, Effects& out);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gregor::broker
