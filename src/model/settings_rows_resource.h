// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Rows of the tables of settings (settings_resource.h). Groups, one at a time; subscriptions to the
// metrics of clients.
#pragma once

#include "model/settings_rows.h"

namespace gregor::model::settings_rows {

inline constexpr std::array<std::string_view, 2> isolation_levels = {"read_committed",
                                                                     "read_uncommitted"};

inline constexpr SettingDefinition group_resource_rows[] = {
    {"consumer.heartbeat.interval.ms", int32, "5000", at_least(1), cluster_wide, not_yet,
     "Milliseconds between the heartbeats of this group's consumers.", current,
     "group.consumer.heartbeat.interval.ms"},
    {"consumer.session.timeout.ms", int32, "45000", at_least(1), cluster_wide, not_yet,
     "Milliseconds of silence after which this group drops a consumer.", current,
     "group.consumer.session.timeout.ms"},
    {"share.auto.offset.reset", text, "latest", anything, cluster_wide, not_here,
     "Where a share group begins that has not read yet: earliest, latest, or by_duration:<ISO "
     "8601>."},
    {"share.heartbeat.interval.ms", int32, "5000", at_least(1), cluster_wide, not_here,
     "Milliseconds between the heartbeats of this share group's members.", current,
     "group.share.heartbeat.interval.ms"},
    {"share.isolation.level", text, "read_uncommitted", one_of(isolation_levels), cluster_wide,
     not_here, "Whether this share group sees records of transactions that are not committed."},
    {"share.record.lock.duration.ms", int32, "30000", at_least(1000), cluster_wide, not_here,
     "Milliseconds for which a record that was handed out belongs to one member.", current,
     "group.share.record.lock.duration.ms"},
    {"share.session.timeout.ms", int32, "45000", at_least(1), cluster_wide, not_here,
     "Milliseconds of silence after which this share group drops a member.", current,
     "group.share.session.timeout.ms"},
    {"streams.heartbeat.interval.ms", int32, "5000", at_least(1), cluster_wide, not_here,
     "Milliseconds between the heartbeats of this streams group's members.", current,
     "group.streams.heartbeat.interval.ms"},
    {"streams.num.standby.replicas", int32, "0", at_least(0), cluster_wide, not_here,
     "Standby copies of each task of this streams group.", current,
     "group.streams.num.standby.replicas"},
    {"streams.session.timeout.ms", int32, "45000", at_least(1), cluster_wide, not_here,
     "Milliseconds of silence after which this streams group drops a member.", current,
     "group.streams.session.timeout.ms"},
};

inline constexpr SettingDefinition client_metrics_rows[] = {
    {"interval.ms", int32, "300000", between(100, 3'600'000), cluster_wide, not_yet,
     "Milliseconds between two reports of a client."},
    {"match", list, "", anything, cluster_wide, not_yet,
     "Which clients report: attribute=expression, all of which must fit; empty means all."},
    {"metrics", list, "", anything, cluster_wide, not_yet,
     "Prefixes of the names of the metrics that are reported; empty means none, * all."},
};

}  // namespace gregor::model::settings_rows
