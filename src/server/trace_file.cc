// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/trace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gregor::server {

namespace {

std::unexpected<model::Error> failed(const std::string& path, int error) {
  return model::fail(model::ErrorCode::kafka_storage_error,
                     fmt::format("trace {}: {}", path, std::generic_category().message(error)));
}

}  // namespace

model::Result<std::unique_ptr<TraceFile>> TraceFile::open(const std::string& path) {
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  Descriptor file(uninterrupted([&] { return ::open(path.c_str(), flags, 0666); }));
  if (!file.open()) return failed(path, errno);
  return std::unique_ptr<TraceFile>(new TraceFile(path, std::move(file)));
}

model::Result<> TraceFile::write(std::string_view lines) {
  const auto written =
      uninterrupted([&] { return ::write(file_.number(), lines.data(), lines.size()); });
  if (written < 0) return failed(path_, errno);
  if (static_cast<std::size_t>(written) != lines.size()) return failed(path_, ENOSPC);
  return {};
}

}  // namespace gregor::server
