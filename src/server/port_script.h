// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// For tests: what several sessions ask of a coordination service, and all that can be seen of what
// it does. Two services behave alike when a script leaves the same transcript with both. Zxids are
// compared by their order, sessions by the order of their opening, and times not at all.
#pragma once

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordination/port.h"
#include "coordination/random_changes.h"
#include "coordination/znode_tree.h"

namespace gregor::server::test {

// One session asks for something, all at once; or a session opens or ends.
struct PortStep {
  enum class Kind { ask, open, end } kind = Kind::ask;
  std::size_t session = 0;  // modulo the number of live ones
  std::vector<coordination::Operation> operations;
};
using PortScript = std::vector<PortStep>;

// Either of the services, driven step by step.
class PortDriver {
 public:
  using Event = std::variant<coordination::Reply, coordination::WatchFired>;
  virtual ~PortDriver() = default;
  virtual coordination::SessionId open() = 0;
  virtual void end(coordination::SessionId session) = 0;
  virtual void submit(coordination::SessionId session, coordination::Request request) = 0;
  // All that the session has been told, up to the reply with this id, which is the last.
  virtual std::vector<Event> heard(coordination::SessionId session,
                                   coordination::RequestId until) = 0;
};

// The pure tree: what it says is told at once.
class TreeDriver final : public PortDriver {
 public:
  coordination::SessionId open() override { return tree_.open_session(now_).transaction->session; }
  void end(coordination::SessionId session) override { tell(tree_.end_session(session, now_)); }
  void submit(coordination::SessionId session, coordination::Request request) override {
    auto outcome = tree_.handle(session, request, now_);
    tell(outcome);
    heard_[session].emplace_back(std::move(*outcome.reply));
  }
  std::vector<Event> heard(coordination::SessionId session, coordination::RequestId) override {
    return std::exchange(heard_[session], {});
  }

 private:
  void tell(const coordination::Outcome& outcome) {
    for (const auto& one : outcome.watches) heard_[one.session].emplace_back(one.watch);
  }
  coordination::ZnodeTree tree_;
  const model::Timestamp now_{1'000};
  std::map<coordination::SessionId, std::vector<Event>> heard_;
};

class PortTranscript {
 public:
  // Begins with one session; there are never more than three.
  PortTranscript(PortDriver& driver, const PortScript& script) : driver_(driver) {
    open();
    for (const PortStep& step : script) {
      if (step.kind == PortStep::Kind::open && live_.size() < 3) {
        open();
      } else if (step.kind == PortStep::Kind::end && live_.size() > 1) {
        const std::size_t which = step.session % live_.size();
        driver_.end(live_[which]);
        live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(which));
      } else {
        for (const auto& operation : step.operations)
          driver_.submit(live_[step.session % live_.size()], {next(), operation});
      }
      listen(step.session % live_.size());
    }
  }

  // One line an event.
  [[nodiscard]] std::string text() const {
    std::map<std::int64_t, std::size_t> ranks;
    for (const std::int64_t zxid : zxids_) ranks.emplace(zxid, ranks.size());
    std::string out;
    for (const Line& line : lines_) {
      out += line.text;
      for (const coordination::Stat& stat : line.stats)
        out += fmt::format(" czxid#{} mzxid#{} pzxid#{} version {} cversion {} children {}{}",
                           ranks.at(stat.czxid.value()), ranks.at(stat.mzxid.value()),
                           ranks.at(stat.pzxid.value()), stat.version, stat.cversion, stat.children,
                           owner(stat.ephemeral_owner));
      out += '\n';
    }
    return out;
  }

 private:
  struct Line {
    std::string text;
    std::vector<coordination::Stat> stats;
  };

  coordination::RequestId next() {
    ids_ = coordination::RequestId(ids_.value() + 1);
    return ids_;
  }
  void open() {
    live_.push_back(driver_.open());
    sessions_.emplace(live_.back(), sessions_.size());
  }
  // A last read tells of each session that it has heard everything; who asked is heard first.
  void listen(std::size_t first) {
    for (std::size_t at = 0; at < live_.size(); ++at) {
      const coordination::SessionId session = live_[(first + at) % live_.size()];
      const coordination::RequestId last = next();
      driver_.submit(session, {last, coordination::GetChildren{"/", false}});
      for (const PortDriver::Event& event : driver_.heard(session, last)) add(session, event);
    }
  }

  void add(coordination::SessionId session, const PortDriver::Event& event) {
    Line line{fmt::format("{}: ", sessions_.at(session)), {}};
    if (const auto* fired = std::get_if<coordination::WatchFired>(&event))
      line.text += fmt::format("watch {} {}", static_cast<int>(fired->kind), fired->path);
    else
      add(line, std::get<coordination::Reply>(event));
    lines_.push_back(std::move(line));
  }
  void add(Line& line, const coordination::Reply& reply) {
    line.text += fmt::format("reply {} {}", reply.id.value(), static_cast<int>(reply.status));
    if (const auto* data = std::get_if<coordination::DataReply>(&reply.content)) {
      line.text += fmt::format(" '{}'", data->data);
      add(line, data->stat);
    } else if (const auto* children = std::get_if<coordination::ChildrenReply>(&reply.content)) {
      for (const std::string& name : children->names) line.text += " " + name;
      add(line, children->stat);
    } else if (const auto* multi = std::get_if<coordination::MultiReply>(&reply.content)) {
      for (const coordination::ChangeResult& result : multi->results) {
        line.text += fmt::format(" [{} {}]", static_cast<int>(result.status), result.path);
        // The Stat of what was made and is gone again is nobody's.
        if (result.stat.version > 0) add(line, result.stat);
      }
    }
  }
  void add(Line& line, const coordination::Stat& stat) {
    line.stats.push_back(stat);
    for (const coordination::Zxid zxid : {stat.czxid, stat.mzxid, stat.pzxid})
      zxids_.insert(zxid.value());
  }
  [[nodiscard]] std::string owner(coordination::SessionId session) const {
    if (session == coordination::SessionId{}) return {};
    return fmt::format(" owner {}", sessions_.at(session));
  }

  PortDriver& driver_;
  coordination::RequestId ids_{0};
  std::vector<coordination::SessionId> live_;
  std::map<coordination::SessionId, std::size_t> sessions_;
  std::vector<Line> lines_;
  std::set<std::int64_t> zxids_;
};

inline rc::Gen<coordination::Operation> any_operation() {
  using coordination::Operation;
  namespace gen = rc::gen;
  const auto multi =
      gen::mapcat(gen::inRange<std::size_t>(1, 4), [](std::size_t count) -> rc::Gen<Operation> {
        return gen::map(
            gen::container<std::vector<coordination::Change>>(count,
                                                              coordination::test::any_change()),
            [](const auto& changes) -> Operation { return coordination::Multi{changes}; });
      });
  const auto get =
      gen::map(gen::pair(coordination::test::any_path(), gen::arbitrary<bool>()),
               [](const auto& p) -> Operation { return coordination::GetData{p.first, p.second}; });
  const auto list = gen::map(
      gen::pair(coordination::test::any_path(), gen::arbitrary<bool>()),
      [](const auto& p) -> Operation { return coordination::GetChildren{p.first, p.second}; });
  return gen::weightedOneOf<Operation>({{5, multi}, {3, get}, {2, list}});
}

inline rc::Gen<PortScript> any_script() {
  namespace gen = rc::gen;
  return gen::container<PortScript>(gen::build<PortStep>(
      gen::set(&PortStep::kind, gen::weightedElement<PortStep::Kind>({{10, PortStep::Kind::ask},
                                                                      {2, PortStep::Kind::open},
                                                                      {1, PortStep::Kind::end}})),
      gen::set(&PortStep::session, gen::inRange<std::size_t>(0, 3)),
      gen::set(&PortStep::operations,
               gen::mapcat(gen::inRange<std::size_t>(0, 5), [](std::size_t count) {
                 return gen::container<std::vector<coordination::Operation>>(count,
                                                                             any_operation());
               }))));
}

inline std::string text_of(const PortScript& script) {
  std::string out;
  for (const PortStep& step : script) {
    out += fmt::format("{} by {}:", static_cast<int>(step.kind), step.session);
    for (const auto& operation : step.operations) {
      if (const auto* get = std::get_if<coordination::GetData>(&operation))
        out += fmt::format(" get {} {};", get->path, get->watch);
      else if (const auto* list = std::get_if<coordination::GetChildren>(&operation))
        out += fmt::format(" list {} {};", list->path, list->watch);
      else
        for (const auto& change : std::get<coordination::Multi>(operation).changes)
          out += fmt::format(" {} {},", change.index(),
                             std::visit([](const auto& one) { return one.path; }, change));
    }
    out += '\n';
  }
  return out;
}

// The service against the pure tree.
inline void expect_alike(PortDriver& driver, const PortScript& script) {
  TreeDriver tree;
  const std::string expected = PortTranscript(tree, script).text();
  const std::string seen = PortTranscript(driver, script).text();
  if (seen != expected) RC_LOG() << text_of(script);
  RC_ASSERT(seen == expected);
}

}  // namespace gregor::server::test
