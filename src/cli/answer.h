// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// How a command answers: a list of items, as lines or a table for people, or as one JSON document
//   {"_command": "topics", "_version": 1, "topics": […]}
// whose list is there also when it is empty. An item that failed has an "error" in the document,
// and a line on standard error.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace gregor::cli {

using Json = nlohmann::ordered_json;

class Answer {
 public:
  Answer(std::string command, std::string list, bool json)
      : command_(std::move(command)), list_(std::move(list)), json_(json) {}

  // For people: the lines that `text` holds, at once; may be empty.
  void add(Json item, std::string_view text);
  // For people: a row of the table that is printed at the end.
  void add_row(Json item, std::vector<std::string> cells);
  void set_columns(std::vector<std::string> names) { columns_ = std::move(names); }
  // `what` is who failed, for people: "topic orders".
  void add_failure(Json item, std::string_view what, const model::Error& error);
  // More than the list in the document.
  void set(const std::string& key, Json value) { more_[key] = std::move(value); }

  // Prints what is left; the exit code of the command.
  int finish();

 private:
  void print_table() const;

  std::string command_;
  std::string list_;
  bool json_;
  bool failed_ = false;
  Json items_ = Json::array();
  Json more_ = Json::object();
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "UNKNOWN_TOPIC_OR_PARTITION: there is no topic 'a'"
std::string to_text(const model::Error& error);
Json to_json(const model::Error& error);

// A command that cannot even begin: complains, exit code 1.
int fail_with(const model::Error& error);
// A command line that makes no sense: complains, exit code 2.
int usage_error(const std::string& text);

void print(std::string_view text);

}  // namespace gregor::cli
