// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/recorder.h"

#include "jepsen/checkers/text_history.h"

namespace gregor::jepsen {

Recorder::Recorder(const std::filesystem::path& folder)
    : json_(folder / "history.jsonl", std::ios::binary),
      edn_(folder / "history.edn", std::ios::binary) {}

void Recorder::add(Entry entry) {
  const std::lock_guard lock(mutex_);
  entry.time = std::chrono::nanoseconds(std::chrono::steady_clock::now() - begun_).count();
  json_ << to_json_line(entry) << '\n';
  edn_ << to_edn_line(entry) << '\n';
  entries_.push_back(std::move(entry));
}

void Recorder::note(Function function, std::string what) {
  add({.type = Type::info, .function = function, .text = std::move(what)});
}

bool Recorder::finish() {
  json_.flush();
  edn_.flush();
  return json_.good() && edn_.good();
}

}  // namespace gregor::jepsen
