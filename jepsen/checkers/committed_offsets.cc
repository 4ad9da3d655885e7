// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/checkers/committed_offsets.h"

#include <algorithm>
#include <map>

#include "base/ranges.h"

namespace gregor::jepsen {
namespace {

// The commit of a value, or the beginning of everything, and the fetches that saw it.
struct Cluster {
  std::int64_t value = nothing;
  bool written = false;
  Position write_invoked = 0;
  Position first_completion = never;  // somebody knew then that it was there
  Position last_invocation = 0;       // … and somebody saw it who asked as late as that
  std::uint32_t first_operation = 0;
  std::uint32_t last_operation = 0;
  bool seen = false;
  std::uint32_t first_reader = 0;
  Position first_reader_completed = never;

  // A forward zone: from first_completion to last_invocation the register holds this value and no
  // other. Else the value can have been there for a mere moment in between.
  [[nodiscard]] bool forward() const { return first_completion < last_invocation; }
  [[nodiscard]] Position low() const { return std::min(first_completion, last_invocation); }
  [[nodiscard]] Position high() const { return std::max(first_completion, last_invocation); }

  void take(std::uint32_t number, Position invoked, Position completed) {
    if (completed < first_completion) {
      first_completion = completed;
      first_operation = number;
    }
    if (invoked >= last_invocation) {
      last_invocation = invoked;
      last_operation = number;
    }
  }
};

class RegisterCheck {
 public:
  RegisterCheck(const History& history, const std::vector<std::uint32_t>& numbers,
                Findings& findings)
      : history_(history), findings_(findings) {
    clusters_[nothing].written = true;
    clusters_[nothing].first_completion = 0;
    for (const std::uint32_t number : numbers) take(history.micros[number]);
  }

  void run(const std::string& key) {
    key_ = key;
    if (repeated_) {
      findings_.add_unknown(key + ": a value is committed more than once");
      return;
    }
    std::erase_if(clusters_, [&](const auto& entry) { return is_no_part(entry.second); });
    compare_zones();
  }

 private:
  void take(const Micro& micro) {
    const Operation& operation = history_.operation_of(micro);
    if (micro.kind() == Kind::commit && operation.outcome != Outcome::fail) {
      Cluster& cluster = clusters_[micro.offset];
      repeated_ = repeated_ || cluster.written;
      cluster.written = true;
      cluster.write_invoked = operation.invoked;
      cluster.take(micro.operation, operation.invoked, operation.acknowledged());
    } else if (micro.kind() == Kind::fetched && operation.outcome == Outcome::ok) {
      Cluster& cluster = clusters_[micro.offset];
      cluster.seen = true;
      if (operation.completed < cluster.first_reader_completed) {
        cluster.first_reader_completed = operation.completed;
        cluster.first_reader = micro.operation;
      }
      cluster.take(micro.operation, operation.invoked, operation.completed);
    }
    clusters_[micro.offset].value = micro.offset;
  }

  // A value that nobody can have seen rightly, or that need never have been there.
  bool is_no_part(const Cluster& cluster) {
    if (cluster.seen && !cluster.written) {
      findings_.add({"phantom-offset",
                     key_,
                     std::to_string(cluster.value) + " was fetched and never committed",
                     {cluster.first_reader}});
      return true;
    }
    if (cluster.seen && cluster.first_reader_completed < cluster.write_invoked) {
      findings_.add({"phantom-offset",
                     key_,
                     std::to_string(cluster.value) + " was fetched before it was committed",
                     {cluster.first_reader}});
      return true;
    }
    return cluster.first_completion == never;  // an unknown outcome that nobody saw
  }

  void compare_zones() {
    std::vector<const Cluster*> order;
    order.reserve(clusters_.size());
    for (const auto& [value, cluster] : clusters_) order.push_back(&cluster);
    std::ranges::sort(order, {}, [](const Cluster* cluster) { return cluster->low(); });
    const Cluster* reaching = nullptr;  // the forward zone that reaches furthest so far
    for (const Cluster* cluster : order) {
      const bool overlaps = reaching != nullptr && cluster->low() < reaching->high() &&
                            (cluster->forward() || cluster->high() < reaching->high());
      if (overlaps) report(*reaching, *cluster);
      if (cluster->forward() && (reaching == nullptr || cluster->high() > reaching->high()))
        reaching = cluster;
    }
  }

  void report(const Cluster& outer, const Cluster& inner) {
    const bool lost = outer.value == nothing || inner.value == nothing;
    const auto name = [](std::int64_t value) {
      return value == nothing ? std::string("nothing") : std::to_string(value);
    };
    std::vector<std::uint32_t> operations;
    for (const Cluster* cluster : {&outer, &inner})
      for (const std::uint32_t number : {cluster->first_operation, cluster->last_operation})
        if ((cluster->value != nothing || number == cluster->last_operation) &&
            !base::contains(operations, number))
          operations.push_back(number);
    findings_.add({lost ? "offset-lost" : "offset-regress", key_,
                   name(outer.value) + " was there before and after " + name(inner.value) +
                       ", or both were there at one time",
                   std::move(operations)});
  }

  const History& history_;
  Findings& findings_;
  std::string key_;
  std::map<std::int64_t, Cluster> clusters_;
  bool repeated_ = false;
};

}  // namespace

void check_committed_offsets(const History& history,
                             const std::vector<std::vector<std::uint32_t>>& by_key,
                             Findings& findings) {
  for (std::size_t key = 0; key < by_key.size(); ++key) {
    const bool judged = std::ranges::any_of(by_key[key], [&](std::uint32_t number) {
      const Kind kind = history.micros[number].kind();
      return kind == Kind::commit || kind == Kind::fetched;
    });
    if (judged) RegisterCheck(history, by_key[key], findings).run(history.keys[key]);
  }
}

}  // namespace gregor::jepsen
