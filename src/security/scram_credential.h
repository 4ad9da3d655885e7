// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a broker keeps of a user's password for SCRAM (RFC 5802, KIP-554): two keys made from it,
// from which nobody gets it back.
//
//   text := salt=B,stored_key=B,server_key=B,iterations=N     B is Base64; the form in the znodes
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "model/result.h"

namespace gregor::security {

// The numbers are the wire's.
enum class ScramMechanism : std::int8_t { sha_256 = 1, sha_512 = 2 };
inline constexpr std::array scram_mechanisms = {ScramMechanism::sha_256, ScramMechanism::sha_512};

std::string_view name_of(ScramMechanism mechanism);  // "SCRAM-SHA-256"
std::optional<ScramMechanism> scram_mechanism_of(std::int8_t number);

// What a new credential may have, as in Kafka; the salt's limit is our own.
inline constexpr std::int32_t scram_iterations_min = 4096;
inline constexpr std::int32_t scram_iterations_max = 16384;
inline constexpr std::size_t scram_salt_bytes_max = 1024;

struct ScramCredential {
  base::Bytes salt;
  base::Bytes stored_key;
  base::Bytes server_key;
  std::int32_t iterations = 0;
  friend bool operator==(const ScramCredential&, const ScramCredential&) = default;
};

// The client has salted the password already: Hi(password, salt, iterations) of RFC 5802.
ScramCredential scram_credential(ScramMechanism mechanism, base::BytesView salt,
                                 base::BytesView salted_password, std::int32_t iterations);

std::string to_text(const ScramCredential& credential);
// The parts in any order; corrupt_message for anything else than such a text.
model::Result<ScramCredential> scram_credential_of(std::string_view text);

}  // namespace gregor::security
