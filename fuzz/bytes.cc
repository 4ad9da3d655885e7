// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "bytes.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace gregor::fuzz {

void disturb(base::Bytes& bytes, base::Prng& prng) {
  for (std::uint64_t left = 1 + prng.below(4); left > 0; --left) {
    const std::size_t at = bytes.empty() ? 0 : prng.below(bytes.size());
    switch (prng.below(8)) {
      case 0:
        bytes.resize(at);
        break;
      case 1: {
        const base::Bytes more = random_bytes(prng, 32);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
        break;
      }
      case 2:
        base::append(bytes, base::to_bytes(base::BytesView(bytes).subspan(at).first(
                                std::min<std::size_t>(bytes.size() - at, 256))));
        break;
      case 3: {
        const auto extreme = prng.chance(1, 2) ? std::byte{0xff} : std::byte{0};
        for (std::size_t i = at; i < std::min(bytes.size(), at + 1 + prng.below(8)); ++i)
          bytes[i] = extreme;
        break;
      }
      case 4:
        if (!bytes.empty()) bytes[at] = static_cast<std::byte>(prng.below(256));
        break;
      default:
        if (!bytes.empty()) bytes[at] ^= static_cast<std::byte>(1U << prng.below(8));
    }
  }
}

base::Bytes random_bytes(base::Prng& prng, std::size_t size_max) {
  base::Bytes bytes(prng.below(size_max + 1));
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.below(256));
  return bytes;
}

base::Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return base::to_bytes(base::as_bytes(text));
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code absent;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, absent))
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

}  // namespace gregor::fuzz
