// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// An administrator: creates the topics that the others work with, and from then on makes, grows and
// deletes topics of its own, deletes records of those that may be trimmed, changes settings, moves
// partitions, and looks whether brokers say what it was told.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "simulation/confirmed.h"
#include "simulation/workload.h"

namespace gregor::simulation {

struct AdministratorPlan {
  std::vector<TopicPlan> create;
  std::vector<model::TopicPartition> trimmed;
  std::vector<std::string> altered;          // topics whose settings change
  std::vector<model::TopicPartition> moved;  // from broker to broker
  std::int64_t brokers = 1;
  std::optional<std::int16_t> replication = std::nullopt;  // of its own topics; else any
  bool told_at_once = true;  // who confirms something has told everybody
};

// What a cluster in trouble may answer to anything that an administrator asks.
bool is_trouble(model::ErrorCode code);

class Administrator final : public Workload {
 public:
  template <class... Arguments>
  explicit Administrator(AdministratorPlan plan, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        to_create_(plan.create.begin(), plan.create.end()),
        trimmed_(std::move(plan.trimmed)),
        altered_(std::move(plan.altered)),
        moved_(std::move(plan.moved)),
        brokers_(plan.brokers),
        replication_(plan.replication),
        told_at_once_(plan.told_at_once) {}

  // Every planned topic is there.
  [[nodiscard]] bool is_set_up() const { return to_create_.empty(); }
  // What is known of its own topics, and of what it has changed.
  [[nodiscard]] Confirmed confirmed() const;

 private:
  // Of its own; one whose fate is unknown is never touched again, because what was asked may still
  // come to happen.
  struct Topic {
    std::string name;
    std::int32_t partitions = 0;  // 0: it is not there
  };

  // administrator.cc: topics and records
  void operate() override;
  using Created = std::move_only_function<void(model::ErrorCode)>;
  void create(const TopicPlan& plan, Created then);
  void create_planned();
  void create_own(Topic& topic);
  void grow(Topic& topic);
  void remove(Topic& topic);
  void look(const Topic& topic);
  void abandon(Topic& topic);
  void contradicted(Topic& topic, const std::string& how);
  void trim(const model::TopicPartition& partition);
  void trim_before(const model::TopicPartition& partition, const ClusterClient::Leader& leader,
                   std::int64_t end);

  // administrator_changes.cc: settings and replicas
  void alter(const std::string& topic);
  void look_at_configs();
  std::vector<std::int32_t> some_brokers(std::size_t count);
  void move(const model::TopicPartition& partition);
  void moved(const model::TopicPartition& partition,
             const std::optional<std::vector<std::int32_t>>& replicas, model::ErrorCode code);

  std::deque<TopicPlan> to_create_;
  const std::vector<model::TopicPartition> trimmed_;
  const std::vector<std::string> altered_;
  const std::vector<model::TopicPartition> moved_;
  const std::int64_t brokers_;
  const std::optional<std::int16_t> replication_;
  const bool told_at_once_;
  std::vector<Topic> topics_;
  ConfirmedTopics left_alone_;  // of which somebody has said something else
  Confirmed confirmed_;         // but for the topics
  // What may still come to happen although nobody has said so.
  std::set<std::pair<std::string, std::string>> of_unknown_fate_;  // topics and settings
  std::set<model::TopicPartition> lost_from_sight_;
  int names_ = 0;
};

}  // namespace gregor::simulation
