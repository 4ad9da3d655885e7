// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/node_faults.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <utility>

#include "jepsen/faults/unsynced.h"
#include "server/descriptor.h"

namespace gregor::jepsen {

namespace fs = std::filesystem;
using server::Descriptor;

namespace {

std::int64_t size_of(const Descriptor& file) {
  struct stat status{};
  return ::fstat(file.number(), &status) < 0 ? 0 : status.st_size;
}

void set_size(const Descriptor& file, std::int64_t size) {
  [[maybe_unused]] const int done = ::ftruncate(file.number(), size);
}

void undo(const Descriptor& file, const UnsyncedChange& change) {
  [[maybe_unused]] const auto written = ::pwrite(
      file.number(), change.saved.data(), change.saved.size(), static_cast<off_t>(change.from));
  set_size(file, static_cast<std::int64_t>(change.size));
}

// An append of which a part reached the disk, or only the length.
void tear(const Descriptor& file, const UnsyncedChange& change, base::Prng& prng) {
  const auto begin = static_cast<std::int64_t>(change.size);
  const std::int64_t end = prng.between(begin, std::max(begin, size_of(file)));
  if (prng.chance(1, 2)) set_size(file, begin);
  set_size(file, end);
}

void lose(const Descriptor& file, std::span<const UnsyncedChange> changes, base::Prng& prng,
          Lost& lost) {
  const std::int64_t before = size_of(file);
  // The newest go first: all of them, or some.
  const std::size_t taken = prng.chance(1, 2) ? changes.size() : prng.below(changes.size() + 1);
  const std::size_t kept = changes.size() - taken;
  for (std::size_t i = changes.size(); i > kept; --i) {
    const UnsyncedChange& change = changes[i - 1];
    const bool is_append = change.saved.empty() && change.from == change.size;
    if (is_append && i == kept + 1 && prng.chance(1, 3))
      tear(file, change, prng);
    else
      undo(file, change);
  }
  if (taken == 0) return;
  ++lost.files;
  lost.writes += taken;
  lost.bytes += std::max<std::int64_t>(0, before - size_of(file));
}

}  // namespace

model::Result<NodeFaults> NodeFaults::make(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder / unsynced_folder, failed);
  const Descriptor file(
      ::open((folder / control_file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  void* const page = file.open() && ::ftruncate(file.number(), sizeof(FaultControl)) == 0
                         ? ::mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED,
                                  file.number(), 0)
                         : MAP_FAILED;
  if (page == MAP_FAILED)
    return model::fail(model::ErrorCode::kafka_storage_error,
                       folder.string() + ": the control of faults cannot be made");
  NodeFaults faults(folder, static_cast<FaultControl*>(page));
  faults.control().keeps_unsynced = 1;
  faults.begin_boot(0);
  return faults;
}

NodeFaults::NodeFaults(NodeFaults&& other) noexcept
    : folder_(std::move(other.folder_)), control_(std::exchange(other.control_, nullptr)) {}

NodeFaults::~NodeFaults() {
  if (control_ != nullptr) ::munmap(control_, sizeof(FaultControl));
}

void NodeFaults::heal() const {
  control_->write_error = control_->sync_error = 0;
  control_->sync_delay_ms = 0;
  control_->clock_offset_ns = control_->clock_rate_ppm = 0;
}

void NodeFaults::begin_boot(std::uint64_t number) const {
  std::ofstream(folder_ / boot_file)
      << fmt::format("00000000-0000-4000-8000-{:012x}\n", number & 0xffff'ffff'ffff);
}

Lost NodeFaults::lose_unsynced(base::Prng& prng) const {
  std::vector<fs::path> lists;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder_ / unsynced_folder, failed))
    if (entry.path().extension() == ".undo") lists.push_back(entry.path());
  std::ranges::sort(lists);
  Lost lost;
  for (const fs::path& list : lists) {
    const fs::path path = fs::path(list).replace_extension(".file");
    const auto changes = read_unsynced(list);
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (file.open()) lose(file, changes, prng, lost);
    fs::remove(path, failed);
    fs::remove(list, failed);
  }
  begin_boot(prng.next());
  return lost;
}

std::vector<std::string> fault_prefix(const fs::path& library, const fs::path& faults,
                                      const fs::path& data) {
  return {"env", "LD_PRELOAD=" + library.string(),
          std::string(faults_variable) + "=" + faults.string(),
          std::string(faults_data_variable) + "=" + data.string()};
}

}  // namespace gregor::jepsen
