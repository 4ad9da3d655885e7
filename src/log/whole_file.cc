// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/whole_file.h"

namespace gregor::log {

using model::ErrorCode;
using model::fail;

Result<std::optional<base::Bytes>> read_whole_file(Disk& disk, const std::string& path) {
  const auto file = disk.open(path, OpenMode::read);
  if (!file) return fail(file.error());
  if (!*file) return std::nullopt;
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  if (*size > whole_file_bytes_max) {
    return fail(ErrorCode::kafka_storage_error,
                path + ": " + std::to_string(*size) + " bytes are too many for this file");
  }
  base::Bytes bytes(*size);
  const auto got = (*file)->read_at(0, bytes);
  if (!got) return fail(got.error());
  bytes.resize(*got);
  return bytes;
}

namespace {

Result<> write_new(Disk& disk, const std::string& path, base::BytesView bytes,
                   Durability durability) {
  const auto file = disk.open(path, OpenMode::replace);
  if (!file) return fail(file.error());
  const base::BytesView pieces[] = {bytes};
  if (auto written = (*file)->write_at(0, pieces); !written) return written;
  return durability == Durability::now ? (*file)->sync() : Result<>{};
}

}  // namespace

Result<> replace_file(Disk& disk, const std::string& folder, const std::string& name,
                      base::BytesView bytes, Durability durability) {
  const std::string path = folder + "/" + name;
  const std::string temporary = path + ".tmp";
  auto done = write_new(disk, temporary, bytes, durability);
  if (done) done = disk.rename(temporary, path);
  if (!done) {
    (void)disk.remove(temporary);  // its space may be what is missing
    return done;
  }
  return durability == Durability::now ? disk.sync_folder(folder) : Result<>{};
}

}  // namespace gregor::log
