// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A coordinator with its log, for tests: appends wait until they are confirmed, a crash keeps as
// many of those as one likes, and invariants are checked after every step.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "group/coordinator.h"
#include "group/invariants.h"
#include "group/records.h"
#include "record/record.h"

namespace gregor::group::test {

inline std::vector<StoredRecord> records_of(const base::Bytes& batch) {
  std::vector<StoredRecord> out;
  record::Decompressor decompressor;
  const auto view = record::BatchView::parse(batch);
  ASSERT(view.has_value());
  const auto read = record::for_each_record(*view, decompressor, [&](const auto& record) {
    StoredRecord one{base::to_bytes(*record.key), std::nullopt};
    if (record.value) one.value = base::to_bytes(*record.value);
    out.push_back(std::move(one));
  });
  ASSERT(read.has_value());
  return out;
}

// A subscription as consumers write it, in its oldest version.
inline base::Bytes subscription(const std::vector<std::string>& topics) {
  base::Bytes out;
  base::append_big_endian(out, std::int16_t{0});
  base::append_big_endian(out, static_cast<std::int32_t>(topics.size()));
  for (const std::string& topic : topics) {
    base::append_big_endian(out, static_cast<std::int16_t>(topic.size()));
    base::append(out, base::as_bytes(topic));
  }
  base::append_big_endian(out, std::int32_t{-1});
  return out;
}

class World {
 public:
  explicit World(const Settings& with) : settings(with), coordinator(with) { load(); }

  void step(Event event) {
    Effects effects;
    coordinator.step(now, event, effects);
    take(std::move(effects));
  }

  Token ask(RequestBody body, model::ApiVersion version, const std::string& client) {
    const Token token(++tokens_);
    Request request{token, version, client, "/10.0.0.1", {}, std::move(body)};
    const auto number = static_cast<std::uint16_t>(++ids_);
    request.fresh.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    request.fresh.bytes[15] = static_cast<std::uint8_t>(number & 255);
    step(std::move(request));
    return token;
  }

  void pass(std::int64_t ms) {
    const model::Instant until = now.monotonic + ms;
    while (coordinator.deadline() && *coordinator.deadline() <= until) {
      const std::int64_t part = std::max<std::int64_t>(*coordinator.deadline() - now.monotonic, 0);
      now = {now.wall + part, now.monotonic + part};
      step(TimeReached{});
    }
    now = {now.wall + (until - now.monotonic), until};
  }

  // The log has the oldest append that waits.
  void confirm() {
    const Append append = std::move(waiting.front());
    waiting.pop_front();
    keep(append);
    step(Appended{append.id, {}});
  }
  void confirm_all() {
    while (!waiting.empty()) confirm();
  }
  // The log refuses the oldest append that waits, and all behind it.
  void fail(model::ErrorCode code) {
    const Append append = std::move(waiting.front());
    waiting.clear();
    step(Appended{append.id, model::fail(code, "the disk is full")});
  }
  // Another process takes over, and finds so many of the appends that were not confirmed.
  void crash(std::size_t survive) {
    for (; survive > 0 && !waiting.empty(); --survive) {
      keep(waiting.front());
      waiting.pop_front();
    }
    waiting.clear();
    coordinator = Coordinator(settings);
    load();
  }

  void load() {
    for (const StoredRecord& one : log) {
      std::optional<base::BytesView> value;
      if (one.value) value = *one.value;
      step(Replayed{base::BytesView(one.key), value});
    }
    step(Loaded{});
  }

  Settings settings;
  Coordinator coordinator;
  model::Now now{model::Timestamp(1'700'000'000'000), model::Instant(5000)};
  std::vector<StoredRecord> log;
  std::deque<Append> waiting;
  // What came out since somebody looked.
  std::vector<Append> appends;
  std::vector<Answer> answers;
  std::vector<std::string> notes;
  bool reload = false;
  bool confirms_replay = true;    // at once; else that waits like any append
  bool checks_invariants = true;  // of all groups after every step, which takes its time for many

 private:
  void take(Effects effects) {
    for (Append& append : effects.appends) {
      if (append.batch.empty() && confirms_replay) {
        step(Appended{append.id, {}});
        continue;
      }
      appends.push_back(append);
      waiting.push_back(std::move(append));
    }
    for (Answer& answer : effects.answers) answers.push_back(std::move(answer));
    for (std::string& note : effects.notes) notes.push_back(std::move(note));
    reload |= effects.reload;
    // While records are replayed, offsets may come before their group.
    if (coordinator.is_loading() || !checks_invariants) return;
    const auto broken = broken_invariant(coordinator.state());
    ASSERT(!broken, *broken);
  }

  void keep(const Append& append) {
    if (append.batch.empty()) return;  // it is there
    for (StoredRecord& one : records_of(append.batch)) log.push_back(std::move(one));
  }

  std::uint64_t tokens_ = 0;
  std::uint64_t ids_ = 0;
};

}  // namespace gregor::group::test
