// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A history: what clients of a cluster asked and what they saw, in the order in which a single
// observer wrote it down. Every checker is a pure function of it. The text format is in
// docs/jepsen.md; json_history.h and edn.h read it. Positions are line numbers (from 1): an
// operation that completed at a lower position than another was invoked came before it in real
// time.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gregor::jepsen {

using Position = std::uint32_t;
inline constexpr Position never = std::numeric_limits<Position>::max();
inline constexpr std::int64_t nothing = std::numeric_limits<std::int64_t>::min();  // null

enum class Function : std::uint8_t {
  send,
  poll,
  txn,
  list_offsets,
  commit,
  fetch_offset,
  assign,
  subscribe,
  crash,
  read,
  write,
  cas,
  rebalance,  // events of a consumer group: they happen at one position
  fault,      // events of the nemesis
  heal,
  other,
};

// fail: certainly had no effect. info: nobody knows, also when no completion was ever written.
enum class Outcome : std::uint8_t { ok, fail, info };

// What an operation did, or saw, of one key. `offset` and `value` mean:
enum class Kind : std::uint8_t {
  send,        // the offset of the acknowledgement or nothing; the value sent
  poll,        // the offset and the value of a record that was read
  end,         // the end of the log (the high watermark)
  stable_end,  // the end of what read_committed may see (the last stable offset)
  source,      // in a transaction: the input offset from which the output `value` was made
  commit,      // the offset committed for the group
  fetched,     // the committed offset that was fetched, or nothing
  generation,  // key: the group; offset: its generation
  assigned,    // the partition was given to the process
  revoked,     // … and taken away
  stable,      // the group's generation became stable
  read,        // registers: the value
  write,
  cas,  // offset: the value expected; value: the value written
};

struct Micro {
  std::uint32_t key : 28;
  std::uint32_t kind_number : 4;
  std::uint32_t operation;
  std::int64_t offset;
  std::int64_t value;
  [[nodiscard]] Kind kind() const { return static_cast<Kind>(kind_number); }
};

struct Operation {
  std::int64_t invoked_at = 0;  // nanoseconds since the history began
  std::int64_t completed_at = 0;
  Position invoked = 0;
  Position completed = never;  // where the completion stands, whatever its outcome
  std::uint32_t first = 0;     // its micro-operations in History::micros
  std::uint32_t count = 0;
  std::int32_t process = 0;
  Function function = Function::other;
  Outcome outcome = Outcome::info;
  // Where its effect was certain to its process.
  [[nodiscard]] Position acknowledged() const { return outcome == Outcome::ok ? completed : never; }
};

// Operations in the order of their completions, those without one at the end.
struct History {
  std::deque<Operation> operations;
  std::deque<Micro> micros;
  std::vector<std::string> keys;
  Position lines = 0;

  [[nodiscard]] const Operation& operation_of(const Micro& micro) const {
    return operations[micro.operation];
  }
};

enum class Type : std::uint8_t { invoke, ok, fail, info };

struct EntryMicro {
  Kind kind = Kind::send;
  std::string key;
  std::int64_t offset = nothing;
  std::int64_t value = nothing;
  friend bool operator==(const EntryMicro&, const EntryMicro&) = default;
};

// One line of a history.
struct Entry {
  std::int64_t time = nothing;  // nothing: the line's number is its time
  std::int32_t process = 0;
  Type type = Type::invoke;
  Function function = Function::other;
  bool has_value = true;  // a completion without a value keeps that of the invocation
  std::vector<EntryMicro> micros{};
  std::string text{};  // for people: what a nemesis did, why an operation did not succeed
  friend bool operator==(const Entry&, const Entry&) = default;
};

// Pairs invocations with completions.
class HistoryBuilder {
 public:
  // Takes the next line; a sentence when it cannot belong to a history, which is then lost.
  [[nodiscard]] std::optional<std::string> add(const Entry& entry);
  // Lines that hold nothing to check count as positions, too.
  void skip_line() { ++history_.lines; }
  [[nodiscard]] Position line() const { return history_.lines; }
  [[nodiscard]] History finish() &&;

 private:
  struct Open {
    Operation operation;
    std::vector<EntryMicro> micros;
  };
  void close(Open open);
  std::uint32_t key_id(const std::string& name);

  History history_;
  std::unordered_map<std::string, std::uint32_t> key_ids_;
  std::unordered_map<std::int32_t, Open> open_;
  std::int64_t last_time_ = std::numeric_limits<std::int64_t>::min();
};

// The micro-operations of each key, by number: what most checkers begin with.
std::vector<std::vector<std::uint32_t>> micros_by_key(const History& history);

}  // namespace gregor::jepsen
