// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "server/descriptor.h"

namespace gregor::server {
namespace {

using base::BytesView;
using base::MutableBytesView;
using model::Result;

// Pieces of one pwritev; the system's limit is the same.
constexpr std::size_t pieces_max = 1024;

std::unexpected<model::Error> failed(std::string_view operation, std::string_view path,
                                     int cause = errno) {
  return model::fail(
      model::ErrorCode::kafka_storage_error,
      fmt::format("{} {}: {}", operation, path, std::generic_category().message(cause)));
}

class PosixFile final : public log::File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t position,
                                            MutableBytesView into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t count = uninterrupted([&] {
        return ::pread(descriptor_.number(), into.data() + done, into.size() - done,
                       static_cast<off_t>(position + done));
      });
      if (count < 0) return failed("read", path_);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<> write_at(std::uint64_t position, std::span<const BytesView> pieces) override {
    std::size_t skip = 0;  // bytes of the first piece that are written already
    while (!pieces.empty()) {
      std::array<iovec, pieces_max> parts;
      const std::size_t count = std::min(pieces.size(), pieces_max);
      for (std::size_t i = 0; i < count; ++i) {
        const BytesView piece = pieces[i].subspan(i == 0 ? skip : 0);
        parts[i] = {const_cast<std::byte*>(piece.data()), piece.size()};  // only read
      }
      const ssize_t written = uninterrupted([&] {
        return ::pwritev(descriptor_.number(), parts.data(), static_cast<int>(count),
                         static_cast<off_t>(position));
      });
      if (written < 0) return failed("write", path_);
      position += static_cast<std::uint64_t>(written);
      skip += static_cast<std::size_t>(written);
      while (!pieces.empty() && skip >= pieces.front().size()) {
        skip -= pieces.front().size();
        pieces = pieces.subspan(1);
      }
    }
    return {};
  }

  Result<> truncate(std::uint64_t size) override {
    if (uninterrupted([&] { return ::ftruncate(descriptor_.number(), static_cast<off_t>(size)); }) <
        0)
      return failed("truncate", path_);
    return {};
  }

  Result<> sync() override {
    if (uninterrupted([&] { return ::fdatasync(descriptor_.number()); }) < 0)
      return failed("sync", path_);
    return {};
  }

  [[nodiscard]] Result<std::uint64_t> size() const override {
    struct stat status;
    if (::fstat(descriptor_.number(), &status) < 0) return failed("stat", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

  [[nodiscard]] int descriptor() const { return descriptor_.number(); }

 private:
  const Descriptor descriptor_;
  const std::string path_;  // as it was opened
};

int flags_of(log::OpenMode mode) {
  switch (mode) {
    case log::OpenMode::read:
      return O_RDONLY;
    case log::OpenMode::read_write:
      return O_RDWR;
    case log::OpenMode::create:
      return O_RDWR | O_CREAT;
    case log::OpenMode::replace:
      return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

Descriptor open_descriptor(const std::string& path, int flags) {
  return Descriptor(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); }));
}

}  // namespace

Result<log::FilePtr> PosixDisk::open(const std::string& path, log::OpenMode mode) {
  Descriptor descriptor = open_descriptor(path, flags_of(mode));
  if (descriptor.open()) return std::make_shared<PosixFile>(std::move(descriptor), path);
  const bool may_be_absent = mode == log::OpenMode::read || mode == log::OpenMode::read_write;
  if (errno == ENOENT && may_be_absent) return nullptr;
  return failed("open", path);
}

Result<std::vector<log::FolderEntry>> PosixDisk::list(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) return failed("list", folder);
  std::vector<log::FolderEntry> entries;
  errno = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is nobody else's
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    struct stat status;
    if (name != "." && name != ".." &&
        ::fstatat(::dirfd(stream.get()), entry->d_name, &status, 0) == 0 &&
        (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode))) {
      const bool is_folder = S_ISDIR(status.st_mode);
      entries.push_back({std::string(name), is_folder,
                         is_folder ? 0 : static_cast<std::uint64_t>(status.st_size)});
    }
    errno = 0;
  }
  if (errno != 0) return failed("list", folder);
  std::ranges::sort(entries, {}, &log::FolderEntry::name);
  return entries;
}

Result<> PosixDisk::create_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  const int cause = errno;
  struct stat status;
  if (cause == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  return failed("create folder", path, cause);
}

Result<> PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return failed("rename", from + " to " + to);
}

Result<> PosixDisk::remove(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return failed("remove", path, error.value());
  return {};
}

Result<> PosixDisk::sync_folder(const std::string& path) {
  const Descriptor folder = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!folder.open()) return failed("open", path);
  if (uninterrupted([&] { return ::fsync(folder.number()); }) < 0) return failed("sync", path);
  return {};
}

Result<log::DiskSpace> PosixDisk::space(const std::string& path) {
  struct statvfs status;
  if (uninterrupted([&] { return ::statvfs(path.c_str(), &status); }) < 0)
    return failed("measure", path);
  return log::DiskSpace{.total = status.f_blocks * status.f_frsize,
                        .usable = status.f_bavail * status.f_frsize};
}

int descriptor_of(const log::File& file) {
  const auto* posix = dynamic_cast<const PosixFile*>(&file);
  ASSERT(posix != nullptr, "a file of another disk");
  return posix->descriptor();
}

Result<> create_folders(log::Disk& disk, const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  const std::size_t slash = path.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  if (slash != std::string::npos && slash > 0)
    if (auto made = create_folders(disk, parent); !made) return made;
  if (auto made = disk.create_folder(path); !made) return made;
  return disk.sync_folder(parent.empty() ? "/" : parent);
}

}  // namespace gregor::server
