// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace gregor::jepsen {
namespace {

constexpr double width = 900, height = 260, left = 60, bottom = 30, top = 12, right = 10;
constexpr std::array<const char*, 3> colours{"#2a7f3b", "#c9302c", "#e08a00"};  // by Outcome
constexpr double slowest_floor_ms = 10, fastest_ms = 0.1;

// Where a moment and a share of the height (0 at the bottom) lie.
struct Frame {
  double seconds;
  [[nodiscard]] double x(double second) const {
    return left + (width - left - right) * second / std::max(seconds, 1e-9);
  }
  [[nodiscard]] static double y(double share) {
    return height - bottom - (height - bottom - top) * std::clamp(share, 0.0, 1.0);
  }
};

std::string opening(const Frame& frame, const std::vector<FaultSpan>& faults, const char* title) {
  std::string svg =
      fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\"><title>{}</title>\n",
                  width, height, title, title);
  constexpr std::size_t spans_max = 500;
  for (std::size_t i = 0; i < std::min(faults.size(), spans_max); ++i) {
    const FaultSpan& span = faults[i];
    svg += fmt::format(
        "<rect class=\"fault\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\">"
        "<title>{}</title></rect>\n",
        frame.x(span.from), top, std::max(1.5, frame.x(span.to) - frame.x(span.from)),
        height - bottom - top, escape_html(span.what));
  }
  constexpr int ticks = 6;
  for (int i = 0; i <= ticks; ++i) {
    const double second = frame.seconds * i / ticks;
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{}\" text-anchor=\"middle\">{:.0f} s</text>\n",
                       frame.x(second), height - 10, second);
  }
  return svg;
}

std::string level(double share, const std::string& label) {
  return fmt::format(
      "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
      "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
      left, width - right, Frame::y(share), Frame::y(share), left - 6, Frame::y(share) + 4, label);
}

// Every k-th of those with this outcome, so that no more than `room` are left.
void add_dots(const Statistics& statistics, Outcome outcome, std::size_t room, const Frame& frame,
              double slowest_ms, std::string& svg) {
  const std::size_t all = statistics.total[static_cast<std::size_t>(outcome)];
  const std::size_t step =
      std::max<std::size_t>(1, (all + room - 1) / std::max<std::size_t>(1, room));
  std::size_t number = 0;
  const double decades = std::log10(slowest_ms / fastest_ms);
  for (const Point& point : statistics.points) {
    if (point.outcome != outcome || number++ % step != 0) continue;
    const double share = std::log10(std::max(point.latency_ms, fastest_ms) / fastest_ms) / decades;
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"1.6\" fill=\"{}\"/>\n",
                       frame.x(point.second), Frame::y(share),
                       colours[static_cast<std::size_t>(outcome)]);
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string latency_plot(const Statistics& statistics) {
  const Frame frame{statistics.seconds};
  double slowest_ms = slowest_floor_ms;
  for (const Point& point : statistics.points) slowest_ms = std::max(slowest_ms, point.latency_ms);
  std::string svg = opening(frame, statistics.faults, "latency of operations");
  const double decades = std::log10(slowest_ms / fastest_ms);
  for (double ms = fastest_ms; ms <= slowest_ms; ms *= 10)
    svg += level(std::log10(ms / fastest_ms) / decades, fmt::format("{:g} ms", ms));
  for (const Outcome outcome : {Outcome::ok, Outcome::fail, Outcome::info})
    add_dots(statistics, outcome, dots_max / 3, frame, slowest_ms, svg);
  return svg + "</svg>\n";
}

std::string rate_plot(const Statistics& statistics) {
  const Frame frame{statistics.seconds};
  std::uint64_t most = 1;
  for (const auto& counts : statistics.by_second) most = std::max(most, std::ranges::max(counts));
  std::string svg = opening(frame, statistics.faults, "completed operations a second");
  for (const double share : {0.0, 0.5, 1.0})
    svg += level(share, fmt::format("{:.0f}/s", share * static_cast<double>(most)));
  // Of a long run several seconds become one point.
  const std::size_t step = statistics.by_second.size() / 1000 + 1;
  for (std::size_t outcome = 0; outcome < colours.size(); ++outcome) {
    svg += fmt::format("<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"{}\" points=\"",
                       colours[outcome]);
    for (std::size_t second = 0; second < statistics.by_second.size(); second += step)
      svg += fmt::format("{:.1f},{:.1f} ", frame.x(static_cast<double>(second) + 0.5),
                         Frame::y(static_cast<double>(statistics.by_second[second][outcome]) /
                                  static_cast<double>(most)));
    svg += "\"/>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace gregor::jepsen
