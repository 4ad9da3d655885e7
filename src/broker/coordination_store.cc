// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/coordination_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/units.h"
#include "coordination/tree_file.h"
#include "log/whole_file.h"

namespace gregor::broker {
namespace {

using namespace base;
using namespace coordination;
using model::Result;

constexpr std::string_view snapshot_name = "coordination.snapshot";
constexpr std::string_view journal_name = "coordination.journal";
constexpr std::uint64_t room_step = 64_KiB;
constexpr std::uint64_t compact_at_least = 1_MiB;

// No entry of this request is longer: a byte takes three at most, and zxid, time, session,
// checksum and the words between take less than the rest.
std::size_t entry_bytes_max(const coordination::Request& request) {
  const auto* multi = std::get_if<Multi>(&request.operation);
  if (multi == nullptr) return 0;
  std::size_t bytes = 128;
  for (const Change& change : multi->changes) {
    bytes += 64;
    std::visit([&](const auto& of) { bytes += 3 * of.path.size(); }, change);
    if (const auto* create = std::get_if<Create>(&change)) bytes += 3 * create->data.size();
    if (const auto* set = std::get_if<SetData>(&change)) bytes += 3 * set->data.size();
  }
  return bytes;
}

struct Files {
  std::optional<Bytes> snapshot;
  Bytes journal;
};

Result<Files> read_files(log::Disk& disk, const std::string& folder) {
  auto snapshot = log::read_whole_file(disk, fmt::format("{}/{}", folder, snapshot_name));
  if (!snapshot) return model::fail(snapshot.error());
  auto journal = log::read_whole_file(disk, fmt::format("{}/{}", folder, journal_name));
  if (!journal) return model::fail(journal.error());
  return Files{std::move(*snapshot), std::move(*journal).value_or(Bytes{})};
}

}  // namespace

CoordinationStore::CoordinationStore(log::Disk& disk, std::string folder, ZnodeTree tree)
    : disk_(disk), folder_(std::move(folder)), tree_(std::move(tree)) {}

Result<std::unique_ptr<CoordinationStore>> CoordinationStore::open(log::Disk& disk,
                                                                   std::string folder,
                                                                   model::Timestamp now) {
  const auto files = read_files(disk, folder);
  if (!files) return model::fail(files.error());
  std::optional<std::string_view> snapshot;
  if (files->snapshot) snapshot = as_text(*files->snapshot);
  auto loaded = load_tree(snapshot, as_text(files->journal), now);
  if (!loaded)
    return model::fail(loaded.error().code, fmt::format("the coordination files in {}: {}", folder,
                                                        loaded.error().detail));
  std::unique_ptr<CoordinationStore> store(
      new CoordinationStore(disk, std::move(folder), std::move(loaded->tree)));
  auto journal =
      disk.open(fmt::format("{}/{}", store->folder_, journal_name), log::OpenMode::create);
  if (!journal) return model::fail(journal.error());
  store->journal_ = std::move(*journal);
  store->journal_end_ = store->journal_room_ = loaded->journal_bytes;
  store->compact_at_ = std::max<std::uint64_t>(compact_at_least,
                                               2 * (files->snapshot ? files->snapshot->size() : 0));
  if (auto cut = store->journal_->truncate(store->journal_end_); !cut)
    return model::fail(cut.error());
  for (const Transaction& ended : loaded->ended)
    if (auto kept = store->keep(ended); !kept) return model::fail(kept.error());
  const Outcome opened = store->tree_.open_session(now);
  store->session_ = opened.transaction->session;
  if (auto kept = store->keep(*opened.transaction); !kept) return model::fail(kept.error());
  if (auto synced = disk.sync_folder(store->folder_); !synced) return model::fail(synced.error());
  return store;
}

Result<std::vector<CoordinationStore::Delivery>> CoordinationStore::handle(
    std::span<const coordination::Request> requests, model::Timestamp now) {
  std::vector<Delivery> deliveries;
  for (const coordination::Request& request : requests) {
    if (const std::size_t bytes = entry_bytes_max(request); bytes > 0 && !make_room(bytes)) {
      deliveries.push_back(coordination::Reply{request.id, Status::connection_loss, {}});
      continue;
    }
    Outcome outcome = tree_.handle(session_, request, now);
    if (outcome.transaction)
      if (auto kept = keep(*outcome.transaction); !kept) return model::fail(kept.error());
    for (SessionWatch& fired : outcome.watches) deliveries.push_back(std::move(fired.watch));
    deliveries.push_back(std::move(*outcome.reply));
  }
  if (journal_end_ < compact_at_) return deliveries;
  // A failed attempt (the disk is full) is repeated when the journal has grown once more.
  if (!write_snapshot())
    compact_at_ += journal_end_;
  else if (auto begun = begin_journal(); !begun)
    return model::fail(begun.error());
  return deliveries;
}

// The file gets room for so many bytes behind its last entry.
Result<> CoordinationStore::make_room(std::size_t bytes) {
  if (journal_end_ + bytes <= journal_room_) return {};
  const std::uint64_t room = ((journal_end_ + bytes) / room_step + 1) * room_step;
  const std::string spaces(room - journal_room_, ' ');
  const BytesView piece = as_bytes(spaces);
  if (auto written = journal_->write_at(journal_room_, {&piece, 1}); !written) return written;
  journal_room_ = room;
  return {};
}

// Each entry is synced before the next is written: of several, a power cut could keep the later and
// lose the earlier, which is not told from corruption. Nor may any follow one that failed.
Result<> CoordinationStore::keep(const Transaction& transaction) {
  if (std::exchange(lacks_an_entry_, true))
    return model::fail(model::ErrorCode::kafka_storage_error,
                       fmt::format("the journal in {} lacks an entry", folder_));
  const std::string entry = encode_entry(transaction);
  if (auto room = make_room(entry.size()); !room) return room;
  const BytesView piece = as_bytes(entry);
  if (auto written = journal_->write_at(journal_end_, {&piece, 1}); !written) return written;
  if (auto synced = journal_->sync(); !synced) return synced;
  journal_end_ += entry.size();
  lacks_an_entry_ = false;
  return {};
}

Result<> CoordinationStore::write_snapshot() {
  const std::string snapshot = encode_snapshot(tree_);
  if (auto replaced = log::replace_file(disk_, folder_, std::string(snapshot_name),
                                        as_bytes(snapshot), log::Durability::now);
      !replaced)
    return replaced;
  compact_at_ = std::max<std::uint64_t>(compact_at_least, 2 * snapshot.size());
  return {};
}

// The old one's entries are all in the snapshot; loading skips them if there is a crash before.
Result<> CoordinationStore::begin_journal() {
  journal_end_ = journal_room_ = 0;
  lacks_an_entry_ = true;
  if (auto cut = journal_->truncate(0); !cut) return cut;
  if (auto synced = journal_->sync(); !synced) return synced;
  lacks_an_entry_ = false;
  return {};
}

Result<> CoordinationStore::close(model::Timestamp now) {
  if (const Outcome ended = tree_.end_session(session_, now); ended.transaction)
    if (auto kept = keep(*ended.transaction); !kept) return kept;
  return journal_->truncate(journal_end_);
}

}  // namespace gregor::broker
