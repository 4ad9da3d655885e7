// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <queue>
#include <set>

#include "jepsen/checkers/text_history.h"

namespace gregor::jepsen {
namespace {

using nlohmann::json;

constexpr std::size_t micros_shown = 8;
constexpr std::size_t faults_max = 500;

// All times in microseconds. `d.bars`: row, begin, end, outcome, number, text.
constexpr const char* script = R"js(
const canvas = document.getElementById('timeline'), pen = canvas.getContext('2d');
const text = document.getElementById('timeline-text');
const colours = ['#2a7f3b', '#c9302c', '#e08a00'], axis = 22;
const step = Math.max(3, Math.min(14, Math.floor(560 / d.rows)));
let from = 0, to = d.end, chosen = new Set(), drag = null, moved = false;
const x = t => (t - from) / (to - from) * canvas.width;
const t = x => from + x / canvas.width * (to - from);
function draw() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = 'rgba(201,48,44,.13)';
  for (const [a, b] of d.faults) pen.fillRect(x(a), 0, Math.max(1.5, x(b) - x(a)), d.rows * step);
  for (const [row, a, b, outcome, number] of d.bars) {
    if (b < from || a > to) continue;
    const is_chosen = chosen.has(number);
    pen.globalAlpha = chosen.size && !is_chosen ? .25 : 1;
    pen.fillStyle = colours[outcome];
    const left = Math.max(-5, x(a)), width = Math.max(1.5, Math.min(canvas.width + 5, x(b)) - left);
    pen.fillRect(left, row * step, width, step - 1);
    pen.strokeStyle = '#000';
    if (is_chosen) pen.strokeRect(left - 1, row * step - .5, width + 2, step);
  }
  pen.globalAlpha = 1;
  pen.fillStyle = pen.strokeStyle = '#888';
  let tick = 1;
  while ((to - from) / tick > 10) tick *= String(tick)[0] == '2' ? 2.5 : 2;
  for (let at = Math.ceil(from / tick) * tick; at <= to; at += tick) {
    pen.fillRect(x(at), d.rows * step, 1, 5);
    pen.fillText(+(at / 1e6).toFixed(6) + ' s', x(at) + 3, d.rows * step + 14);
  }
}
function fit() {
  canvas.width = canvas.clientWidth;
  canvas.height = d.rows * step + axis;
  draw();
}
function look(a, b) {
  const least = 100, width = Math.min(Math.max(b - a, least), d.end);
  from = Math.max(0, Math.min(a, d.end - width));
  to = from + width;
  draw();
}
function bar_at(event) {
  const row = Math.floor(event.offsetY / step), at = t(event.offsetX), near = t(3) - t(0);
  return d.bars.findLast(bar => bar[0] == row && bar[1] - near <= at && at <= bar[2] + near);
}
canvas.addEventListener('wheel', event => {
  event.preventDefault();
  const at = t(event.offsetX), factor = Math.pow(1.002, event.deltaY);
  look(at - (at - from) * factor, at + (to - at) * factor);
}, {passive: false});
canvas.addEventListener('pointerdown', event => {
  drag = {at: event.offsetX, from, to};
  moved = false;
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener('pointermove', event => {
  if (drag) {
    moved = moved || Math.abs(event.offsetX - drag.at) > 3;
    const by = (drag.at - event.offsetX) / canvas.width * (drag.to - drag.from);
    return look(drag.from + by, drag.to + by);
  }
  const bar = bar_at(event), at = t(event.offsetX);
  const fault = d.faults.find(([a, b]) => a <= at && at <= b);
  if (bar || fault) text.textContent = (bar ? bar[5] : '') + (fault ? '\n' + fault[2] : '');
});
canvas.addEventListener('pointerup', event => {
  drag = null;
  if (moved) return;
  const bar = bar_at(event);
  chosen = new Set(bar ? [bar[4]] : []);
  draw();
});
canvas.addEventListener('dblclick', () => look(0, d.end));
addEventListener('resize', fit);
for (const link of document.querySelectorAll('a[data-operations]'))
  link.addEventListener('click', event => {
    event.preventDefault();
    chosen = new Set(link.dataset.operations.split(',').map(Number));
    const bars = d.bars.filter(bar => chosen.has(bar[4]));
    const a = Math.min(...bars.map(bar => bar[1])), b = Math.max(...bars.map(bar => bar[2]));
    look(a - (b - a) * .2 - 1000, b + (b - a) * .2 + 1000);
    text.textContent = bars.map(bar => bar[5]).join('\n');
    canvas.scrollIntoView({block: 'center'});
  });
fit();
)js";

std::string number_or_nothing(std::int64_t number) {
  return number == nothing ? "?" : std::to_string(number);
}

std::int64_t microseconds(std::int64_t nanoseconds) { return nanoseconds / 1'000; }

// Events of the nemesis are no bars.
bool is_drawn(const Operation& operation) {
  return operation.function != Function::fault && operation.function != Function::heal;
}

}  // namespace

std::string describe(const History& history, std::uint32_t number) {
  const Operation& operation = history.operations[number];
  std::string text = fmt::format("process {}, line {}", operation.process, operation.invoked);
  if (operation.completed != never && operation.completed != operation.invoked)
    text += fmt::format("–{}", operation.completed);
  text += fmt::format(", {:.3f} s, {} {}:", static_cast<double>(operation.invoked_at) / 1e9,
                      name_of(operation.function), name_of(operation.outcome));
  for (std::uint32_t i = 0; i < operation.count; ++i) {
    if (i == micros_shown) return text + fmt::format(" … ({} in all)", operation.count);
    const Micro& micro = history.micros[operation.first + i];
    text += fmt::format(" {}@{}", history.keys[micro.key], number_or_nothing(micro.offset));
    if (micro.value != nothing) text += fmt::format("={}", micro.value);
  }
  return text;
}

std::vector<std::uint32_t> bars_of(const History& history, const Findings& findings) {
  std::set<std::uint32_t> chosen;
  for (const Anomaly& anomaly : findings.kept())
    chosen.insert(anomaly.operations.begin(), anomaly.operations.end());
  // Evenly of each kind, as far as there is room.
  for (const bool ok : {false, true}) {
    std::vector<std::uint32_t> candidates;
    for (std::uint32_t i = 0; i < history.operations.size(); ++i)
      if (is_drawn(history.operations[i]) && (history.operations[i].outcome == Outcome::ok) == ok)
        candidates.push_back(i);
    const std::size_t room = bars_max - std::min(bars_max, chosen.size());
    if (room == 0) break;
    const std::size_t every = (candidates.size() + room - 1) / room;
    for (std::size_t i = 0; i < candidates.size(); i += std::max<std::size_t>(1, every))
      chosen.insert(candidates[i]);
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<std::uint32_t> rows_of(const History& history) {
  struct Life {
    Position first = never, last = 0;
    std::uint32_t row = 0;
  };
  std::map<std::int32_t, Life> lives;
  for (const Operation& operation : history.operations) {
    Life& life = lives[operation.process];
    life.first = std::min(life.first, operation.invoked);
    life.last = std::max(life.last, std::min(operation.completed, history.lines));
  }
  std::vector<Life*> order;
  order.reserve(lives.size());
  for (auto& [process, life] : lives) order.push_back(&life);
  std::ranges::sort(order, {}, &Life::first);
  std::vector<Position> free_from;  // by row
  for (Life* life : order) {
    const auto free =
        std::ranges::find_if(free_from, [&](Position at) { return at < life->first; });
    life->row = static_cast<std::uint32_t>(free - free_from.begin());
    if (free == free_from.end())
      free_from.push_back(life->last);
    else
      *free = life->last;
  }
  std::vector<std::uint32_t> rows;
  rows.reserve(history.operations.size());
  for (const Operation& operation : history.operations)
    rows.push_back(lives[operation.process].row);
  return rows;
}

std::string timeline_html(const History& history, const Findings& findings,
                          const std::vector<FaultSpan>& faults) {
  const std::vector<std::uint32_t> rows = rows_of(history);
  json data = {{"bars", json::array()}, {"faults", json::array()}};
  std::int64_t end = 1;
  std::uint32_t row_count = 1;
  for (const Operation& operation : history.operations)
    end = std::max({end, operation.invoked_at, operation.completed_at});
  for (const std::uint32_t number : bars_of(history, findings)) {
    const Operation& operation = history.operations[number];
    const bool is_open = operation.completed == never;
    row_count = std::max(row_count, rows[number] + 1);
    data["bars"].push_back({rows[number], microseconds(operation.invoked_at),
                            microseconds(is_open ? end : operation.completed_at),
                            static_cast<int>(operation.outcome), number,
                            describe(history, number)});
  }
  for (std::size_t i = 0; i < std::min(faults.size(), faults_max); ++i)
    data["faults"].push_back({static_cast<std::int64_t>(faults[i].from * 1e6),
                              static_cast<std::int64_t>(faults[i].to * 1e6), faults[i].what});
  data["end"] = microseconds(end) + 1;
  data["rows"] = row_count;
  // Whatever stands in a text, it does not end the script.
  std::string text = data.dump(-1, ' ', false, json::error_handler_t::replace);
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos; at += 6)
    text.replace(at, 1, "\\u003c");
  return fmt::format(
      "<p>A bar for each operation, a row for each process; {} of {} are drawn. The wheel zooms, "
      "dragging moves, a double click shows everything.</p>\n"
      "<canvas id=\"timeline\"></canvas>\n<pre id=\"timeline-text\"> </pre>\n"
      "<script>\nconst d = {};{}</script>\n",
      data["bars"].size(), history.operations.size(), text, script);
}

std::string timeline_link(const std::vector<std::uint32_t>& operations) {
  return fmt::format("<a href=\"#timeline\" data-operations=\"{}\">show</a>",
                     fmt::join(operations, ","));
}

}  // namespace gregor::jepsen
