// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The simulated disk keeps what was synced, and may lose everything else, in every way that it
// promises.
#include "log/simulated_disk.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

namespace gregor::log {
namespace {

using base::Prng;

base::Bytes text(std::string_view s) { return base::to_bytes(base::as_bytes(s)); }

void write(File& file, std::uint64_t position, std::string_view bytes) {
  const base::BytesView pieces[] = {base::as_bytes(bytes)};
  ASSERT_TRUE(file.write_at(position, pieces));
}

FilePtr make(SimulatedDisk& disk, const std::string& path) {
  return disk.open(path, OpenMode::create).value();
}

// The different contents of `path` after many power cuts; "(none)" where it is gone.
std::set<std::string> outcomes(const SimulatedDisk& disk, const std::string& path) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Prng prng(seed);
    const auto after = disk.after_power_loss(prng, Unsynced::by_chance);
    found.insert(after->exists(path) ? std::string(base::as_text(after->content(path)))
                                     : std::string("(none)"));
  }
  return found;
}

TEST(SimulatedDisk, FilesAreReadAsWritten) {
  SimulatedDisk disk;
  EXPECT_EQ(disk.open("a", OpenMode::read).value(), nullptr);
  const FilePtr file = make(disk, "a");
  const base::BytesView pieces[] = {base::as_bytes("one "), base::as_bytes("two")};
  ASSERT_TRUE(file->write_at(2, pieces));
  EXPECT_EQ(disk.content("a"), text(std::string("\0\0one two", 9)));
  base::Bytes into(10);
  EXPECT_EQ(file->read_at(6, into).value(), 3);
  EXPECT_EQ(file->read_at(9, into).value(), 0);
  EXPECT_EQ(file->size().value(), 9);
  ASSERT_TRUE(file->truncate(4));
  EXPECT_EQ(disk.content("a"), text(std::string("\0\0on", 4)));
}

TEST(SimulatedDisk, FoldersListRenameAndRemove) {
  SimulatedDisk disk;
  ASSERT_TRUE(disk.create_folder("d"));
  ASSERT_TRUE(disk.create_folder("d"));
  EXPECT_FALSE(disk.create_folder("x/y"));
  write(*make(disk, "d/b"), 0, "bb");
  make(disk, "d/a");
  ASSERT_TRUE(disk.create_folder("d/c"));
  EXPECT_EQ(disk.list("d").value(),
            (std::vector<FolderEntry>{{"a", false, 0}, {"b", false, 2}, {"c", true, 0}}));
  ASSERT_TRUE(disk.rename("d/b", "d/a"));
  EXPECT_EQ(disk.content("d/a"), text("bb"));
  EXPECT_FALSE(disk.exists("d/b"));
  ASSERT_TRUE(disk.remove("d"));
  ASSERT_TRUE(disk.remove("d"));
  EXPECT_FALSE(disk.list("d"));
}

TEST(SimulatedDisk, SyncedBytesAndNamesSurvive) {
  SimulatedDisk disk;
  const FilePtr file = make(disk, "a");
  write(*file, 0, "synced");
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(disk.sync_folder(""));
  EXPECT_EQ(outcomes(disk, "a"), (std::set<std::string>{"synced"}));
}

TEST(SimulatedDisk, UnsyncedNamesMayBeLostWithTheirBytes) {
  SimulatedDisk disk;
  const FilePtr file = make(disk, "a");
  write(*file, 0, "x");
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(outcomes(disk, "a"), (std::set<std::string>{"(none)", "x"}));
}

TEST(SimulatedDisk, UnsyncedBytesMayBeLostTornOrZero) {
  SimulatedDisk disk;
  const FilePtr file = make(disk, "a");
  ASSERT_TRUE(disk.sync_folder(""));
  write(*file, 0, std::string(8192, 'x'));
  const auto found = outcomes(disk, "a");
  EXPECT_TRUE(found.contains(""));
  EXPECT_TRUE(found.contains(std::string(8192, 'x')));
  EXPECT_TRUE(found.contains(std::string(8192, '\0')));
  EXPECT_TRUE(found.contains(std::string(4096, '\0') + std::string(4096, 'x')));
  EXPECT_TRUE(
      found.contains(std::string(512, 'x') + std::string(3584, '\0') + std::string(4096, 'x')));
}

TEST(SimulatedDisk, OverwrittenBytesMayComeBack) {
  SimulatedDisk disk;
  const FilePtr file = make(disk, "a");
  ASSERT_TRUE(disk.sync_folder(""));
  write(*file, 0, "old");
  ASSERT_TRUE(file->sync());
  write(*file, 0, "new");
  EXPECT_EQ(outcomes(disk, "a"), (std::set<std::string>{"old", "new"}));
}

TEST(SimulatedDisk, CutBytesMayComeBack) {
  SimulatedDisk disk;
  const FilePtr file = make(disk, "a");
  ASSERT_TRUE(disk.sync_folder(""));
  write(*file, 0, "0123");
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(file->truncate(2));
  const auto found = outcomes(disk, "a");
  EXPECT_TRUE(found.contains("01"));
  EXPECT_TRUE(found.contains("0123"));
}

TEST(SimulatedDisk, ARenameHappensWholeOrNotAtAll) {
  SimulatedDisk disk;
  write(*make(disk, "old"), 0, "o");
  write(*make(disk, "new"), 0, "n");
  ASSERT_TRUE(disk.open("old", OpenMode::read).value()->sync());
  ASSERT_TRUE(disk.open("new", OpenMode::read).value()->sync());
  ASSERT_TRUE(disk.sync_folder(""));
  ASSERT_TRUE(disk.rename("new", "old"));
  std::set<std::pair<std::string, bool>> found;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Prng prng(seed);
    const auto after = disk.after_power_loss(prng, Unsynced::by_chance);
    found.emplace(base::as_text(after->content("old")), after->exists("new"));
  }
  EXPECT_EQ(found, (std::set<std::pair<std::string, bool>>{{"o", true}, {"n", false}}));
}

TEST(SimulatedDisk, ProcessDeathLosesNothingAndAPowerCutAfterItStillMay) {
  SimulatedDisk disk;
  write(*make(disk, "a"), 0, "x");
  const auto after = disk.after_process_death();
  EXPECT_EQ(after->content("a"), text("x"));
  EXPECT_TRUE(outcomes(*after, "a").contains("(none)"));
}

TEST(SimulatedDisk, TheEndsOfChanceAreAllLostAndAllKept) {
  SimulatedDisk disk;
  write(*make(disk, "a"), 0, std::string(9000, 'x'));
  Prng prng(1);
  EXPECT_FALSE(disk.after_power_loss(prng, Unsynced::all_lost)->exists("a"));
  EXPECT_EQ(disk.after_power_loss(prng, Unsynced::all_kept)->content("a").size(), 9000);
}

TEST(SimulatedDisk, AFullDiskTakesAPartAndGivesSpaceBack) {
  SimulatedDisk disk;
  disk.faults().capacity = 10;
  const FilePtr file = make(disk, "a");
  write(*file, 0, "12345678");
  const base::BytesView pieces[] = {base::as_bytes("abc"), base::as_bytes("d")};
  const auto refused = file->write_at(8, pieces);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, model::ErrorCode::kafka_storage_error);
  EXPECT_EQ(refused.error().detail, "write a: No space left on device");
  EXPECT_EQ(file->size().value(), 10);
  EXPECT_EQ(disk.space("").value().usable, 0);
  ASSERT_TRUE(disk.remove("a"));
  EXPECT_EQ(disk.space("").value().usable, 10);
  write(*make(disk, "b"), 0, "0123456789");
}

TEST(SimulatedDisk, FaultsComeAsOrdered) {
  SimulatedDisk disk;
  const FilePtr file = make(disk, "a");
  disk.fail_next(DiskOperation::sync, 2);
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
  disk.power_off_after(1);
  EXPECT_TRUE(file->truncate(0));
  EXPECT_FALSE(file->truncate(0));
  EXPECT_FALSE(disk.list(""));
}

RC_GTEST_PROP(SimulatedDisk, WhatIsSyncedIsNeverLost, (std::uint64_t seed)) {
  Prng prng(seed);
  SimulatedDisk disk;
  const FilePtr file = make(disk, "a");
  RC_ASSERT(disk.sync_folder("").has_value());
  std::string content;
  for (int step = 0; step < 30; ++step) {
    // Only bytes beyond the synced ones are written: those must survive whatever happens.
    const std::string more(prng.below(6000), static_cast<char>('a' + step % 26));
    const base::BytesView pieces[] = {base::as_bytes(more)};
    RC_ASSERT(file->write_at(content.size(), pieces).has_value());
    const auto after = disk.after_power_loss(prng, Unsynced::by_chance);
    const base::Bytes survived = after->content("a");
    RC_ASSERT(survived.size() >= content.size());
    RC_ASSERT(base::as_text(survived).substr(0, content.size()) == content);
    RC_ASSERT(survived.size() <= file->size().value());
    if (prng.chance(1, 2)) {
      RC_ASSERT(file->sync().has_value());
      content += more;
    }
  }
}

}  // namespace
}  // namespace gregor::log
