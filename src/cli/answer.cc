// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/ranges.h"
#include "cli/command.h"
#include "server/log_sink.h"

namespace gregor::cli {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string to_text(const model::Error& error) {
  const std::string name = model::name_of(error.code);
  return error.detail.empty() ? name : fmt::format("{}: {}", name, error.detail);
}

Json to_json(const model::Error& error) {
  return {{"code", model::name_of(error.code)}, {"message", error.detail}};
}

int fail_with(const model::Error& error) {
  complain(to_text(error));
  return exit_failed;
}

int usage_error(const std::string& text) {
  complain(text);
  return exit_usage;
}

void Answer::add(Json item, std::string_view text) {
  items_.push_back(std::move(item));
  if (!json_ && !text.empty()) print(text);
}

void Answer::add_row(Json item, std::vector<std::string> cells) {
  items_.push_back(std::move(item));
  rows_.push_back(std::move(cells));
}

void Answer::add_failure(Json item, std::string_view what, const model::Error& error) {
  failed_ = true;
  item["error"] = to_json(error);
  items_.push_back(std::move(item));
  complain(fmt::format("{}: {}", what, to_text(error)));
}

int Answer::finish() {
  if (json_) {
    Json document = {{"_command", command_}, {"_version", 1}};
    document.update(more_);
    document[list_] = std::move(items_);
    print(document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    print_table();
  }
  // What nobody can read is a failure, too: a full disk, a closed pipe.
  if (std::fflush(stdout) != 0) failed_ = true;
  return failed_ ? exit_failed : exit_ok;
}

void Answer::print_table() const {
  if (rows_.empty()) return;
  auto widths = base::mapped(columns_, [](const auto& name) { return name.size(); });
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], server::printable(row[i]).size());
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i)
      text += fmt::format("{:<{}}  ", server::printable(cells[i]), widths[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    print(text + "\n");
  };
  line(columns_);
  for (const auto& row : rows_) line(row);
}

}  // namespace gregor::cli
