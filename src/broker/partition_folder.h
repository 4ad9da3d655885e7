// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// To which topic a partition's folder belongs: its file partition.metadata says so. A topic that
// was deleted and made again has another id, and must not get the records of the old one.
#pragma once

#include <optional>
#include <string>

#include "log/disk.h"
#include "model/ids.h"
#include "model/result.h"
#include "model/uuid.h"

namespace gregor::broker {

// Of the folder at `path`; nullopt if there is none, or it does not say. A file that cannot be read
// as one counts as absent (it may be torn: it is not synced when it is written).
model::Result<std::optional<model::TopicId>> topic_of_folder(log::Disk& disk,
                                                             const std::string& path);

model::Result<> claim_folder(log::Disk& disk, const std::string& path, const model::TopicId& topic);

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
