// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/faults/unsynced.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace gregor::jepsen {
namespace {

using Header = std::array<std::uint64_t, 2>;  // name, begin
using Change = std::array<std::uint64_t, 3>;  // from, size, saved

std::uint64_t new_name() {
  static std::atomic<std::uint64_t> count = 0;
  return (static_cast<std::uint64_t>(::getpid()) << 32U) + ++count;
}

std::uint64_t size_of(int file) {
  struct stat status{};
  return ::fstat(file, &status) < 0 ? 0 : static_cast<std::uint64_t>(status.st_size);
}

// A file open for the time of a scope.
struct Open {
  explicit Open(const std::string& path, int flags)
      : number(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() {
    if (number >= 0) ::close(number);
  }
  const int number;
};

bool read_whole(int file, void* into, std::size_t bytes, std::uint64_t from) {
  return ::pread(file, into, bytes, static_cast<off_t>(from)) == static_cast<ssize_t>(bytes);
}

// Nothing can be done about a failure here but to lose less than a power cut would.
void write_whole(int file, const void* bytes, std::size_t count, std::uint64_t from) {
  [[maybe_unused]] const auto written = ::pwrite(file, bytes, count, static_cast<off_t>(from));
}

}  // namespace

UnsyncedChanges::UnsyncedChanges(const std::string& folder, std::uint64_t inode)
    : file_(folder + "/" + std::to_string(inode) + ".file"),
      undo_(folder + "/" + std::to_string(inode) + ".undo") {}

void UnsyncedChanges::add(int file, std::uint64_t from, std::uint64_t to) const {
  const Open undo(undo_, O_RDWR | O_CREAT);
  if (undo.number < 0) return;
  std::uint64_t end = size_of(undo.number);
  if (end == 0) {
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    [[maybe_unused]] const int linked =
        ::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, file_.c_str(), AT_SYMLINK_FOLLOW);
    end = sizeof(Header);
    const Header header{new_name(), end};
    write_whole(undo.number, header.data(), sizeof(header), 0);
  }
  const std::uint64_t size = size_of(file);
  std::string bytes(sizeof(Change) + std::min(to, size) - std::min(from, size), '\0');
  const Change change{from, size, bytes.size() - sizeof(Change)};
  std::ranges::copy_n(reinterpret_cast<const char*>(change.data()), sizeof(change), bytes.begin());
  // The file may be open for writing only.
  const Open reader("/proc/self/fd/" + std::to_string(file), O_RDONLY);
  if (change[2] > 0 && !read_whole(reader.number, bytes.data() + sizeof(Change), change[2], from))
    return;
  write_whole(undo.number, bytes.data(), bytes.size(), end);
}

UnsyncedMark UnsyncedChanges::mark() const {
  const Open undo(undo_, O_RDONLY);
  Header header{};
  if (undo.number < 0 || !read_whole(undo.number, header.data(), sizeof(header), 0)) return {};
  return {header[0], size_of(undo.number)};
}

void UnsyncedChanges::synced(const UnsyncedMark& upto) const {
  const UnsyncedMark now = mark();
  if (upto.name == 0 || now.name != upto.name) return;
  if (now.size == upto.size) {
    ::unlink(undo_.c_str());
    ::unlink(file_.c_str());
    return;
  }
  const Open undo(undo_, O_RDWR);
  Header header{};
  if (undo.number < 0 || !read_whole(undo.number, header.data(), sizeof(header), 0)) return;
  header[1] = std::max(header[1], upto.size);
  write_whole(undo.number, header.data(), sizeof(header), 0);
}

std::vector<UnsyncedChange> read_unsynced(const std::string& undo_file) {
  std::vector<UnsyncedChange> changes;
  const Open undo(undo_file, O_RDONLY);
  Header header{};
  if (undo.number < 0 || !read_whole(undo.number, header.data(), sizeof(header), 0)) return changes;
  const std::uint64_t end = size_of(undo.number);
  Change change{};
  for (std::uint64_t at = header[1]; at + sizeof(Change) <= end; at += sizeof(Change) + change[2]) {
    if (!read_whole(undo.number, change.data(), sizeof(change), at)) break;
    if (change[2] > end - at - sizeof(Change)) break;
    std::string saved(change[2], '\0');
    if (!read_whole(undo.number, saved.data(), saved.size(), at + sizeof(Change))) break;
    changes.push_back({change[0], change[1], std::move(saved)});
  }
  return changes;
}

}  // namespace gregor::jepsen
