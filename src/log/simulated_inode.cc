// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/simulated_inode.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "base/assert.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

const char* take_fault(SimulatedFaults& faults, DiskOperation operation, bool is_change) {
  if (is_change) {
    if (faults.changes_left == 0) return "Power is off";
    --faults.changes_left;
    ++faults.changes;
  } else if (faults.changes_left == 0) {
    return "Power is off";
  }
  const auto failing = faults.failing.find(operation);
  if (failing == faults.failing.end() || failing->second == 0) return nullptr;
  --failing->second;
  return "Input/output error";
}

void SimulatedInode::remember(std::uint64_t begin, std::uint64_t end) {
  end = std::min(end, durable_size_);
  for (std::uint64_t page = begin / page_bytes; page * page_bytes < end; ++page) {
    if (before_.contains(page)) continue;
    const std::uint64_t from = page * page_bytes;
    const std::uint64_t to = std::min({from + page_bytes, durable_size_, size()});
    before_[page] = from < to ? base::Bytes(content_.begin() + static_cast<std::ptrdiff_t>(from),
                                            content_.begin() + static_cast<std::ptrdiff_t>(to))
                              : base::Bytes{};
  }
}

std::size_t SimulatedInode::write(std::uint64_t position, base::BytesView bytes,
                                  SimulatedFaults& faults) {
  std::uint64_t end = position + bytes.size();
  if (end > size()) {
    const std::uint64_t room = faults.capacity - std::min(faults.capacity, faults.used);
    end = std::min(end, std::max(size(), position) + room);
    if (end > size()) {
      remember(size(), end);
      if (takes_space_) faults.used += end - size();
      content_.resize(end);
    }
  }
  if (end <= position) return 0;
  const std::size_t taken = end - position;
  remember(position, end);
  std::memcpy(content_.data() + position, bytes.data(), taken);
  return taken;
}

void SimulatedInode::resize(std::uint64_t new_size, SimulatedFaults& faults) {
  if (new_size < size()) remember(new_size, size());
  if (takes_space_) faults.used = faults.used - size() + new_size;
  content_.resize(new_size);
}

void SimulatedInode::release_space(SimulatedFaults& faults) {
  if (takes_space_) faults.used -= size();
  takes_space_ = false;
}

void SimulatedInode::sync() {
  before_.clear();
  durable_size_ = size();
}

base::Bytes SimulatedInode::durable_page(std::uint64_t page) const {
  base::Bytes bytes;
  const std::uint64_t from = page * page_bytes;
  if (from < durable_size_) {
    if (const auto old = before_.find(page); old != before_.end()) {
      bytes = old->second;
    } else {
      const std::uint64_t to = std::min(from + page_bytes, durable_size_);
      bytes.assign(content_.begin() + static_cast<std::ptrdiff_t>(from),
                   content_.begin() + static_cast<std::ptrdiff_t>(to));
    }
  }
  bytes.resize(page_bytes);
  return bytes;
}

std::uint64_t SimulatedInode::size_after_power_loss(base::Prng& prng, Unsynced unsynced) const {
  if (unsynced == Unsynced::all_kept) return size();
  if (unsynced == Unsynced::all_lost) return durable_size_;
  const std::uint64_t low = std::min(durable_size_, size());
  const std::uint64_t high = std::max(durable_size_, size());
  switch (prng.below(3)) {
    case 0:
      return durable_size_;
    case 1:
      return size();
    default:
      return static_cast<std::uint64_t>(
          prng.between(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)));
  }
}

std::shared_ptr<SimulatedInode> SimulatedInode::after_power_loss(base::Prng& prng,
                                                                 Unsynced unsynced) const {
  auto after = std::make_shared<SimulatedInode>();
  after->content_.resize(size_after_power_loss(prng, unsynced));
  const std::uint64_t after_size = after->size();
  for (std::uint64_t page = 0; page * page_bytes < after_size; ++page) {
    const std::uint64_t from = page * page_bytes;
    base::Bytes mixed = durable_page(page);
    std::size_t fresh = 0;  // bytes of the page that come from the newest content
    if (unsynced == Unsynced::all_kept) {
      fresh = page_bytes;
    } else if (unsynced == Unsynced::by_chance) {
      const std::uint64_t draw = prng.below(4);
      if (draw == 0) fresh = prng.below(page_bytes / sector_bytes) * sector_bytes;
      if (draw >= 2) fresh = page_bytes;
    }
    for (std::size_t i = 0; i < fresh; ++i) {
      mixed[i] = from + i < size() ? content_[from + i] : std::byte{0};
    }
    const std::size_t take = std::min<std::uint64_t>(page_bytes, after_size - from);
    std::memcpy(after->content_.data() + from, mixed.data(), take);
  }
  after->sync();
  return after;
}

std::shared_ptr<SimulatedInode> SimulatedInode::copy() const {
  return std::make_shared<SimulatedInode>(*this);
}

namespace {

void apply_change(std::map<std::string, SimulatedNode>& names, const SimulatedChange& change) {
  switch (change.kind) {
    case SimulatedChange::Kind::link:
      names[change.name] = change.node;
      return;
    case SimulatedChange::Kind::unlink:
      names.erase(change.name);
      return;
    case SimulatedChange::Kind::rename:
      names.erase(change.name);
      names[change.to] = change.node;
      return;
  }
}

}  // namespace

void SimulatedFolder::change(SimulatedChange change) {
  apply_change(now, change);
  pending.push_back(std::move(change));
}

// Not by a copy: of some thousand folders each syncs the one that they are in.
void SimulatedFolder::sync() {
  for (const SimulatedChange& change : pending) apply_change(durable, change);
  pending.clear();
}

std::unique_ptr<SimulatedFolder> SimulatedFolder::after_power_loss(base::Prng& prng,
                                                                   Unsynced unsynced,
                                                                   std::uint64_t& used) const {
  std::map<std::string, SimulatedNode> names = durable;
  std::set<std::string> lost;  // names with a lost change: later changes of them are lost too
  for (const SimulatedChange& change : pending) {
    const bool kept =
        unsynced == Unsynced::all_kept || (unsynced == Unsynced::by_chance && prng.chance(1, 2));
    if (kept && !lost.contains(change.name) && !lost.contains(change.to)) {
      apply_change(names, change);
    } else {
      lost.insert(change.name);
      if (!change.to.empty()) lost.insert(change.to);
    }
  }
  auto after = std::make_unique<SimulatedFolder>();
  for (const auto& [name, node] : names) {
    SimulatedNode survivor;
    if (node.inode) {
      survivor.inode = node.inode->after_power_loss(prng, unsynced);
      used += survivor.inode->size();
    } else {
      survivor.folder = node.folder->after_power_loss(prng, unsynced, used);
    }
    after->now[name] = survivor;
  }
  after->durable = after->now;
  return after;
}

std::unique_ptr<SimulatedFolder> SimulatedFolder::copy(std::uint64_t& used) const {
  // A process that dies takes nothing with it, but the names and files that were not synced stay
  // unsynced; an inode under two names of one folder does not occur, so each is copied once.
  auto after = std::make_unique<SimulatedFolder>();
  std::map<const void*, SimulatedNode> copies;
  const auto copy_of = [&](const SimulatedNode& node) {
    const void* key = node.inode ? static_cast<const void*>(node.inode.get())
                                 : static_cast<const void*>(node.folder.get());
    if (key == nullptr) return SimulatedNode{};
    auto [at, is_new] = copies.try_emplace(key);
    if (is_new) {
      if (node.inode) at->second.inode = node.inode->copy();
      if (node.folder) at->second.folder = node.folder->copy(used);
    }
    return at->second;
  };
  for (const auto& [name, node] : now) {
    after->now[name] = copy_of(node);
    if (node.inode) used += node.inode->size();
  }
  for (const auto& [name, node] : durable) after->durable[name] = copy_of(node);
  for (SimulatedChange change : pending) {
    change.node = copy_of(change.node);
    after->pending.push_back(std::move(change));
  }
  return after;
}

SimulatedFile::SimulatedFile(std::shared_ptr<SimulatedInode> inode,
                             std::shared_ptr<SimulatedFaults> faults, std::string path,
                             bool writable)
    : inode_(std::move(inode)),
      faults_(std::move(faults)),
      path_(std::move(path)),
      writable_(writable) {
  ++faults_->open_files;
}

SimulatedFile::~SimulatedFile() { --faults_->open_files; }

Result<> SimulatedFile::permit(DiskOperation operation, const char* name, bool is_change) const {
  if (const char* cause = take_fault(*faults_, operation, is_change)) {
    return fail(ErrorCode::kafka_storage_error, std::string(name) + " " + path_ + ": " + cause);
  }
  return {};
}

Result<std::size_t> SimulatedFile::read_at(std::uint64_t position,
                                           base::MutableBytesView into) const {
  if (auto permitted = permit(DiskOperation::read, "read", false); !permitted) {
    return fail(permitted.error());
  }
  if (position >= inode_->size()) return std::size_t{0};
  const std::size_t taken = std::min<std::uint64_t>(into.size(), inode_->size() - position);
  std::memcpy(into.data(), inode_->content().data() + position, taken);
  return taken;
}

Result<> SimulatedFile::write_at(std::uint64_t position, std::span<const base::BytesView> pieces) {
  ASSERT(writable_, path_);
  if (const char* cause = take_fault(*faults_, DiskOperation::write, true)) {
    // A write that fails may have taken a part: the first half of it.
    std::size_t total = 0;
    for (const auto& piece : pieces) total += piece.size();
    std::size_t left = total / 2;
    for (const auto& piece : pieces) {
      const std::size_t taken = std::min(left, piece.size());
      if (taken == 0) break;
      inode_->write(position, piece.first(taken), *faults_);
      position += taken;
      left -= taken;
    }
    return fail(ErrorCode::kafka_storage_error, "write " + path_ + ": " + cause);
  }
  for (const auto& piece : pieces) {
    if (inode_->write(position, piece, *faults_) < piece.size()) {
      return fail(ErrorCode::kafka_storage_error, "write " + path_ + ": No space left on device");
    }
    position += piece.size();
  }
  return {};
}

Result<> SimulatedFile::truncate(std::uint64_t size) {
  ASSERT(writable_, path_);
  if (auto permitted = permit(DiskOperation::truncate, "truncate", true); !permitted) {
    return permitted;
  }
  inode_->resize(size, *faults_);
  return {};
}

Result<> SimulatedFile::sync() {
  if (auto permitted = permit(DiskOperation::sync, "sync", true); !permitted) return permitted;
  ++faults_->syncs;
  inode_->sync();
  return {};
}

Result<std::uint64_t> SimulatedFile::size() const {
  if (auto permitted = permit(DiskOperation::size, "size", false); !permitted) {
    return fail(permitted.error());
  }
  return inode_->size();
}

}  // namespace gregor::log
