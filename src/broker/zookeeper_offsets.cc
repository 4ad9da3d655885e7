// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/zookeeper_offsets.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/parse_number.h"
#include "broker/shard_state.h"
#include "coordination/path.h"

namespace gregor::broker {

using coordination::Status;
using model::ErrorCode;

namespace {

StoredOffset loaded(const coordination::Reply& reply) {
  if (reply.status == Status::no_node) return {ErrorCode::unknown_topic_or_partition};
  if (reply.status != Status::ok) return {ErrorCode::unknown_server_error};
  const auto offset =
      base::parse_java_number<std::int64_t>(std::get<coordination::DataReply>(reply.content).data);
  if (!offset) return {ErrorCode::unknown_server_error};
  return {ErrorCode::none, model::Offset(*offset)};
}

}  // namespace

std::string zookeeper_offset_path(const std::string& group,
                                  const model::TopicPartition& partition) {
  return fmt::format("/consumers/{}/offsets/{}/{}", group, partition.topic,
                     partition.partition.value());
}

bool ZooKeeperOffsets::store(ShardState& shard, std::string path, model::Offset offset,
                             OnDone on_done) {
  return ask(shard,
             {std::move(path), std::to_string(offset.value()), std::move(on_done), Step::set});
}

bool ZooKeeperOffsets::load(ShardState& shard, std::string path, OnDone on_done) {
  return ask(shard, {std::move(path), "", std::move(on_done), Step::read});
}

bool ZooKeeperOffsets::ask(ShardState& shard, Asked asked) {
  if (asked_.size() >= asked_max) return false;
  send(shard, std::move(asked));
  return true;
}

coordination::RequestId ZooKeeperOffsets::submit(ShardState& shard,
                                                 coordination::Operation operation) {
  const coordination::RequestId id(next_++);
  shard.effects->coordination.push_back({id, std::move(operation)});
  return id;
}

void ZooKeeperOffsets::send(ShardState& shard, Asked asked) {
  coordination::Operation operation;
  switch (asked.step) {
    case Step::read:
      operation = coordination::GetData{asked.path};
      break;
    case Step::set:
      operation = coordination::Multi{{coordination::SetData{asked.path, asked.data}}};
      break;
    case Step::create: {
      std::vector<std::string> parents;
      for (std::string_view at = coordination::parent_of(asked.path); at != "/";
           at = coordination::parent_of(at))
        parents.emplace_back(at);
      for (; !parents.empty(); parents.pop_back())
        parents_.insert(
            submit(shard, coordination::Multi{{coordination::Create{parents.back(), ""}}}));
      operation = coordination::Multi{{coordination::Create{asked.path, asked.data}}};
      break;
    }
  }
  asked_.emplace(submit(shard, std::move(operation)), std::move(asked));
}

void ZooKeeperOffsets::connected(ShardState& shard) {
  parents_.clear();
  for (auto& [id, asked] : std::exchange(asked_, {})) send(shard, std::move(asked));
}

bool ZooKeeperOffsets::on_reply(ShardState& shard, const coordination::Reply& reply) {
  if (parents_.erase(reply.id) > 0) return true;
  auto found = asked_.extract(reply.id);
  if (found.empty()) return false;
  on_answer(shard, std::move(found.mapped()), reply);
  return true;
}

void ZooKeeperOffsets::on_answer(ShardState& shard, Asked asked, const coordination::Reply& reply) {
  constexpr int tries_max = 3;  // somebody else may make or remove it meanwhile, again and again
  if (reply.status == Status::connection_loss) {
    send(shard, std::move(asked));
    return;
  }
  if (asked.step == Step::read) {
    asked.on_done(shard, loaded(reply));
    return;
  }
  const bool missing = asked.step == Step::set && reply.status == Status::no_node;
  const bool in_the_way = asked.step == Step::create && reply.status == Status::node_exists;
  if ((missing || in_the_way) && asked.tries < tries_max) {
    ++asked.tries;
    asked.step = missing ? Step::create : Step::set;
    send(shard, std::move(asked));
    return;
  }
  asked.on_done(shard,
                {reply.status == Status::ok ? ErrorCode::none : ErrorCode::unknown_server_error});
}

}  // namespace gregor::broker
