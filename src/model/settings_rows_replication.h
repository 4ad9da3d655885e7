// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Rows of the table of settings (settings.h). Replication and control.
#pragma once

#include "model/settings_rows.h"

namespace gregor::model::settings_rows {

inline constexpr SettingDefinition replication_rows[] = {
    {"alter.log.dirs.replication.quota.window.num", int32, "11", at_least(1), read_only, not_here,
     "Number of samples over which copying between folders is measured."},
    {"alter.log.dirs.replication.quota.window.size.seconds", int32, "1", at_least(1), read_only,
     not_here, "Seconds of each sample over which copying between folders is measured."},
    {"auto.leader.rebalance.enable", boolean, "true", anything, read_only, acts,
     "Whether the controller gives leadership back to preferred replicas by itself."},
    {"background.threads", int32, "10", at_least(1), cluster_wide, not_here,
     "Number of threads for occasional work."},
    {"controlled.shutdown.enable", boolean, "true", anything, read_only, acts,
     "Whether a stopping broker first hands its partitions to others."},
    {"controlled.shutdown.max.retries", int32, "3", anything, read_only, acts,
     "Attempts at handing the partitions over before the broker stops all the same."},
    {"controlled.shutdown.retry.backoff.ms", int64, "5000", anything, read_only, acts,
     "Milliseconds between attempts at handing the partitions over."},
    {"controller.socket.timeout.ms", int32, "30000", anything, read_only, acts,
     "Milliseconds that a request between controller and broker may take."},
    {"follower.replication.throttled.rate", int64, none, at_least(0), cluster_wide, acts,
     "Bytes a second that throttled replicas fetch.", hidden},
    {"leader.imbalance.check.interval.seconds", int64, "300", at_least(1), read_only, acts,
     "Seconds between looks at how leadership is spread."},
    {"leader.imbalance.per.broker.percentage", int32, "10", anything, read_only, acts,
     "Percent of partitions led by others than their preferred broker from which leadership is "
     "given back."},
    {"leader.replication.throttled.rate", int64, none, at_least(0), cluster_wide, acts,
     "Bytes a second that leaders send to throttled replicas.", hidden},
    {"min.insync.replicas", int32, "1", at_least(1), cluster_wide, acts,
     "In-sync replicas without which a write with acks=all is refused."},
    {"num.replica.alter.log.dirs.threads", int32, none, anything, read_only, not_here,
     "Number of threads that copy replicas between folders; unset: one a folder."},
    {"num.replica.fetchers", int32, "1", anything, cluster_wide, not_yet,
     "Number of connections to each leader through which replicas are fetched."},
    {"replica.alter.log.dirs.io.max.bytes.per.second", int64, none, at_least(0), cluster_wide, acts,
     "Bytes a second that are copied between folders.", hidden},
    {"replica.fetch.backoff.ms", int32, "1000", at_least(0), read_only, acts,
     "Milliseconds that a replica waits after a failed fetch."},
    {"replica.fetch.max.bytes", int32, "1048576", at_least(0), read_only, acts,
     "Bytes of one partition that a replica asks for at once; a larger first batch comes all the "
     "same."},
    {"replica.fetch.min.bytes", int32, "1", anything, read_only, acts,
     "Bytes for which the leader waits before it answers a replica."},
    {"replica.fetch.response.max.bytes", int32, "10485760", at_least(0), read_only, acts,
     "Bytes of all partitions that a replica asks for at once; a larger first batch comes all the "
     "same."},
    {"replica.fetch.wait.max.ms", int32, "500", anything, read_only, acts,
     "Milliseconds that a leader may keep a replica's fetch waiting for data."},
    {"replica.high.watermark.checkpoint.interval.ms", int64, "5000", anything, read_only, not_yet,
     "Milliseconds between writes of the file that holds the high watermarks."},
    {"replica.lag.time.max.ms", int64, "30000", anything, read_only, acts,
     "Milliseconds behind the end of the log after which a replica is no longer in sync."},
    {"replica.selector.class", text, none, anything, read_only, acts,
     "Which replica a consumer reads from: "
     "org.apache.kafka.common.replica.RackAwareReplicaSelector "
     "chooses one in its rack; unset or ...LeaderSelector: the leader."},
    {"replica.socket.receive.buffer.bytes", int32, "65536", anything, read_only, not_yet,
     "Bytes of the receive buffer of a replica's socket; -1: the system decides."},
    {"replica.socket.timeout.ms", int32, "30000", anything, read_only, acts,
     "Milliseconds that a replica's request may take; not below replica.fetch.wait.max.ms."},
    {"replication.quota.window.num", int32, "11", at_least(1), read_only, acts,
     "Number of samples over which the use of replication quotas is measured."},
    {"replication.quota.window.size.seconds", int32, "1", at_least(1), read_only, acts,
     "Seconds of each sample over which the use of replication quotas is measured."},
    {"unclean.leader.election.enable", boolean, "false", anything, cluster_wide, acts,
     "Whether a replica that is not in sync may lead when no other is left; records are lost."},
    {"unclean.leader.election.interval.ms", int64, "300000", at_least(1), read_only, not_here,
     "Milliseconds between looks for partitions that only an unclean election can revive.", hidden},
};

}  // namespace gregor::model::settings_rows
