// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "security/scram_credential.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/base64.h"

namespace gregor::security {
namespace {

base::Bytes from_hex(std::string_view text) {
  base::Bytes out;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
  return out;
}

// The password "pencil" with the salt of RFC 7677, salted 4096 times; the keys of SHA-256 are
// those that PostgreSQL's manual shows for it.
const struct {
  ScramMechanism mechanism;
  std::string_view salted, text;
} known[] = {
    {ScramMechanism::sha_256, "c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d",
     "salt=W22ZaJ0SNY7soEsUEjb6gQ==,stored_key=WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
     "server_key=wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=,iterations=4096"},
    {ScramMechanism::sha_512,
     "f16efe1be67f1d09502ebd5ed9262fddffba5a377ab4f0b687e5ed5ba0f50686b8a4ae166476da8ab3b951d2fa92"
     "38b63998f45461bc33a464814949cec9631d",
     "salt=W22ZaJ0SNY7soEsUEjb6gQ==,stored_key=6AAub3065EYRmyFpM2RNwqK+eGnrkYuEWbXn19LsEmBqzu8QaCXN"
     "c1FwpnX9NhH2hK/60dzj9DoO5DvVkOHbvg==,server_key=jZHbYjC1aHh0/hKbxyBuGFjDrgjgKTT1esA7awWiKcRZ"
     "0o/0b1yWEebBeSVkkCFewf91nLDfKF24mvD5nmE6rA==,iterations=4096"}};

TEST(ScramCredential, IsMadeAsTheStandardSays) {
  const auto salt = base::from_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value();
  for (const auto& [mechanism, salted, text] : known) {
    const auto credential = scram_credential(mechanism, salt, from_hex(salted), 4096);
    EXPECT_EQ(to_text(credential), text);
    EXPECT_EQ(scram_credential_of(text), credential);
  }
}

TEST(ScramCredential, PartsComeInAnyOrder) {
  EXPECT_EQ(scram_credential_of("iterations=5000,server_key=AQ==,salt=,stored_key=Ag=="),
            scram_credential_of("salt=,stored_key=Ag==,server_key=AQ==,iterations=5000"));
}

TEST(ScramCredential, OtherTextsAreRefused) {
  for (const std::string_view text :
       {"", "salt", "salt=AA==", "salt=AA==,stored_key=AA==,server_key=AA==",
        "salt=AA==,stored_key=AA==,server_key=AA==,iterations=",
        "salt=AA==,stored_key=AA==,server_key=AA==,iterations=0",
        "salt=AA==,stored_key=AA==,server_key=AA==,iterations=4096 ",
        "salt=AA==,stored_key=AA==,server_key=AA==,iterations=99999999999",
        "salt=AA==,stored_key=AA==,server_key=AA==,iterations=4096,",
        "salt=AA==,stored_key=AA==,server_key=AA==,iterations=4096,more=1",
        "salt=AA==,stored_key=AA==,server=AA==,iterations=4096",
        "salt=AA==,salt=AA==,server_key=AA==,iterations=4096",
        "salt=A,stored_key=AA==,server_key=AA==,iterations=4096"}) {
    const auto read = scram_credential_of(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, model::ErrorCode::corrupt_message) << text;
  }
}

RC_GTEST_PROP(ScramCredential, TextRoundTrips,
              (const std::string& salt, const std::string& password)) {
  const auto mechanism = *rc::gen::elementOf(scram_mechanisms);
  const auto iterations = *rc::gen::inRange(scram_iterations_min, scram_iterations_max + 1);
  const auto credential =
      scram_credential(mechanism, base::as_bytes(salt), base::as_bytes(password), iterations);
  const auto read = scram_credential_of(to_text(credential));
  RC_ASSERT(read.has_value() && *read == credential);
}

}  // namespace
}  // namespace gregor::security
