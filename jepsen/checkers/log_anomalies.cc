// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/log_anomalies.h"

#include <algorithm>
#include <utility>

namespace gregor::jepsen {
namespace {

using Numbers = std::vector<std::uint32_t>;

// One partition: its sends and reads by offset and by value.
class LogCheck {
 public:
  LogCheck(const History& history, const Numbers& all, std::vector<bool>& seen, Findings& findings)
      : history_(history), seen_(seen), findings_(findings) {
    for (const std::uint32_t number : all) {
      const Kind kind = micro(number).kind();
      if (kind == Kind::send || kind == Kind::poll) numbers_.push_back(number);
    }
  }

  void run() {
    if (numbers_.empty()) return;
    by_offset();
    sort(numbers_, [&](std::uint32_t n) {
      return std::pair(micro(n).value, static_cast<std::int64_t>(micro(n).kind()));
    });
    for_each_value([&](Numbers::iterator from, Numbers::iterator to) {
      const auto reads = std::find_if(from, to, [&](auto n) { return is_read(n); });
      if (reads != to) reach_ = std::max(reach_, first_offset(reads, to));
    });
    for_each_value([&](Numbers::iterator from, Numbers::iterator to) { one_value(from, to); });
  }

 private:
  [[nodiscard]] const Micro& micro(std::uint32_t number) const { return history_.micros[number]; }
  [[nodiscard]] const Operation& operation(std::uint32_t number) const {
    return history_.operation_of(micro(number));
  }
  [[nodiscard]] bool is_read(std::uint32_t number) const {
    return micro(number).kind() == Kind::poll;
  }
  // Does this place its value in the log? A failed send does not, whatever it says.
  [[nodiscard]] bool places(std::uint32_t number) const {
    return micro(number).offset != nothing &&
           (is_read(number) || operation(number).outcome == Outcome::ok);
  }
  void report(const char* name, std::string what, Numbers operations) {
    findings_.add(
        {name, history_.keys[micro(numbers_.front()).key], std::move(what), std::move(operations)});
  }

  [[nodiscard]] std::int64_t first_offset(Numbers::iterator from, Numbers::iterator to) const {
    std::int64_t least = micro(*from).offset;
    for (auto at = from; at != to; ++at) least = std::min(least, micro(*at).offset);
    return least;
  }

  template <class Visit>
  void for_each_value(Visit visit) {
    for (auto from = numbers_.begin(); from != numbers_.end();) {
      auto to = from;
      while (to != numbers_.end() && micro(*to).value == micro(*from).value) ++to;
      visit(from, to);
      from = to;
    }
  }

  // By what `key_of` makes of each, and then by number. The keys stand beside each other: there are
  // millions.
  template <class KeyOf>
  static void sort(Numbers& numbers, KeyOf key_of) {
    std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::uint32_t>> keyed;
    keyed.reserve(numbers.size());
    for (const std::uint32_t number : numbers) keyed.emplace_back(key_of(number), number);
    std::ranges::sort(keyed);
    std::ranges::transform(keyed, numbers.begin(), [](const auto& one) { return one.second; });
  }

  void by_offset() {
    Numbers placed;
    std::ranges::copy_if(numbers_, std::back_inserter(placed), [&](auto n) { return places(n); });
    sort(placed, [&](std::uint32_t n) { return std::pair(micro(n).offset, micro(n).value); });
    for (std::size_t i = 1; i < placed.size(); ++i) {
      const Micro& before = micro(placed[i - 1]);
      const Micro& here = micro(placed[i]);
      if (before.offset == here.offset && before.value != here.value)
        report("inconsistent-offsets",
               "offset " + std::to_string(here.offset) + " holds " + std::to_string(before.value) +
                   " and " + std::to_string(here.value),
               {before.operation, here.operation});
    }
  }

  // [from, to): everything of one value, sends first.
  void one_value(Numbers::iterator from, Numbers::iterator to) {
    const auto reads = std::find_if(from, to, [&](auto n) { return is_read(n); });
    const std::string value = std::to_string(micro(*from).value);
    duplicates(from, to, value);
    if (reads == from) {
      report("phantom", "value " + value + " was read and never sent", {micro(*reads).operation});
      return;
    }
    const Micro& send = micro(*from);
    for (auto r = reads; r != to; ++r) {
      if (operation(*from).outcome == Outcome::fail && operation(*r).outcome == Outcome::ok)
        report("G1a", "value " + value + " of a failed operation was read",
               {send.operation, micro(*r).operation});
      if (micro(*r).operation == send.operation)
        report("precommitted-read", "value " + value + " was read by the transaction that wrote it",
               {send.operation});
    }
    for (auto s = from; s != reads; ++s) seen_[*s] = reads != to;
    if (reads == to && operation(*from).outcome == Outcome::ok) unread(send, value);
  }

  void unread(const Micro& send, const std::string& value) {
    if (send.offset != nothing && send.offset <= reach_)
      report("lost-write",
             "value " + value + " was acknowledged at offset " + std::to_string(send.offset) +
                 ", readers got to " + std::to_string(reach_) + ", none saw it",
             {send.operation});
    else
      report("unseen", "value " + value + " was acknowledged and never read", {send.operation});
  }

  void duplicates(Numbers::iterator from, Numbers::iterator to, const std::string& value) {
    std::uint32_t first = never;
    for (auto at = from; at != to; ++at) {
      if (!places(*at)) continue;
      if (first == never) {
        first = *at;
      } else if (micro(first).offset != micro(*at).offset) {
        report("duplicate",
               "value " + value + " is at offsets " + std::to_string(micro(first).offset) +
                   " and " + std::to_string(micro(*at).offset),
               {micro(first).operation, micro(*at).operation});
        return;
      }
    }
  }

  const History& history_;
  Numbers numbers_;
  std::vector<bool>& seen_;  // by micro: a send whose value somebody read
  Findings& findings_;
  // The greatest first offset of a value that was read: whatever lies below was passed by a reader.
  std::int64_t reach_ = nothing;
};

// How far readers got in each partition.
std::vector<std::int64_t> reaches(const History& history) {
  std::vector<std::int64_t> reach(history.keys.size(), nothing);
  for (const Micro& micro : history.micros)
    if (micro.kind() == Kind::poll) reach[micro.key] = std::max(reach[micro.key], micro.offset);
  return reach;
}

// A transaction of which a part was read, and another part was passed by or can never come.
void check_torn(const History& history, const std::vector<bool>& seen, Findings& findings) {
  const std::vector<std::int64_t> reach = reaches(history);
  for (std::uint32_t number = 0; number < history.operations.size(); ++number) {
    const Operation& operation = history.operations[number];
    if (operation.function != Function::txn || operation.outcome == Outcome::fail) continue;
    const Micro* read = nullptr;
    const Micro* missing = nullptr;
    for (std::uint32_t i = operation.first; i < operation.first + operation.count; ++i) {
      const Micro& micro = history.micros[i];
      if (micro.kind() != Kind::send) continue;
      if (seen[i]) read = &micro;
      if (!seen[i] && micro.offset != nothing && micro.offset < reach[micro.key]) missing = &micro;
    }
    if (read != nullptr && missing != nullptr)
      findings.add({"torn-txn",
                    history.keys[missing->key],
                    "value " + std::to_string(read->value) + " in " + history.keys[read->key] +
                        " was read, value " + std::to_string(missing->value) +
                        " of the same transaction is missing",
                    {number}});
  }
}

struct Use {
  std::uint32_t key;
  std::int64_t offset;
  std::uint32_t operation;
  friend auto operator<=>(const Use&, const Use&) = default;
};

// An input from which two committed outputs were made.
void check_exactly_once(const History& history, Findings& findings) {
  std::vector<Use> uses;
  for (const Micro& micro : history.micros)
    if (micro.kind() == Kind::source && history.operation_of(micro).outcome == Outcome::ok)
      uses.push_back({micro.key, micro.offset, micro.operation});
  std::ranges::sort(uses);
  for (std::size_t i = 1; i < uses.size(); ++i)
    if (uses[i].key == uses[i - 1].key && uses[i].offset == uses[i - 1].offset)
      findings.add({"eos-dup",
                    history.keys[uses[i].key],
                    "offset " + std::to_string(uses[i].offset) +
                        " went into two committed transactions, or twice into one",
                    {uses[i - 1].operation, uses[i].operation}});
}

}  // namespace

void check_logs(const History& history, const std::vector<std::vector<std::uint32_t>>& by_key,
                Findings& findings) {
  std::vector<bool> seen(history.micros.size());
  for (const Numbers& numbers : by_key) LogCheck(history, numbers, seen, findings).run();
  check_torn(history, seen, findings);
  check_exactly_once(history, findings);
}

}  // namespace gregor::jepsen
