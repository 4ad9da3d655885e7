// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "group/topic_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <utility>

namespace gregor::group {

namespace {

re2::RE2::Options options() {
  re2::RE2::Options out;
  out.set_log_errors(false);
  out.set_max_mem(std::int64_t{1} << 20);
  return out;
}

}  // namespace

class TopicPattern::Compiled {
 public:
  explicit Compiled(const std::string& text) : expression(text, options()) {}
  re2::RE2 expression;
};

TopicPattern::TopicPattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
TopicPattern::TopicPattern(TopicPattern&&) noexcept = default;
TopicPattern& TopicPattern::operator=(TopicPattern&&) noexcept = default;
TopicPattern::~TopicPattern() = default;

model::Result<TopicPattern> TopicPattern::parse(const std::string& text) {
  auto compiled = std::make_unique<Compiled>(text);
  if (!compiled->expression.ok())
    return model::fail(
        model::ErrorCode::invalid_regular_expression,
        fmt::format("SubscribedTopicRegex `{}` is not a valid regular expression: {}.", text,
                    compiled->expression.error()));
  return TopicPattern(std::move(compiled));
}

bool TopicPattern::matches(std::string_view topic) const {
  return re2::RE2::FullMatch({topic.data(), topic.size()}, compiled_->expression);
}

}  // namespace gregor::group
