// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the data folders said when the node started: shard 0 reads their checkpoint files for all.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/ids.h"

namespace gregor::broker {

struct DataFolder {
  std::string path;
  bool clean_stop = false;
  std::map<model::TopicPartition, model::Offset> recovery_points;
  std::map<model::TopicPartition, model::Offset> log_starts;
  std::map<model::TopicPartition, model::Offset> high_watermarks;
  std::map<model::TopicPartition, model::Offset> cleaned_to;
  std::set<model::TopicPartition> partitions;  // that have a folder here
  // Folders of moves that did not end (log_moves.h), by what was moved. Their names may be cut: the
  // partition may be another of a similar name.
  std::map<model::TopicPartition, std::string> copies;
};

struct StorageState {
  std::vector<DataFolder> folders;  // as in log.dirs
};
using StorageStatePtr = std::shared_ptr<const StorageState>;

// What the checkpoint files should say of one log.
struct LogCheckpoint {
  model::TopicPartition name;
  std::size_t data_folder = 0;
  model::Offset recovery_point;
  model::Offset log_start;
  model::Offset high_watermark;
  model::Offset cleaned_to;
};

}  // namespace gregor::broker
