// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The page of a space-time diagram (space_time_page.html), which draws what it is given as JSON:
//
//   from, to     µs: what is there of the world
//   left_out     how many messages and marks before `from` are not there
//   lanes        [{host, name}]
//   violations   [[at, text]]
//   shades       [[host, begin, end, what]]
//   names        of messages
//   messages     [[from, to, begin, end, number of its name, 1 if lost + 2 if an answer, text]]
//   marks        [[host, at, kind, text]]
#pragma once

#include <string>
#include <string_view>

namespace gregor::simulation {

std::string page_around(std::string_view world);

}  // namespace gregor::simulation
