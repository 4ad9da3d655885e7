// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The library that LD_PRELOAD puts between a node and the C library: it fails, delays and records
// what the node does to files of its data folder, and shows it another time of day, as the control
// page says (control.h); and the identity of the machine's boot. Sockets, other files and the
// monotonic clock are left alone: Linux never lets that one jump. What a program does by system
// calls of its own is not seen.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "jepsen/faults/control.h"
#include "jepsen/faults/unsynced.h"

namespace gregor::jepsen {
namespace {

// The function of this name that would have been called without us.
template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// What we call ourselves goes through.
thread_local bool within_library = false;
class Within {
 public:
  Within() : before_(std::exchange(within_library, true)) {}
  ~Within() { within_library = before_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  const bool before_;
};

// This process as a node that may be hurt; made at the first call.
class Node {
 public:
  // Nothing where nobody has asked for faults.
  static Node* get() {
    static Node* const node = make();
    return node;
  }

  FaultControl& control() { return *control_; }

  // The inode of an open file or folder of the data folder.
  [[nodiscard]] std::optional<std::uint64_t> data_file(int number) const {
    std::array<char, PATH_MAX> target;
    const std::string link = "/proc/self/fd/" + std::to_string(number);
    const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
    if (length <= 0) return std::nullopt;
    const std::string_view path(target.data(), static_cast<std::size_t>(length));
    const bool inside =
        path.starts_with(data_) && (path.size() == data_.size() || path[data_.size()] == '/');
    struct stat status{};
    if (!inside || ::fstat(number, &status) < 0) return std::nullopt;
    return status.st_ino;
  }

  // The file that stands for the one of this name.
  [[nodiscard]] const char* in_place_of(const char* path) const {
    return path != nullptr && std::string_view(path) == "/proc/sys/kernel/random/boot_id"
               ? boot_.c_str()
               : path;
  }

  [[nodiscard]] UnsyncedChanges changes(std::uint64_t inode) const { return {unsynced_, inode}; }
  std::mutex& lock(std::uint64_t inode) { return locks_[inode % locks_.size()]; }

 private:
  static Node* make() {
    const Within within;
    // NOLINTBEGIN(concurrency-mt-unsafe): one thread is here, and the environment as it was given
    const char* const folder = std::getenv(faults_variable);
    const char* const data = std::getenv(faults_data_variable);
    // NOLINTEND(concurrency-mt-unsafe)
    if (folder == nullptr || data == nullptr) return nullptr;
    const int file = ::open((std::string(folder) + "/" + control_file).c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* const page =
        ::mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (page == MAP_FAILED) return nullptr;
    auto* const node = new Node;  // until the process ends
    node->control_ = static_cast<FaultControl*>(page);
    node->unsynced_ = std::string(folder) + "/" + unsynced_folder;
    node->boot_ = std::string(folder) + "/" + boot_file;
    node->data_ = data;
    return node;
  }

  FaultControl* control_ = nullptr;
  std::string unsynced_, boot_, data_;
  std::array<std::mutex, 64> locks_;
};

// A write of `bytes` bytes that begins at `position`; `write(n)` does it, up to n bytes of it.
template <class Write>
ssize_t faulty_write(int file, std::uint64_t bytes, std::optional<std::uint64_t> position,
                     Write write) {
  Node* const node = within_library ? nullptr : Node::get();
  if (node == nullptr) return write(bytes);
  const Within within;
  FaultControl& control = node->control();
  const int error = control.write_error;
  if (error == 0 && control.keeps_unsynced == 0) return write(bytes);
  const auto inode = node->data_file(file);
  if (!inode) return write(bytes);
  if (error != 0) {
    // Every second one gets half of the way.
    const bool half = control.failed_writes.fetch_add(1) % 2 == 0 && bytes > 1;
    if (!half) {
      errno = error;
      return -1;
    }
    bytes /= 2;
  }
  const std::lock_guard guard(node->lock(*inode));
  struct stat status{};
  const bool appends = (::fcntl(file, F_GETFL) & O_APPEND) != 0;
  if (appends && ::fstat(file, &status) == 0)
    position = static_cast<std::uint64_t>(status.st_size);
  else if (!position)
    position = static_cast<std::uint64_t>(::lseek(file, 0, SEEK_CUR));
  if (control.keeps_unsynced != 0) node->changes(*inode).add(file, *position, *position + bytes);
  return write(bytes);
}

int faulty_truncate(int file, off_t size, int (*truncate)(int, off_t)) {
  Node* const node = within_library ? nullptr : Node::get();
  if (node == nullptr) return truncate(file, size);
  const Within within;
  const int error = node->control().write_error;
  if (error == 0 && node->control().keeps_unsynced == 0) return truncate(file, size);
  const auto inode = node->data_file(file);
  if (!inode) return truncate(file, size);
  if (error != 0) {
    ++node->control().failed_writes;
    errno = error;
    return -1;
  }
  const std::lock_guard guard(node->lock(*inode));
  node->changes(*inode).add(file, static_cast<std::uint64_t>(size), UINT64_MAX);
  return truncate(file, size);
}

int faulty_sync(int file, int (*sync)(int)) {
  Node* const node = within_library ? nullptr : Node::get();
  if (node == nullptr) return sync(file);
  const Within within;
  FaultControl& control = node->control();
  if (control.sync_error == 0 && control.sync_delay_ms == 0 && control.keeps_unsynced == 0)
    return sync(file);
  const auto inode = node->data_file(file);
  if (!inode) return sync(file);
  if (const std::int64_t delay = control.sync_delay_ms; delay > 0) {
    ++control.slow_syncs;
    const timespec time{delay / 1000, delay % 1000 * 1'000'000};
    ::nanosleep(&time, nullptr);
  }
  if (const int error = control.sync_error; error != 0) {
    ++control.failed_syncs;
    errno = error;
    return -1;
  }
  UnsyncedMark mark;
  {
    const std::lock_guard guard(node->lock(*inode));
    mark = node->changes(*inode).mark();
  }
  const int done = sync(file);
  if (done != 0) return done;
  const std::lock_guard guard(node->lock(*inode));
  node->changes(*inode).synced(mark);
  return done;
}

// As many bytes of the pieces as are wanted.
template <class Write>
ssize_t write_pieces(const iovec* pieces, int count, std::uint64_t wanted, Write write) {
  std::uint64_t all = 0;
  for (int i = 0; i < count; ++i) {
    if (all + pieces[i].iov_len > wanted) {
      // The first pieces that fit, or a part of the first.
      if (i > 0) return write(pieces, i);
      const iovec part{pieces[0].iov_base, wanted};
      return write(&part, 1);
    }
    all += pieces[i].iov_len;
  }
  return write(pieces, count);
}

std::uint64_t size_of(const iovec* pieces, int count) {
  std::uint64_t size = 0;
  for (int i = 0; i < count; ++i) size += pieces[i].iov_len;
  return size;
}

std::uint64_t unsigned_of(off_t position) { return static_cast<std::uint64_t>(position); }

ssize_t faulty_pwrite(const char* name, int file, const void* bytes, std::size_t count,
                      off_t position) {
  const auto write = real<ssize_t(int, const void*, std::size_t, off_t)>(name);
  return faulty_write(file, count, unsigned_of(position),
                      [&](std::uint64_t wanted) { return write(file, bytes, wanted, position); });
}

ssize_t faulty_pwritev(const char* name, int file, const iovec* pieces, int count, off_t position) {
  const auto write = real<ssize_t(int, const iovec*, int, off_t)>(name);
  return faulty_write(
      file, size_of(pieces, count), unsigned_of(position), [&](std::uint64_t wanted) {
        return write_pieces(pieces, count, wanted, [&](const iovec* parts, int many) {
          return write(file, parts, many, position);
        });
      });
}

const char* shown_path(const char* path) {
  const Node* const node = within_library ? nullptr : Node::get();
  return node == nullptr ? path : node->in_place_of(path);
}

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t million = 1'000'000;

// What the wall clock shows at this true time.
std::int64_t shown_time(std::int64_t true_ns) {
  Node* const node = within_library ? nullptr : Node::get();
  if (node == nullptr) return true_ns;
  FaultControl& control = node->control();
  const std::int64_t offset = control.clock_offset_ns, rate = control.clock_rate_ppm;
  if (offset == 0 && rate == 0) return true_ns;
  ++control.wrong_times;
  return true_ns + offset + (true_ns - control.clock_since_ns) / million * rate;
}

}  // namespace
}  // namespace gregor::jepsen

// The names of the C library. Each does what it says there, and hurts on demand.
// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
extern "C" {

using namespace gregor::jepsen;

ssize_t write(int file, const void* bytes, std::size_t count) {
  static const auto next = real<ssize_t(int, const void*, std::size_t)>("write");
  return faulty_write(file, count, std::nullopt,
                      [&](std::uint64_t wanted) { return next(file, bytes, wanted); });
}

ssize_t writev(int file, const iovec* pieces, int count) {
  static const auto next = real<ssize_t(int, const iovec*, int)>("writev");
  return faulty_write(file, size_of(pieces, count), std::nullopt, [&](std::uint64_t wanted) {
    return write_pieces(pieces, count, wanted,
                        [&](const iovec* parts, int many) { return next(file, parts, many); });
  });
}

ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t position) {
  return faulty_pwrite("pwrite", file, bytes, count, position);
}
ssize_t pwrite64(int file, const void* bytes, std::size_t count, off64_t position) {
  return faulty_pwrite("pwrite64", file, bytes, count, position);
}
ssize_t pwritev(int file, const iovec* pieces, int count, off_t position) {
  return faulty_pwritev("pwritev", file, pieces, count, position);
}
ssize_t pwritev64(int file, const iovec* pieces, int count, off64_t position) {
  return faulty_pwritev("pwritev64", file, pieces, count, position);
}

// With flags, which we pass over: they are about speed.
ssize_t pwritev2(int file, const iovec* pieces, int count, off_t position, int) {
  return faulty_pwritev("pwritev", file, pieces, count, position);
}
ssize_t pwritev64v2(int file, const iovec* pieces, int count, off64_t position, int) {
  return faulty_pwritev("pwritev64", file, pieces, count, position);
}

int ftruncate(int file, off_t size) noexcept {
  return faulty_truncate(file, size, real<int(int, off_t)>("ftruncate"));
}
int ftruncate64(int file, off64_t size) noexcept {
  return faulty_truncate(file, size, real<int(int, off_t)>("ftruncate64"));
}

int fsync(int file) { return faulty_sync(file, real<int(int)>("fsync")); }
int fdatasync(int file) { return faulty_sync(file, real<int(int)>("fdatasync")); }

// The mode of the new file is passed on as it came: a missing one is not looked at.
int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = va_arg(more, mode_t);
  va_end(more);
  return real<int(const char*, int, ...)>("open")(shown_path(path), flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = va_arg(more, mode_t);
  va_end(more);
  return real<int(const char*, int, ...)>("open64")(shown_path(path), flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  return real<FILE*(const char*, const char*)>("fopen")(shown_path(path), mode);
}
FILE* fopen64(const char* path, const char* mode) {
  return real<FILE*(const char*, const char*)>("fopen64")(shown_path(path), mode);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto next = real<int(clockid_t, timespec*)>("clock_gettime");
  const int done = next(clock, time);
  if (done != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return done;
  const std::int64_t shown = shown_time(time->tv_sec * second_ns + time->tv_nsec);
  *time = {shown / second_ns, shown % second_ns};
  return done;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  static const auto next = real<int(timeval*, void*)>("gettimeofday");
  const int done = next(time, zone);
  if (done != 0) return done;
  const std::int64_t shown = shown_time(time->tv_sec * second_ns + time->tv_usec * 1000);
  *time = {shown / second_ns, shown % second_ns / 1000};
  return done;
}

time_t time(time_t* into) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (into != nullptr) *into = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
