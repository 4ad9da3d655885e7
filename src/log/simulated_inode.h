// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a simulated disk (simulated_disk.h) consists of: files and folders that know, besides what
// is there now, what is there for certain.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"
#include "log/disk.h"
#include "log/simulated_disk.h"

namespace gregor::log {

// Counts the operation and says why it fails, or returns null.
const char* take_fault(SimulatedFaults& faults, DiskOperation operation, bool is_change);

// The content of a file: now, and (by the pages as they were) at its last sync.
struct SimulatedInode {
 public:
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t sector_bytes = 512;

  [[nodiscard]] std::uint64_t size() const { return content_.size(); }
  [[nodiscard]] const base::Bytes& content() const { return content_; }

  // Takes as many bytes as the capacity allows and returns how many.
  std::size_t write(std::uint64_t position, base::BytesView bytes, SimulatedFaults& faults);
  void resize(std::uint64_t size, SimulatedFaults& faults);
  void sync();
  // Its name is gone: it no longer takes space (though it may still be open).
  void release_space(SimulatedFaults& faults);

  [[nodiscard]] std::shared_ptr<SimulatedInode> after_power_loss(base::Prng& prng,
                                                                 Unsynced unsynced) const;
  [[nodiscard]] std::shared_ptr<SimulatedInode> copy() const;

 private:
  void remember(std::uint64_t begin, std::uint64_t end);
  [[nodiscard]] std::uint64_t size_after_power_loss(base::Prng& prng, Unsynced unsynced) const;
  [[nodiscard]] base::Bytes durable_page(std::uint64_t page) const;

  base::Bytes content_;
  std::uint64_t durable_size_ = 0;
  bool takes_space_ = true;
  // Pages below durable_size_ that changed since the last sync, as they were then.
  std::map<std::uint64_t, base::Bytes> before_;
};

struct SimulatedNode {
  std::shared_ptr<SimulatedInode> inode;  // of a file, or
  std::shared_ptr<SimulatedFolder> folder;
};

struct SimulatedChange {
  enum class Kind : std::uint8_t { link, unlink, rename };
  Kind kind;
  std::string name;
  std::string to = {};      // of a rename
  SimulatedNode node = {};  // of a link or rename
};

struct SimulatedFolder {
  std::map<std::string, SimulatedNode> now;
  std::map<std::string, SimulatedNode> durable;
  std::vector<SimulatedChange> pending;  // what makes `now` of `durable`

  void change(SimulatedChange change);
  void sync();
  // `used` grows by the size of the files.
  [[nodiscard]] std::unique_ptr<SimulatedFolder> after_power_loss(base::Prng& prng,
                                                                  Unsynced unsynced,
                                                                  std::uint64_t& used) const;
  [[nodiscard]] std::unique_ptr<SimulatedFolder> copy(std::uint64_t& used) const;
};

class SimulatedFile final : public File {
 public:
  SimulatedFile(std::shared_ptr<SimulatedInode> inode, std::shared_ptr<SimulatedFaults> faults,
                std::string path, bool writable);
  ~SimulatedFile() override;

  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t position,
                                            base::MutableBytesView into) const override;
  [[nodiscard]] Result<> write_at(std::uint64_t position,
                                  std::span<const base::BytesView> pieces) override;
  [[nodiscard]] Result<> truncate(std::uint64_t size) override;
  [[nodiscard]] Result<> sync() override;
  [[nodiscard]] Result<std::uint64_t> size() const override;

 private:
  [[nodiscard]] Result<> permit(DiskOperation operation, const char* name, bool is_change) const;

  std::shared_ptr<SimulatedInode> inode_;
  std::shared_ptr<SimulatedFaults> faults_;
  std::string path_;
  bool writable_;
};

}  // namespace gregor::log
