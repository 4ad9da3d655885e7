// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/log_failures.h"

#include <fmt/format.h>

#include "broker/shard_state.h"
#include "controller/znode_paths.h"
#include "controller/znodes.h"

namespace gregor::broker {

using coordination::Status;
namespace znode = controller::znode;

void LogFailures::note(ShardState& shard) {
  untold_ = true;
  write(shard);
}

void LogFailures::connected(ShardState& shard) {
  untold_ = untold_ || writing_;
  writing_.reset();
  write(shard);
}

void LogFailures::write(ShardState& shard) {
  if (!untold_ || writing_) return;
  untold_ = false;
  writing_ = coordination::RequestId(next_++);
  shard.effects->coordination.push_back(
      {*writing_, coordination::Multi{{coordination::Create{
                      znode::log_dir_event_prefix(), znode::encode_log_dir_event(shard.broker_id()),
                      coordination::CreateMode::persistent_sequential}}}});
}

bool LogFailures::on_reply(ShardState& shard, const coordination::Reply& reply) {
  if (reply.id != writing_) return false;
  if (reply.status == Status::session_expired) return true;  // the next one will write it
  writing_.reset();
  if (reply.status != Status::ok) untold_ = true;
  // No use in asking again at once. (If somebody has removed the path: the next session makes it.)
  const bool refused = reply.status != Status::ok && reply.status != Status::connection_loss;
  if (refused)
    shard.say(Severity::error,
              fmt::format("the controller cannot be told of failed logs: ZooKeeper status {}",
                          static_cast<std::int32_t>(reply.status)));
  else
    write(shard);
  return true;
}

}  // namespace gregor::broker
