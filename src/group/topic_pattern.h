// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A subscription by a regular expression, in the syntax of RE2, as KIP-848 has it. A topic fits if
// the whole of its name does. Matching takes time linear in the name, and an expression that would
// need much memory is refused.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/result.h"

namespace gregor::group {

class TopicPattern {
 public:
  // invalid_regular_expression, with what is wrong.
  static model::Result<TopicPattern> parse(const std::string& text);
  TopicPattern(TopicPattern&&) noexcept;
  TopicPattern& operator=(TopicPattern&&) noexcept;
  ~TopicPattern();

  [[nodiscard]] bool matches(std::string_view topic) const;

 private:
  class Compiled;
  explicit TopicPattern(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace gregor::group
