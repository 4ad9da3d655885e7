// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: a model of a correct cluster that writes valid histories. Every operation takes effect
// at one instant between its invocation and its completion; chance decides the instants.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/prng.h"
#include "jepsen/checkers/history.h"

namespace gregor::jepsen {

inline std::string key_name(std::size_t key) { return "t-" + std::to_string(key); }

// Gives calls their places in a history, in their order but for so many exchanges of neighbours:
// Call has `invoked` and `completed`, counted from 1.
template <class Call>
void place_calls(std::vector<Call>& calls, base::Prng& prng, std::size_t swaps) {
  std::vector<Position> places(2 * calls.size());
  std::iota(places.begin(), places.end(), 1);
  for (; swaps > 0; --swaps) {
    const std::size_t a = prng.below(places.size() - 1);
    std::swap(places[a], places[a + 1]);
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    calls[i].invoked = std::min(places[2 * i], places[2 * i + 1]);
    calls[i].completed = std::max(places[2 * i], places[2 * i + 1]);
  }
}

class Model {
 public:
  static constexpr std::size_t keys = 2;
  using Records = std::vector<std::pair<std::int64_t, std::int64_t>>;  // offset, value

  explicit Model(std::uint64_t seed) : prng_(seed) {}

  std::vector<Entry> run(int steps) {
    for (int i = 0; i < steps; ++i) advance(clients_[prng_.below(clients_.size())]);
    for (Client& client : clients_)
      while (client.phase != 0) advance(client);
    for (std::size_t key = 0; key < keys; ++key) final_poll(key);
    return std::move(entries_);
  }

  [[nodiscard]] const Records& records(std::size_t key) const { return logs_[key]; }
  [[nodiscard]] std::int64_t end(std::size_t key) const { return ends_[key]; }

 private:
  struct Client {
    std::int32_t process = 0;
    int phase = 0;  // 0 idle, 1 invoked, 2 took effect
    Entry entry;
    Type outcome = Type::ok;
    std::array<std::size_t, keys> at{};  // how many records it has read
    std::array<std::size_t, keys> at_before{};
  };

  void advance(Client& client) {
    if (client.phase == 0)
      invoke(client);
    else if (client.phase == 1)
      take_effect(client);
    else
      complete(client);
    client.phase = (client.phase + 1) % 3;
  }

  EntryMicro send() { return {Kind::send, key_name(prng_.below(keys)), nothing, next_value_++}; }

  void invoke(Client& client) {
    Entry& entry = client.entry;
    entry = Entry{};
    entry.process = client.process;
    client.outcome = Type::ok;
    switch (prng_.below(6)) {
      case 0:
      case 1:
        entry.function = Function::send;
        entry.micros = {send()};
        break;
      case 2:
        entry.function = Function::txn;
        for (std::size_t key = 0; key < keys; ++key)
          entry.micros.push_back({Kind::send, key_name(key), nothing, next_value_++});
        break;
      case 3:
        entry.function = Function::poll;
        break;
      case 4:
        entry.function = Function::list_offsets;
        break;
      default:
        entry.function = Function::assign;
    }
    const bool writes = !entry.micros.empty();
    if (writes && prng_.chance(1, 8)) client.outcome = Type::fail;
    if (writes && prng_.chance(1, 8)) client.outcome = Type::info;
    entries_.push_back(entry);
  }

  void take_effect(Client& client) {
    Entry& entry = client.entry;
    client.at_before = client.at;
    std::vector<EntryMicro> seen;
    if (entry.function == Function::poll || entry.function == Function::txn) poll(client, seen);
    const bool applied =
        client.outcome == Type::ok || (client.outcome == Type::info && prng_.chance(1, 2));
    for (EntryMicro& micro : entry.micros) {
      const std::size_t key = micro.key == key_name(0) ? 0 : 1;
      if (!applied) continue;
      logs_[key].emplace_back(ends_[key], micro.value);
      if (client.outcome == Type::ok) micro.offset = ends_[key];
      ends_[key] += entry.function == Function::txn ? 2 : 1;  // a marker follows
    }
    const std::size_t key = prng_.below(keys);
    if (entry.function == Function::list_offsets)
      seen = {{Kind::end, key_name(key), ends_[key], nothing}};
    if (entry.function == Function::assign) client.at[key] = prng_.below(logs_[key].size() + 1);
    entry.micros.insert(entry.micros.begin(), seen.begin(), seen.end());
  }

  void poll(Client& client, std::vector<EntryMicro>& seen) {
    for (std::size_t key = 0; key < keys; ++key)
      for (std::uint64_t n = prng_.below(4); n > 0 && client.at[key] < logs_[key].size(); --n) {
        const auto& [offset, value] = logs_[key][client.at[key]++];
        seen.push_back({Kind::poll, key_name(key), offset, value});
      }
  }

  void complete(Client& client) {
    client.entry.type = client.outcome;
    if (client.outcome == Type::fail) client.at = client.at_before;
    entries_.push_back(client.entry);
    if (client.outcome != Type::info) return;
    // Jepsen's way: a process whose fate is unknown is not heard of again.
    client.process += 1000;
    client.at = {};
  }

  void final_poll(std::size_t key) {
    Entry entry;
    entry.process = 100;
    entry.function = Function::poll;
    entries_.push_back(entry);
    entry.type = Type::ok;
    for (const auto& [offset, value] : logs_[key])
      entry.micros.push_back({Kind::poll, key_name(key), offset, value});
    entries_.push_back(entry);
  }

  base::Prng prng_;
  std::array<Client, 4> clients_{
      Client{.process = 0, .entry = {}}, Client{.process = 1, .entry = {}},
      Client{.process = 2, .entry = {}}, Client{.process = 3, .entry = {}}};
  std::array<Records, keys> logs_;
  std::array<std::int64_t, keys> ends_{};
  std::int64_t next_value_ = 1;
  std::vector<Entry> entries_;
};

inline History build(const std::vector<Entry>& entries) {
  HistoryBuilder builder;
  for (const Entry& entry : entries) {
    const auto wrong = builder.add(entry);
    ASSERT(!wrong, *wrong);
  }
  return std::move(builder).finish();
}

}  // namespace gregor::jepsen
