// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log_archive.h"

#include <algorithm>

namespace gregor::fuzz {
namespace {

constexpr std::size_t files_max = 24;
constexpr std::size_t acts_max = 24;

bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace

Archive unpack(Input input) {
  Archive archive{input.u8(), input.u8(), input.u8(), {}, {}};
  for (std::size_t left = std::min<std::size_t>(input.u8(), acts_max); left > 0; --left) {
    const std::uint8_t kind = input.u8();
    archive.acts.push_back({kind, input.u8()});
  }
  while (!input.empty() && archive.files.size() < files_max) {
    const std::string name(base::as_text(input.take(input.u8())));
    const base::BytesView content = input.take(input.number(3));
    if (is_file_name(name)) archive.files[name] = base::to_bytes(content);
  }
  return archive;
}

base::Bytes pack(const Archive& archive) {
  base::Bytes input;
  append_u8(input, archive.options);
  append_u8(input, archive.recovery_point);
  append_u8(input, archive.log_start);
  append_u8(input, archive.acts.size());
  for (const Act& act : archive.acts) {
    append_u8(input, act.kind);
    append_u8(input, act.argument);
  }
  for (const auto& [name, content] : archive.files) {
    append_u8(input, name.size());
    append_text(input, name);
    append_u8(input, content.size() >> 16);
    append_u16(input, content.size());
    base::append(input, content);
  }
  return input;
}

std::vector<Act> random_acts(base::Prng& prng) {
  std::vector<Act> acts;
  for (std::uint64_t left = prng.below(acts_max); left > 0; --left)
    acts.push_back({static_cast<std::uint8_t>(prng.below(Act::kinds)),
                    static_cast<std::uint8_t>(prng.below(256))});
  return acts;
}

}  // namespace gregor::fuzz
