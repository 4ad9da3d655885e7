// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// server.properties: any text is read or refused with a sentence.
//
//   input := text
//
// What was read as properties is written and read again as the same properties; the settings that
// these make are loaded or refused.

#include <array>

#include "bytes.h"
#include "model/broker_settings.h"
#include "model/settings_properties.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

void check(std::string_view text) {
  const auto properties = model::parse_properties(text);
  if (!properties) {
    ASSERT(!properties.error().detail.empty(), "refused without a reason");
    return;
  }
  std::string written;
  for (const model::Property& property : *properties)
    written += model::property_line(property.key, property.value) + "\n";
  const auto again = model::parse_properties(written);
  ASSERT(again && again->size() == properties->size(), "what was written is not read");
  for (std::size_t i = 0; i < again->size(); ++i)
    ASSERT((*again)[i].key == (*properties)[i].key && (*again)[i].value == (*properties)[i].value,
           "read as something else: " + written);
  const auto loaded = model::broker_settings_from(model::to_setting_map(*properties).map);
  ASSERT(loaded || !loaded.error().detail.empty(), "refused without a reason");
}

constexpr std::array<std::string_view, 16> lines{
    "broker.id=1\n",
    "listeners=PLAINTEXT://:9092,INTERNAL://127.0.0.1:9093\n",
    "listener.security.protocol.map = INTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT\n",
    "inter.broker.listener.name=INTERNAL\n",
    "log.dirs=/a,/b\n",
    "num.partitions : 3\n",
    "log.retention.hours=168\n",
    "log.segment.bytes=1073741824\n",
    "# a comment\n",
    "zookeeper.connect=localhost:2181\n",
    "process.roles=broker,controller\n",
    "log.cleanup.policy=compact,\\\n   delete\n",
    "max.connections.per.ip.overrides=127.0.0.1:5\n",
    "compression.type=\\u007Astd\n",
    "advertised.listeners=PLAINTEXT://[::1]:9092\n",
    "unknown.key=\\t x\n"};

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  base::Bytes input;
  for (std::uint64_t left = 1 + prng.below(8); left > 0; --left)
    append_text(input, lines[prng.below(lines.size())]);
  return input;
}

void change_input(base::Bytes& input, base::Prng& prng) {
  if (prng.chance(1, 2)) return disturb(input, prng);
  const std::string_view line = lines[prng.below(lines.size())];
  const auto at = static_cast<std::ptrdiff_t>(prng.below(input.size() + 1));
  const base::BytesView bytes = base::as_bytes(line);
  input.insert(input.begin() + at, bytes.begin(), bytes.end());
}

std::vector<base::Bytes> golden_inputs(const std::string&) { return {}; }

std::size_t allocation_bytes_max(std::size_t input_bytes) {
  return (std::size_t{1} << 20) + input_bytes * 64;
}

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  fuzz::check(base::as_text(fuzz::Input(data, size).rest()));
  return 0;
}
