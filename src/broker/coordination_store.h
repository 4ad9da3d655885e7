// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The znode tree of the embedded coordination service and the two files that keep it
// (coordination/tree_file.h): coordination.snapshot and coordination.journal in one folder. What
// was answered is on stable storage. There is one session, that of this process; the ephemerals of
// the last one are gone when it opens.
//
// The journal is written ahead with spaces, so that an entry overwrites bytes which the file has
// already: a full disk is noticed before a change is made, not after, and syncing an overwrite is
// cheaper than syncing an append. A tail of spaces is a torn entry to whoever reads the file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "coordination/port.h"
#include "coordination/znode_tree.h"
#include "log/disk.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::broker {

class CoordinationStore {
 public:
  using Delivery = std::variant<coordination::Reply, coordination::WatchFired>;

  static model::Result<std::unique_ptr<CoordinationStore>> open(log::Disk& disk, std::string folder,
                                                                model::Timestamp now);

  // Handles the requests in order and makes what they change durable. What is returned is to be
  // delivered in this order. A change for which the disk has no room is not made
  // (connection_loss). An error: nothing is known about what the disk holds; the store is of no
  // further use.
  model::Result<std::vector<Delivery>> handle(std::span<const coordination::Request> requests,
                                              model::Timestamp now);

  // Ends the session and leaves a short journal behind. An error of handle() stays one here.
  model::Result<> close(model::Timestamp now);

  [[nodiscard]] coordination::SessionId session() const { return session_; }
  [[nodiscard]] const coordination::ZnodeTree& tree() const { return tree_; }

 private:
  CoordinationStore(log::Disk& disk, std::string folder, coordination::ZnodeTree tree);

  model::Result<> make_room(std::size_t bytes);
  model::Result<> keep(const coordination::Transaction& transaction);
  model::Result<> write_snapshot();
  model::Result<> begin_journal();

  log::Disk& disk_;
  const std::string folder_;
  coordination::ZnodeTree tree_;
  coordination::SessionId session_;
  log::FilePtr journal_;
  std::uint64_t journal_end_ = 0;   // behind the last entry
  std::uint64_t journal_room_ = 0;  // bytes of the file, those written ahead included
  std::uint64_t compact_at_ = 0;    // size of the journal at which a new snapshot is worth it
  bool lacks_an_entry_ = false;     // what the tree has done is not in the journal: no more follows
};

}  // namespace gregor::broker
