// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a power cut would lose: for each file that was changed since its last sync, how to undo the
// changes. The changes themselves go to the file at once, so that a mere kill loses nothing.
//
//   unsynced/<inode>.file   another name of the file, which keeps it, and its number, from going
//   unsynced/<inode>.undo   header change*
//     header := name : u64     of this list, so that it is not taken for the next one
//               begin : u64    changes before this position are synced
//     change := from : u64     where the file was changed
//               size : u64     of the file before
//               saved : u64    bytes that were there before, which follow
//
// Not seen: writes through mapped memory (the indexes of Apache Kafka), and names. A file that was
// created, renamed or removed stays so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gregor::jepsen {

// What stands in a list: its name and its length. A sync covers as much as stood there when it
// began.
struct UnsyncedMark {
  std::uint64_t name = 0;
  std::uint64_t size = 0;
};

// Called by the node. One thread at a time for one file (unsynced_lock).
class UnsyncedChanges {
 public:
  UnsyncedChanges(const std::string& folder, std::uint64_t inode);

  // The bytes [from, to) of the open file are about to change, or to be cut off.
  void add(int file, std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] UnsyncedMark mark() const;
  // Everything up to the mark is on the disk.
  void synced(const UnsyncedMark& upto) const;

 private:
  std::string file_, undo_;
};

// One change, as the nemesis reads it.
struct UnsyncedChange {
  std::uint64_t from = 0;
  std::uint64_t size = 0;
  std::string saved;
};
// In the order in which they were made; one that is not whole was not made.
std::vector<UnsyncedChange> read_unsynced(const std::string& undo_file);

}  // namespace gregor::jepsen
