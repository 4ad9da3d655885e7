// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/input_file.h"

#include <fmt/format.h>

#include <utility>

#include "log/whole_file.h"
#include "server/posix_disk.h"

namespace gregor::cli {

model::Result<base::Bytes> read_input_file(const std::string& path) {
  server::PosixDisk disk;
  auto bytes = log::read_whole_file(disk, path);
  if (!bytes) return model::fail(std::move(bytes.error()));
  if (!*bytes)
    return model::fail(model::ErrorCode::invalid_request, fmt::format("{}: no such file", path));
  return std::move(**bytes);
}

model::Result<std::vector<model::Property>> read_properties_file(const std::string& path) {
  const auto bytes = read_input_file(path);
  if (!bytes) return model::fail(bytes.error());
  auto properties = model::parse_properties(base::as_text(*bytes));
  if (!properties)
    return model::fail(properties.error().code,
                       fmt::format("{}: {}", path, properties.error().detail));
  return properties;
}

}  // namespace gregor::cli
