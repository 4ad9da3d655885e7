// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The log of a replica as it lies on a simulated disk, whoever has it open; and how two of them may
// differ.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/simulated_disk.h"
#include "model/ids.h"
#include "record/batch.h"

namespace gregor::simulation {

// Its batches by base offset, up to what looks like none. Nobody has looked at their CRC. They are
// views into the disk, until it changes.
using StoredLog = std::map<model::Offset, record::BatchView>;

// nullopt: no folder is its own.
std::optional<StoredLog> stored_log(const log::SimulatedDisk& disk,
                                    const std::vector<std::string>& log_dirs,
                                    const model::TopicPartition& partition);

// The first offset of [from, to) that is in no batch; nullopt: none.
std::optional<model::Offset> first_missing(const StoredLog& log, model::Offset from,
                                           model::Offset to);

// Where two logs differ below `to`, as far as both reach; empty: nowhere. Their batches are to be
// the same bytes; in compacted ones records of the same offset are to be the same.
std::string difference(const StoredLog& one, const StoredLog& other, model::Offset to);
std::string difference_of_compacted(const StoredLog& one, const StoredLog& other, model::Offset to);

// Where two logs were one, and had parted before; empty: nowhere. In one leader epoch one leader
// writes, and whoever follows it has all that it has from before: where the epochs of two logs are
// the same, so are the logs up to there (Raft's log matching), whether committed or not.
std::string mismatch(const StoredLog& one, const StoredLog& other);

}  // namespace gregor::simulation
