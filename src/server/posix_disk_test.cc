// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/posix_disk.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "server/temporary_folder.h"

namespace gregor::server {
namespace {

using base::Bytes;
using base::BytesView;
using log::FolderEntry;
using log::OpenMode;
using testing::HasSubstr;

struct PosixDiskTest : testing::Test {
  TemporaryFolder folder;
  PosixDisk disk;

  [[nodiscard]] std::string path(const std::string& name) const {
    return folder.path() + "/" + name;
  }
  void write(const log::FilePtr& file, std::uint64_t at, std::string_view text) {
    const BytesView piece = base::as_bytes(text);
    ASSERT_TRUE(file->write_at(at, {&piece, 1}));
  }
  static std::string read(const log::FilePtr& file, std::uint64_t at, std::size_t count) {
    Bytes bytes(count);
    const auto got = file->read_at(at, bytes);
    EXPECT_TRUE(got.has_value());
    return std::string(base::as_text(BytesView(bytes).first(*got)));
  }
};

TEST_F(PosixDiskTest, ModesSayWhatBecomesOfFilesThatAreThereOrNot) {
  EXPECT_EQ(*disk.open(path("a"), OpenMode::read), nullptr);
  EXPECT_EQ(*disk.open(path("a"), OpenMode::read_write), nullptr);
  write(*disk.open(path("a"), OpenMode::create), 0, "kept");
  EXPECT_EQ(read(*disk.open(path("a"), OpenMode::create), 0, 9), "kept");
  EXPECT_EQ(read(*disk.open(path("a"), OpenMode::read), 0, 9), "kept");
  EXPECT_EQ(*(*disk.open(path("a"), OpenMode::replace))->size(), 0U);
}

TEST_F(PosixDiskTest, ReadsStopWhereTheFileEnds) {
  const auto file = *disk.open(path("a"), OpenMode::create);
  write(file, 0, "0123456789");
  EXPECT_EQ(read(file, 7, 100), "789");
  EXPECT_EQ(read(file, 10, 1), "");
  EXPECT_EQ(read(file, 1000, 1), "");
}

TEST_F(PosixDiskTest, ManyPiecesLandOneAfterTheOther) {
  const auto file = *disk.open(path("a"), OpenMode::create);
  std::vector<std::string> texts;
  std::string expected(5, '\0');
  for (int i = 0; i < 2500; ++i) texts.push_back(std::string(static_cast<std::size_t>(i % 7), 'x'));
  std::vector<BytesView> pieces;
  for (const auto& text : texts) {
    pieces.push_back(base::as_bytes(text));
    expected += text;
  }
  ASSERT_TRUE(file->write_at(5, pieces));
  EXPECT_EQ(read(file, 0, 1 << 20), expected);
}

TEST_F(PosixDiskTest, FilesAreCutAndGrown) {
  const auto file = *disk.open(path("a"), OpenMode::create);
  write(file, 0, "0123456789");
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(read(file, 0, 100), "012");
  ASSERT_TRUE(file->truncate(5));
  EXPECT_EQ(read(file, 0, 100), std::string("012\0\0", 5));
  EXPECT_TRUE(file->sync());
}

TEST_F(PosixDiskTest, AnOpenFileSurvivesRenamingAndRemoval) {
  const auto file = *disk.open(path("a"), OpenMode::create);
  write(file, 0, "still here");
  write(*disk.open(path("b"), OpenMode::create), 0, "replaced");
  ASSERT_TRUE(disk.rename(path("a"), path("b")));
  EXPECT_EQ(read(*disk.open(path("b"), OpenMode::read), 0, 100), "still here");
  ASSERT_TRUE(disk.remove(path("b")));
  EXPECT_EQ(read(file, 0, 100), "still here");
}

TEST_F(PosixDiskTest, ListsFilesAndFoldersSortedAndNothingElse) {
  ASSERT_TRUE(disk.create_folder(path("sub")));
  ASSERT_TRUE(disk.create_folder(path("sub"))) << "no error if it exists";
  write(*disk.open(path("b"), OpenMode::create), 0, "12345");
  ASSERT_TRUE(disk.open(path("a"), OpenMode::create));
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("nowhere", path("broken"));
  const auto entries = disk.list(folder.path());
  ASSERT_TRUE(entries.has_value());
  EXPECT_EQ(*entries,
            (std::vector<FolderEntry>{{"a", false, 0}, {"b", false, 5}, {"sub", true, 0}}));
}

TEST_F(PosixDiskTest, RemovesWholeTreesAndWhatIsNotThere) {
  ASSERT_TRUE(create_folders(disk, path("x/y/z")));
  ASSERT_TRUE(disk.open(path("x/y/z/file"), OpenMode::create));
  EXPECT_TRUE(disk.remove(path("x")));
  EXPECT_FALSE(std::filesystem::exists(path("x")));
  EXPECT_TRUE(disk.remove(path("x")));
}

TEST_F(PosixDiskTest, FailuresNameOperationPathAndCause) {
  const auto expect = [](const model::Result<>& result, const std::string& detail) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, model::ErrorCode::kafka_storage_error);
    EXPECT_EQ(result.error().detail, detail);
  };
  const auto without_value = [](const auto& result) {
    return result ? model::Result<>{} : model::fail(result.error());
  };
  expect(without_value(disk.open(path("no/a"), OpenMode::create)),
         "open " + path("no/a") + ": No such file or directory");
  expect(without_value(disk.list(path("no"))),
         "list " + path("no") + ": No such file or directory");
  expect(disk.create_folder(path("no/a")),
         "create folder " + path("no/a") + ": No such file or directory");
  expect(disk.rename(path("no"), path("b")),
         "rename " + path("no") + " to " + path("b") + ": No such file or directory");
  expect(disk.sync_folder(path("no")), "open " + path("no") + ": No such file or directory");
  ASSERT_TRUE(disk.open(path("a"), OpenMode::create));
  expect(disk.create_folder(path("a")), "create folder " + path("a") + ": File exists");
  const auto read_only = *disk.open(path("a"), OpenMode::read);
  const BytesView piece = base::as_bytes("x");
  expect(read_only->write_at(0, {&piece, 1}), "write " + path("a") + ": Bad file descriptor");
}

// Writes behind this fail as they do on a full disk: some bytes are taken, then an error.
struct FileSizeLimit {
  explicit FileSizeLimit(std::uint64_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit limit = before;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before); }
  rlimit before{};
};

TEST_F(PosixDiskTest, AWriteThatStopsHalfwayFailsAndServiceReturnsWithSpace) {
  const auto file = *disk.open(path("a"), OpenMode::create);
  write(file, 0, "before");
  const std::string text(10'000, 'x');
  const BytesView piece = base::as_bytes(text);
  {
    const FileSizeLimit limit(5000);
    const auto written = file->write_at(6, {&piece, 1});
    ASSERT_FALSE(written.has_value());
    EXPECT_THAT(written.error().detail, HasSubstr("File too large"));
  }
  EXPECT_EQ(read(file, 0, 6), "before");
  ASSERT_TRUE(file->write_at(6, {&piece, 1}));
  EXPECT_EQ(read(file, 0, 20'000), "before" + text);
}

TEST_F(PosixDiskTest, DescriptorsAreClosedOnExecAndWithTheLastOwner) {
  const int free_before = ::dup(0);
  ::close(free_before);
  {
    const auto file = *disk.open(path("a"), OpenMode::create);
    const auto shared = file;
    EXPECT_EQ(::fcntl(free_before, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
  EXPECT_EQ(::fcntl(free_before, F_GETFD), -1);
}

TEST_F(PosixDiskTest, MeasuresTheFileSystem) {
  const auto space = disk.space(folder.path());
  ASSERT_TRUE(space.has_value());
  EXPECT_GT(space->usable, 0U);
  EXPECT_GE(space->total, space->usable);
}

TEST_F(PosixDiskTest, FoldersAreMadeWithThoseAboveThem) {
  EXPECT_TRUE(create_folders(disk, path("x/y/z")));
  EXPECT_TRUE(create_folders(disk, path("x/y/z")));
  EXPECT_TRUE(std::filesystem::is_directory(path("x/y/z")));
  ASSERT_TRUE(disk.open(path("file"), OpenMode::create));
  EXPECT_FALSE(create_folders(disk, path("file/z")).has_value());
}

}  // namespace
}  // namespace gregor::server
