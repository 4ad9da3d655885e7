// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: small changes over few paths, so that they meet each other often.
#pragma once

#include <rapidcheck.h>

#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "coordination/port.h"

namespace gregor::coordination::test {

// What happens next: a multi by one of the sessions, or a session opens or ends.
struct Happening {
  enum class Kind { multi, open, end } kind = Kind::multi;
  std::size_t session = 0;  // index into the live ones, modulo their number
  std::vector<Change> changes;
};

inline std::ostream& operator<<(std::ostream& out, const Happening& happening) {
  out << (happening.kind == Happening::Kind::open  ? "open"
          : happening.kind == Happening::Kind::end ? "end"
                                                   : "multi")
      << " by " << happening.session;
  for (const Change& change : happening.changes) {
    out << "; " << change.index();
    std::visit([&](const auto& one) { out << " " << one.path; }, change);
  }
  return out;
}

inline rc::Gen<std::string> any_path() {
  return rc::gen::element<std::string>("/", "/a", "/b", "/a/x", "/a/y", "/a/x/1", "/b/x", "/b/x/1",
                                       "/bad/", "/a/x/s_");
}
inline rc::Gen<std::int32_t> any_expectation() {
  return rc::gen::weightedOneOf<std::int32_t>(
      {{3, rc::gen::just(any_version)}, {2, rc::gen::inRange<std::int32_t>(0, 3)}});
}

inline rc::Gen<Change> any_change() {
  const auto create = rc::gen::map(
      rc::gen::tuple(any_path(), rc::gen::inRange(0, 4), rc::gen::arbitrary<std::string>()),
      [](const auto& t) -> Change {
        return Create{std::get<0>(t), std::get<2>(t), static_cast<CreateMode>(std::get<1>(t))};
      });
  const auto remove =
      rc::gen::map(rc::gen::pair(any_path(), any_expectation()),
                   [](const auto& t) -> Change { return Remove{t.first, t.second}; });
  const auto set =
      rc::gen::map(rc::gen::tuple(any_path(), rc::gen::arbitrary<std::string>(), any_expectation()),
                   [](const auto& t) -> Change {
                     return SetData{std::get<0>(t), std::get<1>(t), std::get<2>(t)};
                   });
  const auto check = rc::gen::map(rc::gen::pair(any_path(), any_expectation()),
                                  [](const auto& t) -> Change { return Check{t.first, t.second}; });
  return rc::gen::weightedOneOf<Change>({{6, create}, {3, remove}, {3, set}, {1, check}});
}

}  // namespace gregor::coordination::test

template <>
struct rc::Arbitrary<gregor::coordination::test::Happening> {
  static Gen<gregor::coordination::test::Happening> arbitrary() {
    using gregor::coordination::test::Happening;
    return gen::build<Happening>(
        gen::set(&Happening::kind,
                 gen::weightedElement<Happening::Kind>({{12, Happening::Kind::multi},
                                                        {2, Happening::Kind::open},
                                                        {1, Happening::Kind::end}})),
        gen::set(&Happening::session, gen::inRange<std::size_t>(0, 4)),
        gen::set(&Happening::changes,
                 gen::mapcat(gen::inRange<std::size_t>(0, 4), [](std::size_t count) {
                   return gen::container<std::vector<gregor::coordination::Change>>(
                       count, gregor::coordination::test::any_change());
                 })));
  }
};
