// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/whole_file.h"

#include "log/file_names.h"

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

std::string replacement_path(const std::string& folder, const std::string& name) {
  return folder + "/" + name + std::string(temporary_suffix);
}

Result<FilePtr> write_replacement(Disk& disk, const std::string& folder, const std::string& name,
                                  base::BytesView bytes) {
  const std::string path = replacement_path(folder, name);
  auto file = disk.open(path, OpenMode::replace);
  if (!file) return file;
  const base::BytesView pieces[] = {bytes};
  if (auto written = (*file)->write_at(0, pieces); !written) {
    (void)disk.remove(path);  // its space may be what is missing
    return fail(written.error());
  }
  return file;
}

Result<> replace_file(Disk& disk, const std::string& folder, const std::string& name,
                      base::BytesView bytes, Durability durability) {
  const auto file = write_replacement(disk, folder, name, bytes);
  if (!file) return fail(file.error());
  const std::string temporary = replacement_path(folder, name);
  auto done = durability == Durability::now ? (*file)->sync() : Result<>{};
  if (done) done = disk.rename(temporary, folder + "/" + name);
  if (!done) {
    (void)disk.remove(temporary);
    return done;
  }
  return durability == Durability::now ? disk.sync_folder(folder) : Result<>{};
}

}  // namespace gregor::log
