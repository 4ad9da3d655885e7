// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where Kafka keeps what in the coordination tree. Names of topics need no escaping; names of users
// and clients are escaped by sanitized().
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controller/image.h"
#include "model/ids.h"

namespace gregor::controller::znode {

inline constexpr std::string_view broker_ids = "/brokers/ids";
inline constexpr std::string_view topics = "/brokers/topics";
inline constexpr std::string_view controller = "/controller";
inline constexpr std::string_view controller_epoch = "/controller_epoch";
inline constexpr std::string_view cluster = "/cluster";
inline constexpr std::string_view cluster_id = "/cluster/id";
inline constexpr std::string_view feature = "/feature";
inline constexpr std::string_view topic_configs = "/config/topics";
inline constexpr std::string_view broker_configs = "/config/brokers";
inline constexpr std::string_view config_changes = "/config/changes";
inline constexpr std::string_view log_dir_events = "/log_dir_event_notification";
inline constexpr std::string_view delete_topics = "/admin/delete_topics";
inline constexpr std::string_view producer_id_block = "/latest_producer_id_block";
inline constexpr std::string_view default_entity = "<default>";

// What every broker makes sure of at its start, parents first, in Kafka's order.
std::span<const std::string_view> base_paths();

std::string broker(model::BrokerId id);                      // /brokers/ids/1
std::string topic(std::string_view name);                    // /brokers/topics/T
std::optional<std::string> topic_of(std::string_view path);  // T; nullopt: no topic's znode
std::string partitions(std::string_view topic);              // …/partitions
std::string partition(std::string_view topic, model::PartitionIndex index);        // …/partitions/0
std::string partition_state(std::string_view topic, model::PartitionIndex index);  // …/0/state
// nullopt: no state's znode.
std::optional<model::TopicPartition> partition_of_state(std::string_view path);
std::string delete_topic(std::string_view topic);           // /admin/delete_topics/T
std::string config(const ConfigResource& resource);         // /config/brokers/<default>
std::string config_entity(const ConfigResource& resource);  // topics/T, as notifications say it
std::optional<ConfigResource> resource_of(std::string_view entity);  // nullopt: nothing of ours
std::string configs_of(std::string_view kind);  // /config/topics, /config/users/U/clients
// Whose configs there are: "topics", "users", …. Of users also their client ids'
// ("users/U/clients").
std::span<const std::string_view> config_kinds();
std::string clients_of(std::string_view user);  // users/U/clients
std::string config_change_prefix();             // /config/changes/config_change_
std::string log_dir_event_prefix();             // /log_dir_event_notification/log_dir_event_

// As Java's URL encoding, but with %20 and %2A: "we ird/client" -> "we%20ird%2Fclient".
std::string sanitized(std::string_view name);
// nullopt when an escape is malformed.
std::optional<std::string> desanitized(std::string_view name);

}  // namespace gregor::controller::znode
