// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "security/scram_credential.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/assert.h"
#include "base/base64.h"
#include "base/parse_number.h"

namespace gregor::security {

using base::Bytes;
using base::BytesView;

namespace {

const EVP_MD* hash_of(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::sha_256 ? EVP_sha256() : EVP_sha512();
}

const unsigned char* data_of(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Bytes hmac(ScramMechanism mechanism, BytesView key, std::string_view text) {
  ASSERT(key.size() <= std::numeric_limits<int>::max());
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  const unsigned char* const made = HMAC(
      hash_of(mechanism), key.data(), static_cast<int>(key.size()), data_of(base::as_bytes(text)),
      text.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
  ASSERT(made != nullptr);
  out.resize(size);
  return out;
}

Bytes digest(ScramMechanism mechanism, BytesView bytes) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                 hash_of(mechanism), nullptr);
  ASSERT(done == 1);
  out.resize(size);
  return out;
}

auto broken() {
  // Not a word of the text itself: it may get into a log.
  return model::fail(model::ErrorCode::corrupt_message, "this is no SCRAM credential");
}

}  // namespace

std::string_view name_of(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::sha_256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

std::optional<ScramMechanism> scram_mechanism_of(std::int8_t number) {
  for (const ScramMechanism mechanism : scram_mechanisms)
    if (static_cast<std::int8_t>(mechanism) == number) return mechanism;
  return std::nullopt;
}

ScramCredential scram_credential(ScramMechanism mechanism, BytesView salt,
                                 BytesView salted_password, std::int32_t iterations) {
  return {.salt = base::to_bytes(salt),
          .stored_key = digest(mechanism, hmac(mechanism, salted_password, "Client Key")),
          .server_key = hmac(mechanism, salted_password, "Server Key"),
          .iterations = iterations};
}

std::string to_text(const ScramCredential& credential) {
  return "salt=" + base::to_base64(credential.salt) +
         ",stored_key=" + base::to_base64(credential.stored_key) +
         ",server_key=" + base::to_base64(credential.server_key) +
         ",iterations=" + std::to_string(credential.iterations);
}

model::Result<ScramCredential> scram_credential_of(std::string_view text) {
  std::map<std::string_view, std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string_view part = text.substr(from, end - from);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return broken();
    if (!parts.emplace(part.substr(0, equals), part.substr(equals + 1)).second) return broken();
    from = end + 1;
  }
  constexpr std::array<std::string_view, 4> names = {"salt", "stored_key", "server_key",
                                                     "iterations"};
  const bool all = std::ranges::all_of(names, [&](auto name) { return parts.contains(name); });
  if (!all || parts.size() != names.size()) return broken();
  ScramCredential out;
  for (const auto& [name, place] :
       {std::pair{"salt", &out.salt}, std::pair{"stored_key", &out.stored_key},
        std::pair{"server_key", &out.server_key}}) {
    auto bytes = base::from_base64(parts[name]);
    if (!bytes) return broken();
    *place = std::move(*bytes);
  }
  out.iterations = base::parse_number<std::int32_t>(parts["iterations"]).value_or(0);
  if (out.iterations <= 0) return broken();
  return out;
}

}  // namespace gregor::security
