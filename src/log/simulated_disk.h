// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A disk in memory that is as cruel as a real one may be: the twin of POSIX files for tests and
// simulation.
//
// What a power cut may lose, and nothing else:
//   - of a file, per page of 4 KiB written since its last sync: the new bytes, the old ones, or a
//     mixture with a boundary between two sectors of 512 bytes; of its size, anything between the
//     synced and the last one (bytes never written are zeros)
//   - of a folder, any creation, renaming or removal since its last sync: each may be lost alone,
//     but of those that touch the same name never an earlier one alone; a rename happens whole or
//     not at all
// Faults on request: errors of single operations, a full disk, writes that stop halfway.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"
#include "log/disk.h"

namespace gregor::log {

struct SimulatedFolder;
struct SimulatedInode;

// What a power cut makes of everything unsynced: each part lost or kept by chance, or all of it one
// way (the two ends are the commonest in practice and the best to debug).
enum class Unsynced : std::uint8_t { by_chance, all_lost, all_kept };

enum class DiskOperation : std::uint8_t {
  open,
  list,
  create_folder,
  rename,
  remove,
  sync_folder,
  space,  // of the disk
  read,
  write,
  truncate,
  sync,
  size  // of a file
};

// Faults, counters and the clock of crashes: shared by a disk and all its open files.
struct SimulatedFaults {
  std::uint64_t capacity = std::uint64_t{1} << 50;  // bytes of file content; beyond: no space left
  std::uint64_t used = 0;
  // The next operations of a kind that fail (with an I/O error).
  std::map<DiskOperation, std::uint32_t> failing;
  // Changes (all operations but open of an existing file, list, space, read and size) still
  // allowed; when none is left the power is off: every operation fails, a write after some of its
  // bytes were taken.
  std::uint64_t changes_left = ~std::uint64_t{0};
  std::uint64_t changes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t open_files = 0;
};

class SimulatedDisk final : public Disk {
 public:
  SimulatedDisk();
  ~SimulatedDisk() override;

  [[nodiscard]] Result<FilePtr> open(const std::string& path, OpenMode mode) override;
  [[nodiscard]] Result<std::vector<FolderEntry>> list(const std::string& folder) override;
  [[nodiscard]] Result<> create_folder(const std::string& path) override;
  [[nodiscard]] Result<> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<> remove(const std::string& path) override;
  [[nodiscard]] Result<> sync_folder(const std::string& path) override;
  [[nodiscard]] Result<DiskSpace> space(const std::string& path) override;

  // What a restart finds after the power was cut now. This disk stays as it is.
  [[nodiscard]] std::unique_ptr<SimulatedDisk> after_power_loss(base::Prng& prng,
                                                                Unsynced unsynced) const;
  // What a restart finds when only the process died: everything as it is, no file open.
  [[nodiscard]] std::unique_ptr<SimulatedDisk> after_process_death() const;

  // Faults can be set at any time.
  [[nodiscard]] SimulatedFaults& faults() { return *faults_; }
  void fail_next(DiskOperation operation, std::uint32_t times = 1);
  void power_off_after(std::uint64_t changes) { faults_->changes_left = changes; }

  // For those who look on, and take no fault from anybody: the names in a folder (none if absent),
  // and a file as it is, until the next change of the disk (empty if absent).
  [[nodiscard]] std::vector<std::string> names(const std::string& folder) const;
  [[nodiscard]] base::BytesView look(const std::string& path) const;

  // For tests: the content of a file (empty if absent), and a file put there, synced.
  [[nodiscard]] base::Bytes content(const std::string& path) const;
  [[nodiscard]] bool exists(const std::string& path) const;
  void put(const std::string& path, base::BytesView bytes);

 private:
  struct Place {
    SimulatedFolder* folder;
    std::string name;
  };
  [[nodiscard]] SimulatedFolder* find_folder(const std::string& path) const;
  [[nodiscard]] Result<Place> find_place(const char* operation, const std::string& path) const;
  [[nodiscard]] Result<> permit(DiskOperation operation, const char* name, const std::string& path,
                                bool is_change);

  std::shared_ptr<SimulatedFaults> faults_;
  std::unique_ptr<SimulatedFolder> root_;
};

}  // namespace gregor::log
