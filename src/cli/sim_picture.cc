// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/sim_picture.h"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <utility>

#include "cli/command.h"

namespace gregor::cli {
namespace {

SimPicture* to_be_saved = nullptr;

}  // namespace

SimPicture::SimPicture(std::string file, std::string title)
    : file_(std::move(file)), diagram_(std::move(title)) {
  to_be_saved = this;
  std::signal(SIGABRT, write_at_abort);
}

SimPicture::~SimPicture() {
  std::signal(SIGABRT, SIG_DFL);
  to_be_saved = nullptr;
}

// An assertion raises it between two statements of ours, so that more may be done here than where a
// signal comes from outside.
void SimPicture::write_at_abort(int) {
  simulation::SpaceTime& diagram = to_be_saved->diagram_;
  diagram.said(diagram.now(), "check", "invariants: the world was aborted");
  if (to_be_saved->write()) complain(fmt::format("drawn in {}", to_be_saved->file_));
}

bool SimPicture::write() const {
  std::ofstream file(file_);
  file << diagram_.page();
  if (file.flush()) return true;
  complain(fmt::format("{} cannot be written", file_));
  return false;
}

}  // namespace gregor::cli
