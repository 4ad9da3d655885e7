// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the tests of this folder share: the seed of random runs, a walk over all messages, and
// frames captured from real clients and brokers (testdata/pack_golden_frames.py says how they are
// kept).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "base/test_seed.h"
#include "protocol/api_table.h"
#include "protocol/schema.h"

namespace gregor::protocol {

using base::seeded_prng;

// Calls check(type, version) for every version of every message.
void for_each_message_version(auto&& check) {
  for (const MessageType* const type : all_messages()) {
    ASSERT_FALSE(type->versions.empty()) << type->name;
    for (std::int16_t version = type->versions.first; version <= type->versions.last; ++version) {
      SCOPED_TRACE(std::string(type->name) + " v" + std::to_string(version));
      check(*type, model::ApiVersion{version});
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

struct GoldenFrame {
  std::string name;
  bool is_request = false;
  const Api* api = nullptr;
  model::ApiVersion version;
  std::size_t surplus = 0;  // bytes behind the message
  base::Bytes bytes;        // without the size
};

inline std::vector<GoldenFrame> read_golden_frames() {
  std::ifstream index("testdata/golden_frames.txt");
  std::ifstream contents("testdata/golden_frames.bin", std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(contents), {});
  std::vector<GoldenFrame> frames;
  std::size_t at = 0;
  for (std::string line; std::getline(index, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::size_t size = 0;
    std::string direction;
    std::int16_t key = 0;
    std::int16_t version = 0;
    GoldenFrame frame;
    words >> size >> direction >> key >> version >> frame.surplus >> frame.name;
    frame.is_request = direction == "request";
    frame.api = find_api(model::ApiKey{key});
    frame.version = model::ApiVersion{version};
    frame.bytes = base::to_bytes(base::as_bytes(all).subspan(at, size));
    at += size;
    frames.push_back(std::move(frame));
  }
  EXPECT_EQ(at, all.size()) << "index and frames do not belong together";
  return frames;
}

}  // namespace gregor::protocol
