// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A space-time diagram of a world, as a page that a browser shows without any network: a lane for
// each broker, the coordination service, each client and the faults; lines from lane to lane for
// what was sent; marks for elections, changes of ISRs, high watermarks and what was logged; shades
// for what was the matter with whom; and what was violated.
//
// The page has a limit. What came last stays, because that is where a world was violated.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulation/onlooker.h"

namespace gregor::simulation {

class SpaceTime final : public Onlooker {
 public:
  explicit SpaceTime(std::string title) : title_(std::move(title)) {}

  void joined(HostId host, std::string_view name) override;
  void said(Time at, std::string_view who, std::string_view what) override;
  void traced(Time at, std::string_view line) override;
  void passed(const FramePassage& frame) override;
  void passed(const Passage& passage, std::string_view what) override;
  void troubled(const Trouble& trouble) override { troubles_.push_back(trouble); }
  void healed(Time at) override;

  [[nodiscard]] Time now() const { return now_; }  // of what was seen last
  // Of what was seen so far. What is drawn takes at most about so many bytes.
  [[nodiscard]] std::string page(std::size_t bytes_max = std::size_t{8} << 20) const;

 private:
  // A message or a mark: a row of the page's data.
  struct Row {
    Time begin;
    Time end;
    bool is_message = false;
    std::string json;
  };
  // What was asked, until it is answered.
  using Question = std::pair<LinkId, std::int32_t>;
  struct Asked {
    std::string name;
    std::int16_t api = 0;
    std::int16_t version = 0;
  };

  void add_message(const Passage& passage, const std::string& name, bool is_answer,
                   const std::string& text);
  void add_mark(HostId host, Time at, std::string_view kind, std::string_view text);
  void enter(HostId host, Time at, std::string_view state);
  std::size_t name_number(const std::string& name);
  [[nodiscard]] nlohmann::json lanes() const;
  [[nodiscard]] nlohmann::json violations() const;
  [[nodiscard]] nlohmann::json shades() const;

  const std::string title_;
  Time now_{0};
  std::map<HostId, std::string> lanes_;
  std::map<std::string, HostId, std::less<>> hosts_;
  std::vector<Row> rows_;
  std::vector<Trouble> troubles_;
  std::map<HostId, std::size_t> states_;  // of brokers that do not serve: which trouble that is
  std::vector<std::pair<Time, std::string>> violations_;
  std::map<Question, Asked> asked_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> name_numbers_;
};

}  // namespace gregor::simulation
