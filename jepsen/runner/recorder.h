// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Writes the history of a run as it happens: one observer, whose order of lines is real time. Any
// number of threads may use it.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "jepsen/checkers/history.h"

namespace gregor::jepsen {

class Recorder {
 public:
  // Makes history.jsonl and history.edn in the folder.
  explicit Recorder(const std::filesystem::path& folder);

  // Stamps the entry with the time since the beginning and writes it.
  void add(Entry entry);
  // What the nemesis does, in words.
  void fault(std::string what) { note(Function::fault, std::move(what)); }
  void heal(std::string what) { note(Function::heal, std::move(what)); }

  // Everything so far; call it when nobody writes any more.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  // False if something could not be written.
  [[nodiscard]] bool finish();

 private:
  void note(Function function, std::string what);

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::vector<Entry> entries_;
  std::ofstream json_;
  std::ofstream edn_;
};

// The numbers of processes: one operation at a time each, and a new number after an operation whose
// outcome nobody knows, as in Jepsen. Threads 0, 1, … begin with their own number.
class ProcessNumber {
 public:
  ProcessNumber(std::int32_t thread, std::int32_t threads) : number_(thread), threads_(threads) {}
  [[nodiscard]] std::int32_t value() const { return number_; }
  void renew() { number_ += threads_; }

 private:
  std::int32_t number_;
  std::int32_t threads_;
};

}  // namespace gregor::jepsen
