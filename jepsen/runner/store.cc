// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/store.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <system_error>

namespace gregor::jepsen {

namespace fs = std::filesystem;

namespace {

void point(const fs::path& link, const fs::path& target) {
  std::error_code ignored;  // a run without the link is still a run
  fs::remove(link, ignored);
  fs::create_directory_symlink(target, link, ignored);
}

}  // namespace

model::Result<fs::path> make_run_folder(const fs::path& store, const std::string& test,
                                        const std::string& time) {
  const fs::path folder = store / test / time;
  std::error_code wrong;
  fs::create_directories(folder, wrong);
  if (wrong)
    return model::fail(model::ErrorCode::kafka_storage_error,
                       fmt::format("{}: {}", folder.string(), wrong.message()));
  point(store / test / "latest", time);
  point(store / "latest", fs::path(test) / time);
  return fs::absolute(folder);
}

std::string time_for_names() {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto millis = now.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y%m%dT%H%M%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), millis);
}

}  // namespace gregor::jepsen
