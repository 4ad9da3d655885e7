// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is sent, from a seed: conversations, each of its own number, so that one can be repeated
// without those before it. Pure: the same seed, number, broker's versions and number of topic ids
// give the same bytes (but for the ids themselves, which each run learns anew).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/prng.h"
#include "fuzz/messages.h"
#include "fuzz/wire/limits.h"
#include "fuzz/wire/served.h"
#include "protocol/api_table.h"

namespace gregor::fuzz::wire {

enum class Kind {
  probe,             // ApiVersions, as every client begins: to be answered whatever came before
  plausible,         // sound, with names and numbers that mean something
  extreme,           // sound by the schema, with any value in any field
  changed,           // plausible, and one field is another
  damaged,           // bits, cuts, repeats; the size is right
  inflated,          // a length or a count that is not paid for
  unserved_version,  // of an API that is served
  unknown_api,
  wrong_size,  // ends the conversation: what follows could not be told from it
  stranger,    // another protocol
};
inline constexpr std::size_t kinds = 10;
std::string_view name_of(Kind kind);

struct Request {
  Kind kind;
  std::string name;   // "Fetch version 12": what it was before it was damaged
  base::Bytes bytes;  // the size included
};

struct Conversation {
  std::uint64_t number = 0;
  std::vector<Request> requests{};
  // The most that is handed to the socket at once; 0: as much as it takes.
  std::size_t piece_bytes = 0;
};

class Traffic {
 public:
  Traffic(std::uint64_t seed, Served served, Limits limits, Vocabulary vocabulary);

  [[nodiscard]] Conversation conversation(std::uint64_t number) const;
  // ApiVersions alone, in the oldest version that the broker has.
  [[nodiscard]] Conversation probe() const;

 private:
  struct Choice {
    const protocol::Api* api;
    protocol::Versions versions;  // that both sides have
  };
  class Writer;

  std::uint64_t seed_;
  Served served_;
  Limits limits_;
  Vocabulary vocabulary_;
  std::vector<Choice> apis_;
};

}  // namespace gregor::fuzz::wire
