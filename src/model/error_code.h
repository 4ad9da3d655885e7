// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The error codes of Kafka's wire protocol, with the protocol's names and numbers (table:
// error_code.inc).
#pragma once

#include <cstdint>
#include <string>

namespace gregor::model {

enum class ErrorCode : std::int16_t {
#define ERROR_CODE(name, number, retriable) name = (number),
#include "model/error_code.inc"
#undef ERROR_CODE
};

// The protocol's own spelling, as logs and tools print it: "OFFSET_OUT_OF_RANGE"; for a number that
// is none of these (a peer may be newer) "ERROR_<number>".
std::string name_of(ErrorCode code);

// Whether a client may repeat a request that failed with this code.
bool is_retriable(ErrorCode code);

}  // namespace gregor::model
