// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One handler for each alternative of a variant: std::visit(Overloaded{[](A) { … }, [](B) { … }},
// variant).
#pragma once

namespace gregor::base {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace gregor::base
