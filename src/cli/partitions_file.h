// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The files in which Kafka's tools find partitions, and what is to become of each:
//   {"version": 1, "partitions": [{"topic": "orders", "partition": 0, …}]}
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "model/ids.h"
#include "model/result.h"

namespace gregor::cli {

// Takes what an entry says beyond topic and partition. Errors are explained like those below.
using TakeEntry =
    std::function<model::Result<>(const model::TopicPartition&, const nlohmann::json& entry)>;

// `what` is what the file is for people: "the file of offsets". invalid_request names what is
// wrong, also a partition that is named twice.
model::Result<> parse_partitions_file(std::string_view what, std::string_view text,
                                      const TakeEntry& take);

// Of kafka-leader-election: nothing but partitions.
model::Result<std::vector<model::TopicPartition>> parse_partitions(std::string_view text);

// Of kafka-reassign-partitions: "replicas" are the brokers that are to have the partition, the
// preferred leader first. "log_dirs", if there, are "any": which folder is each broker's choice.
using ReplicaPlan = std::map<model::TopicPartition, std::vector<model::BrokerId>>;
model::Result<ReplicaPlan> parse_replica_plan(std::string_view text);

}  // namespace gregor::cli
