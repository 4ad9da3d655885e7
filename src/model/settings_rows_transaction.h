// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Rows of the table of settings (settings.h). Transactions.
#pragma once

#include "model/settings_rows.h"

namespace gregor::model::settings_rows {

inline constexpr SettingDefinition transaction_rows[] = {
    {"add.partitions.to.txn.retry.backoff.max.ms", int32, "100", at_least(0), read_only, not_here,
     "Milliseconds after which the check of a partition's transaction is no longer repeated by the "
     "broker."},
    {"add.partitions.to.txn.retry.backoff.ms", int32, "20", at_least(1), read_only, not_here,
     "Milliseconds before the check of a partition's transaction is repeated by the broker."},
    {"transaction.abort.timed.out.transaction.cleanup.interval.ms", int32, "10000", at_least(1),
     read_only, not_yet, "Milliseconds between looks for transactions that have timed out."},
    {"transaction.max.timeout.ms", int32, "900000", at_least(1), read_only, not_yet,
     "Milliseconds of timeout that a transaction may ask for at most."},
    {"transaction.partition.verification.enable", boolean, "true", anything, cluster_wide, not_yet,
     "Whether a partition asks the coordinator about a transaction before it accepts its first "
     "records."},
    {"transaction.remove.expired.transaction.cleanup.interval.ms", int32, "3600000", at_least(1),
     read_only, not_yet, "Milliseconds between looks for transactional ids to forget."},
    {"transaction.state.log.load.buffer.size", int32, "5242880", at_least(1), read_only, not_yet,
     "Bytes read at a time when transactions and producer ids are loaded."},
    {"transaction.state.log.min.isr", int32, "2", at_least(1), read_only, acts,
     "In-sync replicas that the transactions topic needs for a write."},
    {"transaction.state.log.num.partitions", int32, "50", at_least(1), read_only, acts,
     "Partitions of the transactions topic; not to be changed once it exists."},
    {"transaction.state.log.replication.factor", int16, "3", at_least(1), read_only, acts,
     "Replicas of the transactions topic; it is not created while there are fewer brokers."},
    {"transaction.state.log.segment.bytes", int32, "104857600", at_least(1), read_only, acts,
     "Bytes at which a segment of the transactions topic is full; small ones compact and load "
     "faster."},
    {"transaction.two.phase.commit.enable", boolean, "false", anything, read_only, not_here,
     "Whether a transaction may be prepared and left to an outside coordinator."},
    {"transactional.id.expiration.ms", int32, "604800000", at_least(1), read_only, not_yet,
     "Milliseconds of silence after which a transactional id is forgotten."},
};

}  // namespace gregor::model::settings_rows
