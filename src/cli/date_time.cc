// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/date_time.h"

#include <fmt/format.h>

#include <optional>

namespace gregor::cli {
namespace {

using std::chrono::milliseconds;

constexpr int digits_max = 9;

// Takes digits from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool sees(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool take(char c) {
    if (!sees(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly so many digits; any number of them up to digits_max for 0.
  std::optional<int> number(int width = 0) {
    int value = 0;
    int count = 0;
    while (count < (width == 0 ? digits_max : width) && !rest_.empty() && rest_.front() >= '0' &&
           rest_.front() <= '9') {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
      ++count;
    }
    if (count == 0 || (width != 0 && count != width)) return std::nullopt;
    return value;
  }
  // ".5": milliseconds; further digits are dropped. 0 if there is no fraction.
  std::optional<milliseconds> fraction() {
    if (!take('.')) return milliseconds(0);
    int value = 0;
    int count = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count) {
      if (count < 3) value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (count == 0) return std::nullopt;
    for (; count < 3; ++count) value *= 10;
    return milliseconds(value);
  }

 private:
  std::string_view rest_;
};

std::optional<milliseconds> scan_duration(Scanner scanner) {
  if (!scanner.take('P')) return std::nullopt;
  milliseconds total(0);
  bool of_the_day = false;
  bool any = false;
  while (!scanner.done()) {
    if (!of_the_day && scanner.take('T')) {
      of_the_day = true;
      any = false;
      continue;
    }
    const auto number = scanner.number();
    const auto fraction = scanner.sees('.') ? scanner.fraction() : milliseconds(0);
    if (!number || !fraction) return std::nullopt;
    if (fraction->count() != 0 && !scanner.sees('S')) return std::nullopt;
    if (!of_the_day && scanner.take('D'))
      total += std::chrono::days(*number);
    else if (of_the_day && scanner.take('H'))
      total += std::chrono::hours(*number);
    else if (of_the_day && scanner.take('M'))
      total += std::chrono::minutes(*number);
    else if (of_the_day && scanner.take('S'))
      total += std::chrono::seconds(*number) + *fraction;
    else
      return std::nullopt;
    any = true;
  }
  if (!any) return std::nullopt;
  return total;
}

// What is to be taken away from a local time to get UTC.
std::optional<std::chrono::minutes> scan_zone(Scanner& scanner) {
  if (scanner.done() || scanner.take('Z')) return std::chrono::minutes(0);
  const bool east = scanner.sees('+');
  if (!east && !scanner.sees('-')) return std::nullopt;
  scanner.take(east ? '+' : '-');
  const auto hours = scanner.number(2);
  scanner.take(':');
  const auto minutes = scanner.done() ? std::optional(0) : scanner.number(2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return east ? offset : -offset;
}

std::optional<milliseconds> scan_date_time(Scanner scanner) {
  const auto year = scanner.number(4);
  if (!year || !scanner.take('-')) return std::nullopt;
  const auto month = scanner.number(2);
  if (!month || !scanner.take('-')) return std::nullopt;
  const auto day = scanner.number(2);
  if (!day || !scanner.take('T')) return std::nullopt;
  const auto hour = scanner.number(2);
  if (!hour || !scanner.take(':')) return std::nullopt;
  const auto minute = scanner.number(2);
  const auto second = scanner.take(':') ? scanner.number(2) : std::optional(0);
  const auto fraction = scanner.fraction();
  if (!minute || !second || !fraction) return std::nullopt;
  const auto zone = scan_zone(scanner);
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!zone || !scanner.done() || !date.ok() || *hour > 23 || *minute > 59 || *second > 59)
    return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction - *zone;
}

}  // namespace

model::Result<milliseconds> parse_duration(std::string_view text) {
  if (const auto duration = scan_duration(Scanner(text))) return *duration;
  return model::fail(model::ErrorCode::invalid_request,
                     fmt::format("'{}' is no duration like P1DT2H3M4S", text));
}

model::Result<model::Timestamp> parse_date_time(std::string_view text) {
  if (const auto time = scan_date_time(Scanner(text))) return model::Timestamp{time->count()};
  return model::fail(model::ErrorCode::invalid_request,
                     fmt::format("'{}' is no time like 2026-03-01T12:30:00.000", text));
}

}  // namespace gregor::cli
