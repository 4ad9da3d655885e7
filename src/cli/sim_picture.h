// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor sim --html FILE`: the space-time diagram of a world, also of one that a broken invariant
// aborts.
#pragma once

#include <string>

#include "simulation/space_time.h"

namespace gregor::cli {

// One at a time. From its making on an abort of this process writes the file first.
class SimPicture {
 public:
  SimPicture(std::string file, std::string title);
  ~SimPicture();
  SimPicture(const SimPicture&) = delete;
  SimPicture& operator=(const SimPicture&) = delete;

  simulation::SpaceTime& diagram() { return diagram_; }
  // False if it cannot be written, which is said on stderr.
  [[nodiscard]] bool write() const;

 private:
  static void write_at_abort(int signal);

  const std::string file_;
  simulation::SpaceTime diagram_;
};

}  // namespace gregor::cli
