// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How failure is reported: as a value that carries the wire's error code and a sentence for people.
// Nothing that comes from outside may be reported in any other way; exceptions stay inside adapters
// of libraries.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "model/error_code.h"

namespace gregor::model {

struct Error {
  ErrorCode code;
  std::string detail;  // what was wrong, with the numbers; no final full stop; may be empty
  friend bool operator==(const Error&, const Error&) = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

// return fail(ErrorCode::corrupt_message, "batch at 4096: checksum 1, computed 2");
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string detail = {}) {
  return std::unexpected(Error{code, std::move(detail)});
}

// Hands an error on from one Result type to another: if (!r) return fail(r.error());
[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

}  // namespace gregor::model
