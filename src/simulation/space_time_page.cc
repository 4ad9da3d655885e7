// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/space_time_page.h"

#include "base/assert.h"

namespace gregor::simulation {
namespace {

constexpr std::string_view page =
#include "simulation/space_time_page.inc"
    ;
constexpr std::string_view place = "WORLD_GOES_HERE";

}  // namespace

std::string page_around(std::string_view world) {
  const std::size_t at = page.find(place);
  ASSERT(at != std::string_view::npos);
  return std::string(page.substr(0, at)).append(world).append(page.substr(at + place.size()));
}

}  // namespace gregor::simulation
