// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The files in which an embedded coordination service keeps its tree: a snapshot, replaced as a
// whole, and a journal that only grows until the next snapshot. Text, one thing a line, so that
// people can read them and grep in them.
//
//   word     := characters from "!" to "~" without "%"; any other byte as %XX (two hex digits)
//   data     := "=" word?                            of a znode; "=" alone: empty
//
//   snapshot := "gregor-coordination 1\n" "zxid" last "\n" session* znode* "end" checksum "\n"
//   session  := "session" id "\n"                    live ones
//   znode    := "znode" path czxid ctime mzxid mtime pzxid version creates owner data "\n"
//               sorted by path; owner 0: persistent; creates: children ever created
//   checksum := CRC-32C of all bytes before its line, eight hex digits
//
//   journal  := entry*
//   entry    := checksum zxid time session change+ "\n"    of what follows the checksum and a space
//   change   := "open" | "end" | "create" path data | "ephemeral" path data | "remove" path
//             | "set" path data
//
// One space between words, numbers in decimal, times in ms since the Unix epoch. An entry is one
// transaction: all of it happened or nothing.
//
// A crash may leave the last entries of a journal half written: from the first bad line on it is
// cut, if nothing behind that line is a good entry. A bad line with good entries behind it, and any
// fault in a snapshot, is corruption, and is refused. Entries that the snapshot already contains
// are skipped, so that a crash between a new snapshot and the cut of the journal does no harm.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordination/znode_tree.h"
#include "model/ids.h"
#include "model/result.h"

namespace gregor::coordination {

std::string encode_snapshot(const ZnodeTree& tree);
model::Result<ZnodeTree> decode_snapshot(std::string_view snapshot);

// One entry, its line end included.
std::string encode_entry(const Transaction& transaction);
// One line, without its line end.
model::Result<Transaction> decode_entry(std::string_view line);

struct LoadedTree {
  ZnodeTree tree;
  std::size_t journal_bytes = 0;  // the good part: cut the journal there before appending
  // The sessions of the process that kept the files before have ended with it: already done to the
  // tree, to be appended to the journal.
  std::vector<Transaction> ended;
};
// An absent snapshot is an empty tree.
model::Result<LoadedTree> load_tree(std::optional<std::string_view> snapshot,
                                    std::string_view journal, model::Timestamp now);

}  // namespace gregor::coordination
