// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "controller/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/overloaded.h"
#include "controller/znode_paths.h"
#include "coordination/znode_tree.h"

namespace gregor::controller {

namespace {

using base::Overloaded;

// ZooKeeper takes requests of up to 1 MiB; a state takes some 150 bytes.
constexpr std::size_t changes_per_write_max = 1'000;
constexpr std::size_t bytes_per_write_max = std::size_t{512} << 10;

constexpr std::int64_t producer_ids_per_block = 1'000;

std::size_t payload_bytes(const coordination::Change& change) {
  return std::visit(Overloaded{[](const coordination::Create& c) { return c.data.size(); },
                               [](const coordination::SetData& s) { return s.data.size(); },
                               [](const auto&) { return std::size_t{0}; }},
                    change);
}

std::size_t bytes_of(const coordination::Change& change) {
  constexpr std::size_t overhead = 64;
  return payload_bytes(change) + overhead +
         std::visit([](const auto& one) { return one.path.size(); }, change);
}

}  // namespace

std::vector<coordination::Multi> fenced_writes(std::int32_t fence,
                                               std::vector<coordination::Change> changes) {
  std::vector<coordination::Multi> out;
  std::size_t bytes = bytes_per_write_max;
  for (coordination::Change& change : changes) {
    const std::size_t more = bytes_of(change);
    if (out.empty() || out.back().changes.size() >= changes_per_write_max ||
        bytes + more > bytes_per_write_max) {
      out.push_back({{coordination::Check{std::string(znode::controller_epoch), fence}}});
      bytes = 0;
    }
    bytes += more;
    out.back().changes.push_back(std::move(change));
  }
  return out;
}

namespace {

model::Result<> check_size(std::size_t bytes) {
  if (bytes <= coordination::znode_bytes_max) return {};
  return fail(model::ErrorCode::policy_violation,
              fmt::format("This would take {} bytes in the coordination service, which keeps at "
                          "most {} in one place.",
                          bytes, coordination::znode_bytes_max));
}

}  // namespace

model::Result<> check_sizes(const Task& task) {
  for (const coordination::Multi& write : task.writes)
    for (const coordination::Change& change : write.changes)
      if (auto checked = check_size(payload_bytes(change)); !checked) return checked;
  return {};
}

model::Result<ConfigsRef> as_stored(std::string_view payload) {
  if (auto checked = check_size(payload.size()); !checked) return fail(checked.error());
  auto stored = znode::decode_configs(payload);
  ASSERT(stored.has_value());  // it is one of ours
  return std::make_shared<const Configs>(std::move(*stored));
}

Plan plan(const Situation& now, const Command& command) {
  return std::visit(
      Overloaded{
          [&](const CreateTopics& c) { return plan_create_topics(now, command.token, c); },
          [&](const DeleteTopics& c) { return plan_delete_topics(now, command.token, c); },
          [&](const CreatePartitions& c) { return plan_create_partitions(now, command.token, c); },
          [&](const AlterConfigs& c) { return plan_alter_configs(now, command.token, c); },
          [&](const AllocateProducerIds& c) { return plan_producer_ids(now, command.token, c); },
          [&](const AlterPartition& c) { return plan_alter_partition(now, command.token, c); },
          [&](const ControlledShutdown& c) { return plan_shutdown(now, command.token, c); },
          [&](const ElectLeaders& c) { return plan_elect_leaders(now, command.token, c); },
          [&](const AlterPartitionReassignments& c) {
            return plan_reassignments(now, command.token, c);
          },
          [&](const ListPartitionReassignments& c) {
            return list_reassignments(now, command.token, c);
          }},
      command.body);
}

namespace {

std::vector<ElectedLeader> refusals(const ElectLeaders& command, const model::Error& error) {
  std::vector<ElectedLeader> out;
  if (command.partitions)
    for (const model::TopicPartition& one : *command.partitions)
      out.push_back({one, std::unexpected(error)});
  else
    out.push_back({{}, std::unexpected(error)});
  return out;
}

}  // namespace

Answer refusal(const Command& command, const model::Error& error) {
  const auto all = [&]<class T>(std::size_t count) {
    return std::vector<model::Result<T>>(count, std::unexpected(error));
  };
  Answer answer{.token = command.token, .results = {}};
  std::visit(
      Overloaded{
          [&](const CreateTopics& c) {
            answer.results = all.operator()<TopicCreated>(c.topics.size());
          },
          [&](const DeleteTopics& c) {
            answer.results = all.operator()<TopicDeleted>(c.topics.size());
          },
          [&](const CreatePartitions& c) {
            answer.results = all.operator()<void>(c.topics.size());
          },
          [&](const AlterConfigs& c) { answer.results = all.operator()<void>(c.resources.size()); },
          [&](const AllocateProducerIds&) {
            answer.results = model::Result<ProducerIdBlock>(std::unexpected(error));
          },
          [&](const AlterPartition&) {
            answer.results =
                model::Result<std::vector<model::Result<AlteredIsr>>>(std::unexpected(error));
          },
          [&](const ControlledShutdown&) {
            answer.results =
                model::Result<std::vector<model::TopicPartition>>(std::unexpected(error));
          },
          [&](const ElectLeaders& c) { answer.results = refusals(c, error); },
          [&](const AlterPartitionReassignments& c) {
            answer.results = all.operator()<void>(c.partitions.size());
          },
          [&](const ListPartitionReassignments&) {
            answer.results =
                model::Result<std::vector<OngoingReassignment>>(std::unexpected(error));
          }},
      command.body);
  return answer;
}

void set_error(Answer& answer, std::size_t result, const model::Error& error) {
  std::visit(Overloaded{[&](model::Result<std::vector<model::Result<AlteredIsr>>>& many) {
                          many.value().at(result) = std::unexpected(error);
                        },
                        [&]<class T>(model::Result<T>& one) { one = std::unexpected(error); },
                        [&](std::vector<ElectedLeader>& many) {
                          many.at(result).result = std::unexpected(error);
                        },
                        [&]<class T>(std::vector<model::Result<T>>& many) {
                          many.at(result) = std::unexpected(error);
                        }},
             answer.results);
}

Plan plan_producer_ids(const Situation& now, Token token, const AllocateProducerIds& command) {
  Plan out{.answer = {.token = token, .results = {}}, .tasks = {}};
  const auto refuse = [&](model::ErrorCode code, std::string why) {
    out.answer.results = model::Result<ProducerIdBlock>(model::fail(code, std::move(why)));
    return out;
  };
  const bool ours = command.broker == model::no_broker;
  const model::BrokerId asker = ours ? now.settings.broker.id : command.broker;
  const auto registered = now.image.brokers.find(asker);
  if (!ours && (registered == now.image.brokers.end() || registered->second.epoch != command.epoch))
    return refuse(model::ErrorCode::stale_broker_epoch, "The broker registered anew.");
  if (!now.producer_ids.readable)
    return refuse(model::ErrorCode::unknown_server_error,
                  "The last block of producer ids cannot be read.");
  const auto& last = now.producer_ids.last;
  constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
  if (last && last->last.value() > end - producer_ids_per_block)
    return refuse(model::ErrorCode::unknown_server_error, "All producer ids are used up.");
  const std::int64_t first = last ? last->last.value() + 1 : 0;
  const znode::ProducerIds next{asker, model::ProducerId(first),
                                model::ProducerId(first + producer_ids_per_block - 1)};
  out.answer.results = model::Result<ProducerIdBlock>(
      ProducerIdBlock{next.first, static_cast<std::int32_t>(producer_ids_per_block)});
  Task task;
  task.results = {0};
  task.writes = fenced_writes(
      now.fence, {coordination::SetData{std::string(znode::producer_id_block), znode::encode(next),
                                        now.producer_ids.version}});
  task.producer_ids = ProducerIdState{next, now.producer_ids.version + 1};
  out.tasks.push_back(std::move(task));
  return out;
}

}  // namespace gregor::controller
