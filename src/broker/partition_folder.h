// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// To which topic a partition's folder belongs: its file partition.metadata says so. A topic that
// was deleted and made again has another id, and must not get the records of the old one.
#pragma once

#include <optional>
#include <string>

#include "log/disk.h"
#include "log/whole_file.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/uuid.h"

namespace gregor::broker {

// Of the folder at `path`; nullopt if there is none, or it does not say. A file that cannot be read
// as one counts as absent (it may be torn: it is not synced when it is written).
model::Result<std::optional<model::TopicId>> topic_of_folder(log::Disk& disk,
                                                             const std::string& path);

// Says whose it is; the folder itself is not synced.
model::Result<> claim_folder(log::Disk& disk, const std::string& path, const model::TopicId& topic,
                             log::Durability durability = log::Durability::later);
// The same, and both for certain: from here on a power cut leaves the folder with something in it.
model::Result<> claim_for_certain(log::Disk& disk, const std::string& data_folder,
                                  const std::string& path, const model::TopicId& topic);

// A log that lacks what this broker has once vouched for, until it has caught up with a leader (as
// docs/findings.md tells). Makes the folder. Both for certain.
model::Result<> mark_incomplete(log::Disk& disk, const std::string& data_folder,
                                const std::string& path);
model::Result<> mark_complete(log::Disk& disk, const std::string& path);
model::Result<bool> is_incomplete(log::Disk& disk, const std::string& path);

// A log that was moved from another data folder has a file in its own that names it: until that is
// gone there, too, this folder is the log and the other one is what is left of it.
model::Result<> mark_moved_from(log::Disk& disk, const std::string& path,
                                const std::string& data_folder);
model::Result<std::optional<std::string>> moved_from(log::Disk& disk, const std::string& path);
// Before it is moved again. For certain.
model::Result<> forget_moved_from(log::Disk& disk, const std::string& path);

// Renames the folder of a log that is not open, so that the partition is gone; the new path, which
// the owner removes later.
model::Result<std::string> retire_folder(log::Disk& disk, const std::string& data_folder,
                                         const model::TopicPartition& partition,
                                         const model::Uuid& unique);

// Renames the folder of another topic, so that its records are kept for the operator but not
// served.
model::Result<std::string> set_folder_aside(log::Disk& disk, const std::string& data_folder,
                                            const model::TopicPartition& partition,
                                            const model::Uuid& unique);

}  // namespace gregor::broker
