// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/simulated_disk.h"

#include <utility>

#include "base/assert.h"
#include "log/simulated_inode.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

namespace {

std::unexpected<model::Error> failure(const char* operation, const std::string& path,
                                      const char* cause) {
  return fail(ErrorCode::kafka_storage_error, std::string(operation) + " " + path + ": " + cause);
}

void release_space(const SimulatedNode& node, SimulatedFaults& faults) {
  if (node.inode) node.inode->release_space(faults);
  if (node.folder) {
    for (const auto& [name, child] : node.folder->now) release_space(child, faults);
  }
}

// "a/b/c" -> "a/b", "c"
std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

SimulatedDisk::SimulatedDisk()
    : faults_(std::make_shared<SimulatedFaults>()), root_(std::make_unique<SimulatedFolder>()) {}
SimulatedDisk::~SimulatedDisk() = default;

void SimulatedDisk::fail_next(DiskOperation operation, std::uint32_t times) {
  faults_->failing[operation] = times;
}

Result<> SimulatedDisk::permit(DiskOperation operation, const char* name, const std::string& path,
                               bool is_change) {
  if (const char* cause = take_fault(*faults_, operation, is_change)) {
    return failure(name, path, cause);
  }
  return {};
}

SimulatedFolder* SimulatedDisk::find_folder(const std::string& path) const {
  SimulatedFolder* folder = root_.get();
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    if (slash > at) {
      const auto found = folder->now.find(path.substr(at, slash - at));
      if (found == folder->now.end() || !found->second.folder) return nullptr;
      folder = found->second.folder.get();
    }
    at = slash + 1;
  }
  return folder;
}

Result<SimulatedDisk::Place> SimulatedDisk::find_place(const char* operation,
                                                       const std::string& path) const {
  auto [parent, name] = split(path);
  SimulatedFolder* folder = find_folder(parent);
  if (folder == nullptr || name.empty()) return failure(operation, path, "No such folder");
  return Place{folder, std::move(name)};
}

Result<FilePtr> SimulatedDisk::open(const std::string& path, OpenMode mode) {
  const bool creates = mode == OpenMode::create || mode == OpenMode::replace;
  auto place = find_place("open", path);
  if (!place) {
    if (!creates) return FilePtr{};
    return fail(place.error());
  }
  auto& [folder, name] = *place;
  const auto found = folder->now.find(name);
  const bool exists = found != folder->now.end();
  const bool is_change = mode == OpenMode::replace || (creates && !exists);
  if (auto permitted = permit(DiskOperation::open, "open", path, is_change); !permitted) {
    return fail(permitted.error());
  }
  if (!exists && !creates) return FilePtr{};
  if (exists && !found->second.inode) return failure("open", path, "Is a folder");
  std::shared_ptr<SimulatedInode> inode;
  if (exists) {
    inode = found->second.inode;
    if (mode == OpenMode::replace) inode->resize(0, *faults_);
  } else {
    inode = std::make_shared<SimulatedInode>();
    folder->change({.kind = SimulatedChange::Kind::link, .name = name, .node = {inode, nullptr}});
  }
  return FilePtr(
      std::make_shared<SimulatedFile>(std::move(inode), faults_, path, mode != OpenMode::read));
}

Result<std::vector<FolderEntry>> SimulatedDisk::list(const std::string& path) {
  if (auto permitted = permit(DiskOperation::list, "list", path, false); !permitted) {
    return fail(permitted.error());
  }
  const SimulatedFolder* folder = find_folder(path);
  if (folder == nullptr) return failure("list", path, "No such folder");
  std::vector<FolderEntry> entries;
  entries.reserve(folder->now.size());
  for (const auto& [name, node] : folder->now) {
    entries.push_back({.name = name,
                       .is_folder = node.folder != nullptr,
                       .size = node.inode ? node.inode->size() : 0});
  }
  return entries;
}

Result<> SimulatedDisk::create_folder(const std::string& path) {
  auto place = find_place("mkdir", path);
  if (!place) return fail(place.error());
  const auto found = place->folder->now.find(place->name);
  const bool exists = found != place->folder->now.end();
  if (auto permitted = permit(DiskOperation::create_folder, "mkdir", path, !exists); !permitted) {
    return permitted;
  }
  if (exists) {
    if (found->second.folder) return {};
    return failure("mkdir", path, "Is a file");
  }
  place->folder->change({.kind = SimulatedChange::Kind::link,
                         .name = place->name,
                         .node = {nullptr, std::make_shared<SimulatedFolder>()}});
  return {};
}

Result<> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  auto source = find_place("rename", from);
  if (!source) return fail(source.error());
  const auto target = find_place("rename", to);
  if (!target) return fail(target.error());
  if (source->folder != target->folder) return failure("rename", to, "Simulated only in a folder");
  const auto found = source->folder->now.find(source->name);
  if (found == source->folder->now.end()) return failure("rename", from, "No such file");
  if (auto permitted = permit(DiskOperation::rename, "rename", from, true); !permitted) {
    return permitted;
  }
  if (const auto old = source->folder->now.find(target->name);
      old != source->folder->now.end() && old != found) {
    release_space(old->second, *faults_);
  }
  source->folder->change({.kind = SimulatedChange::Kind::rename,
                          .name = source->name,
                          .to = target->name,
                          .node = found->second});
  return {};
}

Result<> SimulatedDisk::remove(const std::string& path) {
  auto place = find_place("remove", path);
  if (!place) return {};
  const auto found = place->folder->now.find(place->name);
  if (found == place->folder->now.end()) return {};
  if (auto permitted = permit(DiskOperation::remove, "remove", path, true); !permitted) {
    return permitted;
  }
  release_space(found->second, *faults_);
  place->folder->change({.kind = SimulatedChange::Kind::unlink, .name = place->name});
  return {};
}

Result<> SimulatedDisk::sync_folder(const std::string& path) {
  if (auto permitted = permit(DiskOperation::sync_folder, "sync", path, true); !permitted) {
    return permitted;
  }
  SimulatedFolder* folder = find_folder(path);
  if (folder == nullptr) return failure("sync", path, "No such folder");
  ++faults_->syncs;
  folder->sync();
  return {};
}

Result<DiskSpace> SimulatedDisk::space(const std::string& path) {
  if (auto permitted = permit(DiskOperation::space, "space", path, false); !permitted) {
    return fail(permitted.error());
  }
  const std::uint64_t used = std::min(faults_->used, faults_->capacity);
  return DiskSpace{.total = faults_->capacity, .usable = faults_->capacity - used};
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::after_power_loss(base::Prng& prng,
                                                               Unsynced unsynced) const {
  auto disk = std::make_unique<SimulatedDisk>();
  disk->root_ = root_->after_power_loss(prng, unsynced, disk->faults_->used);
  return disk;
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::after_process_death() const {
  auto disk = std::make_unique<SimulatedDisk>();
  disk->root_ = root_->copy(disk->faults_->used);
  return disk;
}

std::vector<std::string> SimulatedDisk::names(const std::string& path) const {
  std::vector<std::string> names;
  if (const SimulatedFolder* folder = find_folder(path))
    for (const auto& [name, node] : folder->now) names.push_back(name);
  return names;
}

base::BytesView SimulatedDisk::look(const std::string& path) const {
  const auto place = find_place("read", path);
  if (!place) return {};
  const auto found = place->folder->now.find(place->name);
  if (found == place->folder->now.end() || !found->second.inode) return {};
  return found->second.inode->content();
}

base::Bytes SimulatedDisk::content(const std::string& path) const {
  const base::BytesView bytes = look(path);
  return {bytes.begin(), bytes.end()};
}

bool SimulatedDisk::exists(const std::string& path) const {
  const auto place = find_place("read", path);
  return place && place->folder->now.contains(place->name);
}

void SimulatedDisk::put(const std::string& path, base::BytesView bytes) {
  const auto place = find_place("put", path);
  ASSERT(place.has_value(), path);
  auto inode = std::make_shared<SimulatedInode>();
  ASSERT(inode->write(0, bytes, *faults_) == bytes.size());
  inode->sync();
  place->folder->now[place->name] = {inode, nullptr};
  place->folder->durable[place->name] = {inode, nullptr};
}

}  // namespace gregor::log
