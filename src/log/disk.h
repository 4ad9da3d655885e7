// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a log asks of the world: files and folders, as narrow as possible. Two implementations:
// POSIX files (server/posix_disk.h) and a simulated disk that loses what a power cut may lose
// (log/simulated_disk.h).
//
// What every implementation guarantees:
// - Paths are absolute or relative to the process, '/'-separated, without a final '/'.
// - No call throws. Every failure (EIO, ENOSPC, EMFILE, EACCES, …) is kafka_storage_error; the
//   detail names the operation, the path and the cause ("write /d/t-0/…00.log: No space left on
//   device"). "Does not exist" is not a failure where a comment below says so.
// - Interrupted calls (EINTR) are repeated and short reads and writes continued inside.
// - Files are opened close-on-exec. All calls block; callers of sync() choose the thread.
// - Nothing survives a power cut for certain until it is synced: file content and size by
//   File::sync, names (create, rename, remove) by Disk::sync_folder of the folder that holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "model/result.h"

namespace gregor::log {

using model::Result;

// An open file; closed when the last owner lets go. One owner (the partition's shard) writes and
// truncates. read_at and sync may run on other threads meanwhile, also while the file is renamed or
// removed: then they act on the file that was opened.
class File {
 public:
  virtual ~File() = default;
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Fills `into` from `position` on; returns the number of bytes read, less than asked for only
  // where the file ends.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t position,
                                                    base::MutableBytesView into) const = 0;

  // Writes the pieces one after the other from `position` on (one pwritev for up to 1024 pieces);
  // beyond the end the file grows. After a failure the bytes from `position` on, and the size, are
  // unspecified; those before are untouched.
  [[nodiscard]] virtual Result<> write_at(std::uint64_t position,
                                          std::span<const base::BytesView> pieces) = 0;

  // Cuts the file, or grows it with zeros.
  [[nodiscard]] virtual Result<> truncate(std::uint64_t size) = 0;

  // Returns when what had been written before the call is on stable storage (fdatasync). After a
  // failure nothing is known about what was written since the last success, and calling again
  // proves nothing: the owner must take the log offline.
  [[nodiscard]] virtual Result<> sync() = 0;

  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

using FilePtr = std::shared_ptr<File>;

enum class OpenMode : std::uint8_t {
  read,        // read only
  read_write,  // must exist
  create,      // made if absent, kept if present
  replace,     // made if absent, emptied if present
};

struct FolderEntry {
  std::string name;  // last path component
  bool is_folder = false;
  std::uint64_t size = 0;  // bytes, of a file
  friend bool operator==(const FolderEntry&, const FolderEntry&) = default;
};

struct DiskSpace {
  std::uint64_t total = 0;   // bytes of the file system
  std::uint64_t usable = 0;  // bytes that this process could still write
};

class Disk {
 public:
  virtual ~Disk() = default;

  // A file that does not exist (modes read, read_write) is a null pointer, not an error.
  [[nodiscard]] virtual Result<FilePtr> open(const std::string& path, OpenMode mode) = 0;

  // The entries of a folder sorted by name, without "." and ".."; anything that is neither file nor
  // folder (socket, device, broken link) is left out. A missing folder is an error.
  [[nodiscard]] virtual Result<std::vector<FolderEntry>> list(const std::string& folder) = 0;

  // Makes the folder; its parents must exist. No error if the folder exists.
  [[nodiscard]] virtual Result<> create_folder(const std::string& path) = 0;

  // Atomic; an existing file `to` is replaced. Files and folders, within one file system.
  [[nodiscard]] virtual Result<> rename(const std::string& from, const std::string& to) = 0;

  // Removes a file or a whole folder tree. No error if it does not exist.
  [[nodiscard]] virtual Result<> remove(const std::string& path) = 0;

  // Makes names in this folder durable: files created, renamed and removed before the call.
  [[nodiscard]] virtual Result<> sync_folder(const std::string& path) = 0;

  // Of the file system that holds `path`.
  [[nodiscard]] virtual Result<DiskSpace> space(const std::string& path) = 0;
};

}  // namespace gregor::log
