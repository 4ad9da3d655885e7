// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Small files that are read and replaced as a whole: checkpoints, snapshots, properties.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "log/disk.h"

namespace gregor::log {

// What such a file may be large; a larger one is refused before it is read. (A checkpoint of
// 200,000 partitions with long names fits.)
inline constexpr std::uint64_t whole_file_bytes_max = std::uint64_t{64} << 20;

// nullopt when there is no such file.
Result<std::optional<base::Bytes>> read_whole_file(Disk& disk, const std::string& path);

// Whether a replaced file must survive a power cut at once, or only once the caller syncs the file
// and its folder: until then a power cut may leave the old file, the new one, or a torn one.
enum class Durability : std::uint8_t { now, later };

// Makes `folder`/`name` anew under the name replacement_path(), to be renamed: once it is synced, a
// power cut leaves the old file or the new one, too.
Result<FilePtr> write_replacement(Disk& disk, const std::string& folder, const std::string& name,
                                  base::BytesView bytes);
std::string replacement_path(const std::string& folder, const std::string& name);

// Replaces `folder`/`name` by way of a temporary file: a process that dies leaves the old file or
// the new one, never a mixture.
Result<> replace_file(Disk& disk, const std::string& folder, const std::string& name,
                      base::BytesView bytes, Durability durability);

}  // namespace gregor::log
