// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/damage.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>

namespace gregor::jepsen {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t hurt_max = 3;  // files, and bits of each

std::vector<fs::path> segments(const fs::path& data) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(data, failed))
    if (entry.is_regular_file(failed) && entry.path().extension() == ".log" &&
        entry.file_size(failed) > 0)
      found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

using Hurt = std::function<std::string(const fs::path&, std::int64_t size)>;

std::vector<std::string> hurt_some(const fs::path& data, base::Prng& prng, const Hurt& hurt) {
  std::vector<fs::path> left = segments(data);
  std::vector<std::string> done;
  for (std::uint64_t n = 1 + prng.below(hurt_max); n > 0 && !left.empty(); --n) {
    const auto chosen = left.begin() + static_cast<std::ptrdiff_t>(prng.below(left.size()));
    const auto size = static_cast<std::int64_t>(fs::file_size(*chosen));
    done.push_back(fs::relative(*chosen, data).string() + ": " + hurt(*chosen, size));
    left.erase(chosen);
  }
  return done;
}

}  // namespace

std::vector<std::string> flip_bits(const fs::path& data, base::Prng& prng) {
  return hurt_some(data, prng, [&](const fs::path& path, std::int64_t size) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const std::int64_t at = prng.between(0, size - 1);
    const std::uint64_t bit = prng.below(8);
    const int byte = file.seekg(at).get();
    file.seekp(at).put(static_cast<char>(byte ^ (1 << bit)));
    return fmt::format("bit {} of byte {} flipped, of {}", bit, at, size);
  });
}

std::vector<std::string> cut_tails(const fs::path& data, base::Prng& prng) {
  return hurt_some(data, prng, [&](const fs::path& path, std::int64_t size) {
    const std::int64_t left = prng.between(size / 2, size - 1);
    fs::resize_file(path, static_cast<std::uintmax_t>(left));
    return fmt::format("cut to {} of {} bytes", left, size);
  });
}

}  // namespace gregor::jepsen
