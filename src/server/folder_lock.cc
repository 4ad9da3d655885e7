// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace gregor::server {

using model::ErrorCode;

model::Result<FolderLock> FolderLock::acquire(const std::string& folder) {
  const std::string path = folder + "/.lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file.open())
    return model::fail(ErrorCode::kafka_storage_error,
                       fmt::format("open {}: {}", path, std::generic_category().message(errno)));
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  // Of this open file rather than of the process, so that two nodes of one process exclude each
  // other, too.
  if (::fcntl(file.number(), F_OFD_SETLK, &whole) == 0) return FolderLock(std::move(file));
  if (errno == EAGAIN || errno == EACCES)
    return model::fail(
        ErrorCode::kafka_storage_error,
        fmt::format("another broker uses the data folder {} (it holds {})", folder, path));
  return model::fail(ErrorCode::kafka_storage_error,
                     fmt::format("lock {}: {}", path, std::generic_category().message(errno)));
}

}  // namespace gregor::server
