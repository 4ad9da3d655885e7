// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/fault.h"

namespace gregor::fuzz::wire {

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::hang:
      return "hang";
    case Fault::crash:
      return "crash";
    case Fault::memory_growth:
      return "memory-growth";
    case Fault::wrong_correlation_id:
      return "wrong-correlation-id";
    case Fault::malformed_answer:
      return "malformed-answer";
    case Fault::trailing_bytes:
      return "trailing-bytes";
    case Fault::out_of_order:
      return "out-of-order";
    case Fault::unasked_answer:
      return "unasked-answer";
    case Fault::answered_without_acks:
      return "answered-without-acks";
    case Fault::wrong_refusal:
      return "wrong-refusal";
  }
  return "";
}

std::string_view meaning_of(Fault fault) {
  switch (fault) {
    case Fault::hang:
      return "neither an answer nor a close in time";
    case Fault::crash:
      return "no connection, or no answer to a plain ApiVersions";
    case Fault::memory_growth:
      return "the process grows beyond the limit";
    case Fault::wrong_correlation_id:
      return "an answer with a correlation id that nobody gave";
    case Fault::malformed_answer:
      return "an answer that the schema of what was asked cannot read";
    case Fault::trailing_bytes:
      return "an answer that goes on after its end";
    case Fault::out_of_order:
      return "an answer while an earlier request waits";
    case Fault::unasked_answer:
      return "a second answer, or one to nothing";
    case Fault::answered_without_acks:
      return "an answer to a Produce with acks=0";
    case Fault::wrong_refusal:
      return "what is not served is answered in another way than Kafka's";
  }
  return "";
}

}  // namespace gregor::fuzz::wire
