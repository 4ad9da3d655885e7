// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is wrong with a broker, and where it was seen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gregor::fuzz::wire {

enum class Fault {
  hang,                   // neither an answer nor a close in time
  crash,                  // takes no connections, or does not answer a plain ApiVersions
  memory_growth,          // of the process, beyond the limit
  wrong_correlation_id,   // of nothing that was asked
  malformed_answer,       // cannot be read by the schema of what was asked
  trailing_bytes,         // can be read, and goes on after its end
  out_of_order,           // while an earlier request waits
  unasked_answer,         // a second one, or one to nothing
  answered_without_acks,  // to a Produce with acks=0
  wrong_refusal,          // what is not served was served, or refused in another way than Kafka's
};
inline constexpr Fault faults[] = {Fault::hang,
                                   Fault::crash,
                                   Fault::memory_growth,
                                   Fault::wrong_correlation_id,
                                   Fault::malformed_answer,
                                   Fault::trailing_bytes,
                                   Fault::out_of_order,
                                   Fault::unasked_answer,
                                   Fault::answered_without_acks,
                                   Fault::wrong_refusal};

// "wrong-correlation-id"
std::string_view name_of(Fault fault);
// "an answer with a correlation id that nobody gave", for people.
std::string_view meaning_of(Fault fault);

struct Verdict {
  Fault fault;
  std::string detail;
  std::size_t request = 0;  // of the conversation: the one that shows it
};

}  // namespace gregor::fuzz::wire
